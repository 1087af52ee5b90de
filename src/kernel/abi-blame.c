/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which option changed a symbol's version: options are halved as long as they change the types that it
 * reaches. */
#include "kernel/abi-blame-measure-internal.h"
#include "kernel/abi-blame-patch-internal.h"
#include "kernel/kbuild-internal.h"
#include "kernel/kernel-internal.h"

#include <string.h>

/* Where SYMBOL is exported, relative to the tree and without its suffix; NULL with an error: nowhere. */
static char *exporting_file(const char *source, const char *arch, const char *symbol, GError **error)
{
	g_autofree char *pattern = g_strdup_printf("EXPORT_SYMBOL[A-Z_]*\\(%s[,)]", symbol);
	g_autofree char *own = g_build_filename("arch", kbuild_srcarch(arch), NULL);
	const char *const argv[] = {"grep",   "-rlE",    "--include=*.c", pattern, own,     "kernel",
				    "mm",     "fs",      "block",         "lib",   "net",   "security",
				    "crypto", "drivers", "init",          "ipc",   "sound", "virt",
				    NULL};
	const struct ksig_process_options options = {.directory = source};
	g_autoptr(GString) text = NULL;
	int status = 0;

	if (!ksig_process_run(argv, &options, &status, &text, error))
		return NULL;
	size_t length = strcspn(text->str, "\n");
	if (length < 3) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no C file exports %s", source, symbol);
		return NULL;
	}
	return g_strndup(text->str, length - strlen(".c"));
}

/* Halves the options FROM..TO as long as they change the hash CLEAN. */
static bool halve(const struct blame *blame, const char *clean, guint from, guint to, GPtrArray *found,
		  GError **error)
{
	const GPtrArray *options = blame->options->flavour->options;
	g_autoptr(GPtrArray) half = g_ptr_array_new();

	if (from == to)
		return true;
	for (guint i = from; i < to; i++)
		g_ptr_array_add(half, g_ptr_array_index(options, i));
	g_autofree char *hash = blame_measure(blame, half, error);
	if (!hash)
		return false;
	if (g_str_equal(hash, clean))
		return true;
	if (to - from == 1) {
		const struct ksig_option *option = g_ptr_array_index(options, from);
		g_ptr_array_add(found, g_strconcat("option ", option->name, NULL));
		return true;
	}
	guint middle = from + (to - from) / 2;
	return halve(blame, clean, from, middle, found, error) &&
	       halve(blame, clean, middle, to, found, error);
}

GPtrArray *ksig_kernel_abi_blame(const struct ksig_blame_options *options, const char *symbol, GError **error)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free), none = g_ptr_array_new();
	struct blame blame = {
		.options = options, .source = options->source, .output = options->output, .symbol = symbol};
	g_autofree char *file = exporting_file(options->source, options->arch, symbol, error);

	if (!file)
		return NULL;
	blame.file = file;
	g_autofree char *clean = blame_measure(&blame, none, error);
	if (!clean || !halve(&blame, clean, 0, options->flavour->options->len, found, error) ||
	    !blame_patches(&blame, clean, found, error))
		return NULL;
	return g_steal_pointer(&found);
}

bool ksig_kernel_abi_explain(GPtrArray *changes, const struct ksig_blame_options *options, GError **error)
{
	if (!changes->len)
		return true;
	/* Where a symbol is gone there are no types to compare. */
	struct ksig_abi_change *change = g_ptr_array_index(changes, 0);
	for (guint i = 0; i < changes->len && change->is_gone; i++)
		change = g_ptr_array_index(changes, i);
	g_autoptr(GPtrArray) names = ksig_kernel_abi_blame(options, change->symbol, error);
	if (!names)
		return false;
	g_ptr_array_add(names, NULL);
	g_free(change->cause);
	change->cause = names->len > 1 ? g_strjoinv(", ", (char **) names->pdata)
				       : g_strdup("none of the flavour's options and patches");
	return true;
}
