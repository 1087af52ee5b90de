/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which option changed a symbol's version: genksyms hashes the types that a symbol reaches, and kbuild writes
 * those to FILE.symtypes (Documentation/kbuild/modules.rst), for which the file is only preprocessed.
 */
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

static bool configure(const struct blame *blame, GPtrArray *changed, GError **error)
{
	g_autofree char *config = g_build_filename(blame->output, ".config", NULL);
	g_autofree char *base = ksig_file_read(blame->options->base_config, KERNEL_LIMIT_CONFIG_BYTES, NULL,
					       error);
	static const char *const targets[] = {"olddefconfig", NULL};

	if (!base || !ksig_directory_make(blame->output, error))
		return false;
	g_autofree char *text = config_text_change(base, changed);
	return ksig_file_write(config, text, -1, 0644, error) &&
	       kbuild_make(blame->source, blame->output, blame->options->arch, targets, NULL, error);
}

/* Lines "NAME definition" of a .symtypes file, where a word with '#' refers to another line. */
static GHashTable *read_types(const char *path, GError **error)
{
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_SYMVERS_BYTES, NULL, error);

	if (!text)
		return NULL;
	GHashTable *types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++) {
		char *space = strchr(*line, ' ');
		if (space)
			g_hash_table_replace(types, g_strndup(*line, (gsize) (space - *line)),
					     g_strdup(space + 1));
	}
	return types;
}

/* A hash of all that NAME reaches. */
static char *closure(GHashTable *types, const char *name)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) queue = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(queue, g_strdup(name));
	for (guint i = 0; i < queue->len; i++) {
		const char *definition = g_hash_table_lookup(types, g_ptr_array_index(queue, i));
		if (!definition || !g_hash_table_add(seen, g_strdup(g_ptr_array_index(queue, i))))
			continue;
		g_checksum_update(sum, (const guchar *) definition, -1);
		g_auto(GStrv) words = g_strsplit(definition, " ", -1);
		for (char **word = words; *word; word++)
			if ((*word)[0] && (*word)[1] == '#' && !g_hash_table_contains(seen, *word))
				g_ptr_array_add(queue, g_strdup(*word));
	}
	return g_strdup(g_checksum_get_string(sum));
}

char *blame_measure(const struct blame *blame, GPtrArray *changed, GError **error)
{
	g_autofree char *target = g_strconcat(blame->file, ".symtypes", NULL);
	g_autofree char *path = g_build_filename(blame->output, target, NULL);
	const char *const targets[] = {target, NULL};

	if (!configure(blame, changed, error) ||
	    !kbuild_make(blame->source, blame->output, blame->options->arch, targets, NULL, error))
		return NULL;
	g_autoptr(GHashTable) types = read_types(path, error);
	return types ? closure(types, blame->symbol) : NULL;
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
