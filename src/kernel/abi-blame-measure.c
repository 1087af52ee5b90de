/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash of the types that a symbol reaches, with some options changed: kbuild writes them to FILE.symtypes
 * (Documentation/kbuild/modules.rst), for which the file is only preprocessed.
 */
#include "kernel/abi-blame-measure-internal.h"
#include "kernel/kbuild-internal.h"
#include "kernel/kernel-internal.h"
#include "kernel/plus-spec-internal.h"

#include <string.h>

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
