/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key files ([section], key=value) of people: what stands there twice is refused, as GLib would take the
 * second for both and say nothing; so is what GLib would take for not there, a value that it cannot read.
 */
#include "base/base.h"

#include <string.h>

static bool is_twice(GHashTable *seen, const char *section, const char *key)
{
	return !g_hash_table_add(seen, g_strjoin("\n", section, key, NULL));
}

static char *part(const char *line, const char *end)
{
	return g_strchomp(g_strndup(line, (gsize) (end - line)));
}

/* GLib has read TEXT: each line is a section, key=value, a comment or blank. */
static bool check_once(const char *path, const char *text, GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *section = NULL;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		const char *end = strchr(g_strchug(*line), **line == '[' ? ']' : '=');
		if (**line == '#' || !end)
			continue;
		g_autofree char *name = part(*line + (**line == '['), end);
		if (**line != '[' && is_twice(seen, section, name))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [%s]: %s is there twice", path,
					      section, name);
		if (**line != '[')
			continue;
		if (is_twice(seen, name, NULL))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [%s] is there twice", path, name);
		g_free(section);
		section = g_steal_pointer(&name);
	}
	return true;
}

static bool check_values(const char *path, GKeyFile *file, const char *section, GError **error)
{
	g_auto(GStrv) names = g_key_file_get_keys(file, section, NULL, NULL);

	for (char **name = names; name && *name; name++) {
		g_autoptr(GError) reason = NULL;
		g_autofree char *value G_GNUC_UNUSED = g_key_file_get_string(file, section, *name, &reason);
		if (reason)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [%s]: %s: %s", path, section,
					      *name, reason->message);
	}
	return true;
}

GKeyFile *ksig_key_file_parse(const char *path, const char *text, size_t length_bytes, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) reason = NULL;

	if (!g_key_file_load_from_data(file, text, length_bytes, G_KEY_FILE_NONE, &reason)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, reason->message);
		return NULL;
	}
	g_auto(GStrv) sections = g_key_file_get_groups(file, NULL);
	for (char **section = sections; *section; section++)
		if (!check_values(path, file, *section, error))
			return NULL;
	return check_once(path, text, error) ? g_steal_pointer(&file) : NULL;
}
