/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kmod link: the weak-updates links that are to be made or removed below a root, then made unless
 * --dry-run.
 */
#include "cli/cmd-kmod.h"
#include "kmod/link.h"

static char *root, *format_name;
static gboolean dry_run;

static const GOptionEntry entries[] = {
	{"root", 0, 0, G_OPTION_ARG_FILENAME, &root, "the system's root (/)", "DIR"},
	{"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "say what would change", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"action", 0}, {"kernel", 0}, {"path", 0}, {"target", 0}, {"reason", KSIG_COLUMN_WIDE}};

static void print(GPtrArray *links, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < links->len; i++) {
		const struct ksig_kmod_link *link = g_ptr_array_index(links, i);
		const char *const cells[] = {ksig_kmod_link_action_name(link->action), link->kernel,
					     link->path, link->target, link->reason};
		ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
}

int ksig_command_kmod_link(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	(void) context;
	if (!ksig_command_parse(
		    &argc, &argv, entries, "",
		    "Links modules into the weak-updates of the installed kernels that would load them, "
		    "removes\n"
		    "links that dangle or no longer pass, and runs depmod once for each kernel that changed.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	g_autoptr(GPtrArray) links = ksig_kmod_link_plan(root ? root : "/", error);
	if (!links)
		return KSIG_ERROR_INPUT;
	print(links, format);
	if (!dry_run && !ksig_kmod_link_apply(root ? root : "/", links, error))
		return KSIG_ERROR_ENVIRONMENT;
	return 0;
}
