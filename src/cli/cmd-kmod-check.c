/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig kmod check and kmod matrix: the same verdicts, as a report or as a table of kernels by modules. */
#include "cli/cmd-kmod.h"

static char **kernel_names;
static char *format_name;
static gboolean signed_only;

static const GOptionEntry entries[] = {
	{"kernel", 'k', 0, G_OPTION_ARG_STRING_ARRAY, &kernel_names,
	 "a kernel: its label in the catalog, a package, a folder, a symvers file (all of the catalog)",
	 "KERNEL"},
	{"signed", 0, 0, G_OPTION_ARG_NONE, &signed_only, "the kernel takes signed modules only", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or html", "FORMAT"},
	{NULL},
};

/* Kernel by kernel, all modules; the number of those that are refused. */
static GPtrArray *check(GPtrArray *modules, GPtrArray *kernels, guint *out_refused)
{
	GPtrArray *results = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_result_free);

	for (guint i = 0; i < kernels->len; i++)
		g_ptr_array_extend_and_steal(
			results, ksig_kmod_check(modules, g_ptr_array_index(kernels, i), signed_only));
	for (guint i = 0; i < results->len; i++)
		*out_refused += ((const ksig_kmod_result *) results->pdata[i])->verdict == KSIG_KMOD_REFUSES;
	return results;
}

typedef char *write_fn(GPtrArray *results, enum ksig_kmod_format format);

static int run(const struct ksig_context *context, int argc, char **argv, write_fn *write, GError **error)
{
	enum ksig_kmod_format format = KSIG_KMOD_TEXT;
	g_autoptr(ksig_catalog) catalog = NULL;
	guint refused = 0;

	if (format_name && !ksig_kmod_format_parse(format_name, &format, error))
		return KSIG_ERROR_USAGE;
	g_autoptr(GPtrArray) modules = ksig_command_kmod_modules(argc, argv, error);
	if (!modules)
		return KSIG_ERROR_INPUT;
	g_autoptr(GPtrArray)
		kernels = ksig_command_kmod_kernels_named(context->workspace, kernel_names, &catalog, error);
	if (!kernels)
		return KSIG_ERROR_INPUT;
	g_autoptr(GPtrArray) results = check(modules, kernels, &refused);
	g_autofree char *text = write(results, format);
	if (format == KSIG_KMOD_JSON)
		fputs(text, stdout);
	else
		ksig_print(stdout, "%s", text);
	return refused > 0 ? KSIG_ERROR_NEGATIVE : 0;
}

int ksig_command_kmod_check(struct ksig_context *context, int argc, char **argv, GError **error)
{
	if (!ksig_command_parse(
		    &argc, &argv, entries, "MODULE|DIR…",
		    "Says whether modules would load into kernels, and which symbols stand in the way. The\n"
		    "modules are taken together: they see one another's symbols. Exit status 1: one is "
		    "refused.",
		    error))
		return KSIG_ERROR_USAGE;
	return run(context, argc, argv, ksig_kmod_report, error);
}

int ksig_command_kmod_matrix(struct ksig_context *context, int argc, char **argv, GError **error)
{
	if (!ksig_command_parse(
		    &argc, &argv, entries, "MODULE|DIR…",
		    "The verdicts of 'ksig kmod check' as a table: kernels down, modules across, with the\n"
		    "number of symbols in the way. Exit status 1: one is refused.",
		    error))
		return KSIG_ERROR_USAGE;
	return run(context, argc, argv, ksig_kmod_matrix, error);
}
