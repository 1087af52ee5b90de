/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a line of a driver's file includes, and where that is. */
#include "kmod/device-include-internal.h"

#include <string.h>

char *device_include_path(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);
	g_autoptr(GPtrArray) kept = g_ptr_array_new();

	for (char **part = parts; *part; part++) {
		if (g_str_equal(*part, "..") && kept->len == 0)
			return NULL;
		if (g_str_equal(*part, ".."))
			g_ptr_array_set_size(kept, (int) kept->len - 1);
		else if (**part && !g_str_equal(*part, "."))
			g_ptr_array_add(kept, *part);
	}
	g_ptr_array_add(kept, NULL);
	return g_strjoinv("/", (char **) kept->pdata);
}

char *device_included(const char *line, bool *out_quoted)
{
	const char *at = line + strspn(line, " \t");

	at += *at == '#' ? 1 + strspn(at + 1, " \t") : 0;
	if (at == line || !g_str_has_prefix(at, "include"))
		return NULL;
	at += strlen("include");
	at += strspn(at, " \t");
	*out_quoted = *at == '"';
	return *at == '"' || *at == '<' ? g_strndup(at + 1, strcspn(at + 1, "\">")) : g_strdup("");
}
