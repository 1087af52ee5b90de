/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configurations as sets of options: read from .config or a flavour, and two compared, where "n" and "not
 * there" are the same. Making one is configure.c's.
 */
#include "kernel/kernel-internal.h"

#include <string.h>

void ksig_kernel_config_free(ksig_config *config)
{
	if (!config)
		return;
	g_hash_table_unref(config->values);
	g_free(config);
}

const char *ksig_kernel_config_get(const ksig_config *config, const char *name)
{
	return g_hash_table_lookup(config->values, name);
}

/* "CONFIG_X=value" */
static bool read_value(ksig_config *config, const char *line)
{
	const char *equals = strchr(line, '=');

	if (!g_str_has_prefix(line, "CONFIG_") || !equals || equals == line + strlen("CONFIG_"))
		return false;
	const char *name = line + strlen("CONFIG_");
	g_hash_table_replace(config->values, g_strndup(name, (gsize) (equals - name)), g_strdup(equals + 1));
	return true;
}

/* "# CONFIG_X is not set"; any other comment is none of ours. */
static void read_comment(ksig_config *config, const char *line)
{
	static const char *const start = "# CONFIG_", *const end = " is not set";

	if (!g_str_has_prefix(line, start) || !g_str_has_suffix(line, end))
		return;
	const char *name = line + strlen(start);
	g_hash_table_replace(config->values, g_strndup(name, strlen(name) - strlen(end)), g_strdup("n"));
}

static ksig_config *config_new(void)
{
	ksig_config *config = g_new0(ksig_config, 1);

	config->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return config;
}

ksig_config *ksig_kernel_config_load(const char *path, GError **error)
{
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_CONFIG_BYTES, NULL, error);

	if (!text)
		return NULL;
	g_autoptr(ksig_config) config = config_new();
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (unsigned i = 0; lines[i]; i++) {
		const char *line = g_strchomp(lines[i]);
		if (*line == '#')
			read_comment(config, line);
		else if (*line && !read_value(config, line)) {
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s:%u: CONFIG_NAME=value expected", path,
				       i + 1);
			return NULL;
		}
	}
	return g_steal_pointer(&config);
}

ksig_config *ksig_kernel_config_of_flavour(const ksig_flavour *flavour)
{
	ksig_config *config = config_new();

	for (guint i = 0; i < flavour->options->len; i++) {
		const struct ksig_option *option = g_ptr_array_index(flavour->options, i);
		g_hash_table_replace(config->values, g_strdup(option->name), g_strdup(option->value));
	}
	return config;
}

static void change_free(gpointer data)
{
	struct ksig_config_change *change = data;

	g_free(change->name);
	g_free(change->old_value);
	g_free(change->new_value);
	g_free(change);
}

static void add_change(GPtrArray *changes, const char *name, const char *old_value, const char *new_value)
{
	if (g_str_equal(old_value ? old_value : "n", new_value ? new_value : "n"))
		return;
	struct ksig_config_change *change = g_new0(struct ksig_config_change, 1);
	change->name = g_strdup(name);
	change->old_value = g_strdup(old_value);
	change->new_value = g_strdup(new_value);
	g_ptr_array_add(changes, change);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	const struct ksig_config_change *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

GPtrArray *ksig_kernel_config_diff(const ksig_config *old_config, const ksig_config *new_config)
{
	GPtrArray *changes = g_ptr_array_new_with_free_func(change_free);
	GHashTableIter iterator;
	gpointer name, value;

	g_hash_table_iter_init(&iterator, old_config->values);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		add_change(changes, name, value, ksig_kernel_config_get(new_config, name));
	g_hash_table_iter_init(&iterator, new_config->values);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		if (!ksig_kernel_config_get(old_config, name))
			add_change(changes, name, NULL, value);
	g_ptr_array_sort(changes, by_name);
	return changes;
}
