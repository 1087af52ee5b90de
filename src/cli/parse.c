/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"

#include <errno.h>

bool ksig_command_parse(int *argc, char ***argv, const GOptionEntry *entries, const char *synopsis,
			const char *summary, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(synopsis);
	g_autofree char *program = g_strdup_printf("ksig %s", (*argv)[0]);
	g_autoptr(GError) reason = NULL;

	g_set_prgname(program);
	g_option_context_set_summary(context, summary);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, &reason))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s (see %s --help)", reason->message,
				      program);
	return true;
}

FILE *ksig_command_stream(const char *target, char **out_part, GError **error)
{
	if (!target || g_str_equal(target, "-"))
		return stdout;
	*out_part = g_strconcat(target, ".part", NULL);
	FILE *stream = fopen(*out_part, "w");
	if (!stream)
		ksig_error_errno(error, errno, "%s", *out_part);
	return stream;
}

bool ksig_command_stream_end(FILE *stream, const char *target, const char *part, GError **error)
{
	if (stream == stdout)
		return true;
	const bool written = !ferror(stream);
	if (fclose(stream) != 0 || !written || rename(part, target) != 0)
		return ksig_error_errno(error, errno, "%s", target);
	return true;
}
