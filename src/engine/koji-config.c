/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of the koji command line: INI files, a section a profile. */
#include "engine/koji-config-internal.h"
#include "engine/koji-internal.h"

#include <string.h>
#include <unistd.h>

enum { CONFIG_LIMIT_BYTES = 1 << 20 };

void koji_config_clear(struct koji_config *config)
{
	g_free(config->server);
	g_free(config->topurl);
	g_free(config->authtype);
	g_free(config->cert);
	g_free(config->serverca);
	g_free(config->user);
	g_free(config->password);
}

/* GKeyFile knows no comments that begin with a semicolon. */
static char *without_semicolons(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

	for (char **line = lines; *line; line++) {
		char *start = *line + strspn(*line, " \t");
		if (*start == ';')
			*start = '#';
	}
	return g_strjoinv("\n", lines);
}

static char *expand_home(const char *path)
{
	if (g_str_has_prefix(path, "~/")) {
		const char *home = g_getenv("HOME");
		return g_build_filename(home ? home : g_get_home_dir(), path + 2, NULL);
	}
	return g_strdup(path);
}

static void take_value(GKeyFile *file, const char *profile, const char *name, char **out)
{
	g_autofree char *value = g_key_file_get_string(file, profile, name, NULL);

	if (!value || !*g_strstrip(value))
		return;
	g_free(*out);
	*out = expand_home(value);
}

static bool load_file(const char *path, const char *profile, struct koji_config *config, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) reason = NULL;

	if (access(path, F_OK) != 0)
		return true;
	g_autofree char *text = ksig_file_read(path, CONFIG_LIMIT_BYTES, NULL, error);
	if (!text)
		return false;
	g_autofree char *clean = without_semicolons(text);
	if (!g_key_file_load_from_data(file, clean, strlen(clean), G_KEY_FILE_NONE, &reason))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, reason->message);
	take_value(file, profile, "server", &config->server);
	take_value(file, profile, "topurl", &config->topurl);
	take_value(file, profile, "authtype", &config->authtype);
	take_value(file, profile, "cert", &config->cert);
	take_value(file, profile, "serverca", &config->serverca);
	take_value(file, profile, "user", &config->user);
	take_value(file, profile, "password", &config->password);
	return true;
}

static bool load_folder(const char *folder, const char *profile, struct koji_config *config, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name = NULL;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".conf"))
			g_ptr_array_add(names, g_build_filename(folder, name, NULL));
	g_ptr_array_sort_with_data(names, (GCompareDataFunc) (void (*)(void)) g_strcmp0, NULL);
	for (guint i = 0; i < names->len; i++)
		if (!load_file(g_ptr_array_index(names, i), profile, config, error))
			return false;
	return true;
}

bool koji_config_load(const char *profile, struct koji_config *config, GError **error)
{
	const char *home = g_getenv("HOME");
	g_autofree char *user = g_build_filename(home ? home : g_get_home_dir(), ".koji", NULL);
	g_autofree char *user_file = g_build_filename(user, "config", NULL);
	g_autofree char *user_folder = g_build_filename(user, "config.d", NULL);

	if (!load_file("/etc/koji.conf", profile, config, error) ||
	    !load_folder("/etc/koji.conf.d", profile, config, error) ||
	    !load_folder(user_folder, profile, config, error) ||
	    !load_file(user_file, profile, config, error))
		return false;
	if (!config->server)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "no server in section [%s] of /etc/koji.conf or ~/.koji/config",
				      profile);
	if (config->cert && access(config->cert, R_OK) != 0)
		g_clear_pointer(&config->cert, g_free);
	if (!config->authtype)
		config->authtype = g_strdup(config->cert ? "ssl" : "kerberos");
	return true;
}
