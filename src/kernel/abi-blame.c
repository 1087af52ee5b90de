/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which option changed a symbol's version: genksyms hashes the types that a symbol reaches, and kbuild writes
 * those to FILE.symtypes (Documentation/kbuild/modules.rst), for which the file is only preprocessed.
 */
#include "kernel/kernel-internal.h"

#include <string.h>

/* Where SYMBOL is exported, relative to the tree and without its suffix; NULL with an error: nowhere. */
static char *exporting_file(const char *source, const char *symbol, GError **error)
{
	g_autofree char *pattern = g_strdup_printf("EXPORT_SYMBOL[A-Z_]*\\(%s[,)]", symbol);
	const char *const argv[] = {"grep",     "-rlE",     "--include=*.c", "--exclude-dir=Documentation",
				    pattern,    "arch/x86", "kernel",        "mm",
				    "fs",       "block",    "lib",           "net",
				    "security", "crypto",   "drivers",       "init",
				    "ipc",      "sound",    "virt",          NULL};
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

static bool configure(const struct ksig_blame_options *options, guint from, guint to, GError **error)
{
	g_autofree char *config = g_build_filename(options->output, ".config", NULL);
	g_autofree char *base = ksig_file_read(options->base_config, KERNEL_LIMIT_CONFIG_BYTES, NULL, error);
	g_autoptr(GPtrArray) half = g_ptr_array_new();
	static const char *const targets[] = {"olddefconfig", NULL};

	for (guint i = from; i < to; i++)
		g_ptr_array_add(half, g_ptr_array_index(options->options, i));
	if (!base || !ksig_directory_make(options->output, error))
		return false;
	g_autofree char *text = config_text_change(base, half);
	return ksig_file_write(config, text, -1, 0644, error) &&
	       kbuild_make(options->source, options->output, options->arch, targets, NULL, error);
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

struct hunt {
	const struct ksig_blame_options *options;
	const char *symbol;
	char *file;  /* "net/core/sock" */
	char *clean; /* the hash without any of the options */
	GPtrArray *found;
};

static char *measure(const struct hunt *hunt, guint from, guint to, GError **error)
{
	g_autofree char *target = g_strconcat(hunt->file, ".symtypes", NULL);
	g_autofree char *path = g_build_filename(hunt->options->output, target, NULL);
	const char *const targets[] = {target, NULL};

	if (!configure(hunt->options, from, to, error) ||
	    !kbuild_make(hunt->options->source, hunt->options->output, hunt->options->arch, targets, NULL,
			 error))
		return NULL;
	g_autoptr(GHashTable) types = read_types(path, error);
	return types ? closure(types, hunt->symbol) : NULL;
}

/* Halves FROM..TO as long as it changes the symbol. */
static bool halve(struct hunt *hunt, guint from, guint to, GError **error)
{
	if (from == to)
		return true;
	g_autofree char *hash = measure(hunt, from, to, error);
	if (!hash)
		return false;
	if (g_str_equal(hash, hunt->clean))
		return true;
	if (to - from == 1) {
		const struct ksig_option *option = g_ptr_array_index(hunt->options->options, from);
		g_ptr_array_add(hunt->found, g_strdup(option->name));
		return true;
	}
	guint middle = from + (to - from) / 2;
	return halve(hunt, from, middle, error) && halve(hunt, middle, to, error);
}

GPtrArray *ksig_abi_blame(const struct ksig_blame_options *options, const char *symbol, GError **error)
{
	struct hunt hunt = {
		.options = options, .symbol = symbol, .found = g_ptr_array_new_with_free_func(g_free)};

	hunt.file = exporting_file(options->source, symbol, error);
	hunt.clean = hunt.file ? measure(&hunt, 0, 0, error) : NULL;
	bool good = hunt.clean && halve(&hunt, 0, options->options->len, error);
	g_free(hunt.file);
	g_free(hunt.clean);
	if (!good)
		g_clear_pointer(&hunt.found, g_ptr_array_unref);
	return hunt.found;
}
