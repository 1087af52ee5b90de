/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch on a tree by patch(1), and what that says of one that does not apply. */
#include "kernel/patch-internal.h"
#include "kernel/kernel-internal.h"

#include <string.h>

/* As one line: the file that it looked for instead of the text around its name. */
static char *why_of(const char *output)
{
	g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
	g_autoptr(GString) text = g_string_new(NULL);
	const char *between = "";

	for (char **line = lines; *line; line++) {
		const bool is_name = g_str_has_prefix(*line, "|+++ ");
		if (!is_name &&
		    (!**line || **line == '|' || **line == '-' || g_str_has_suffix(*line, "was:")))
			continue;
		g_string_append_printf(text, "%s%s", between, is_name ? *line + strlen("|+++ ") : *line);
		between = is_name ? ": " : "; ";
	}
	return g_strdup(text->len ? text->str : "there is no difference in it");
}

bool kernel_patch(const char *tree, const char *path, int flags, bool *out_applies, char **out_why,
		  GError **error)
{
	static const struct ksig_process_options plain = {0};
	const char *const argv[] = {"patch",
				    "-d",
				    tree,
				    "-p1",
				    "-F0",
				    "-s",
				    "-f",
				    "--no-backup-if-mismatch",
				    flags & PATCH_REVERSE ? "-R" : "-N",
				    "-i",
				    path,
				    flags & PATCH_DRY_RUN ? "--dry-run" : NULL,
				    NULL};
	g_autoptr(GString) output = NULL;
	int status = 0;

	if (!ksig_process_run(argv, &plain, &status, &output, error))
		return false;
	*out_applies = status == 0;
	if (out_why)
		*out_why = why_of(output->str);
	return true;
}
