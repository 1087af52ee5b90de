/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of a series' patch files: a number, and the subject's words. */
#include "export/export-internal.h"

char *ksig_export_file_name(unsigned number, const char *subject)
{
	enum { SLUG_LENGTH = 52 };
	GString *name = g_string_new(NULL);

	g_string_printf(name, "%04u-", number);
	const size_t start = name->len;
	for (const char *at = subject; *at && name->len < start + SLUG_LENGTH; at++) {
		if (g_ascii_isalnum(*at) || *at == '_')
			g_string_append_c(name, *at);
		else if (name->str[name->len - 1] != '-')
			g_string_append_c(name, '-');
	}
	while (name->str[name->len - 1] == '-')
		g_string_truncate(name, name->len - 1);
	return g_string_free(name, FALSE);
}
