/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig.conf, of the workspace and of the user: what one would have to say with each command. */
#include "cli/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct ksig_globals ksig_globals;
struct ksig_context ksig_command_context;
bool ksig_command_is_read;

enum { CONF_BYTES_MAX = 65536 };

struct settings {
	char *workspace, *records, *color, *pager;
	char **upstreams;
};

/* ---- the file ------------------------------------------------------------------------------------ */

/* A path in the file is relative to its folder. */
static void set_path(char **value, const char *path, const char *text)
{
	g_autofree char *folder = g_path_get_dirname(path);

	g_free(*value);
	*value = g_canonicalize_filename(text, folder);
}

static void set_text(char **value, const char *text)
{
	g_free(*value);
	*value = g_strdup(text);
}

static void add_upstream(struct settings *settings, const char *text)
{
	const guint n = settings->upstreams ? g_strv_length(settings->upstreams) : 0;

	settings->upstreams = g_renew(char *, settings->upstreams, n + 2);
	settings->upstreams[n] = g_strdup(text);
	settings->upstreams[n + 1] = NULL;
}

/* A workspace may be copied from somebody: it names no program, and no other workspace. */
static bool set(struct settings *settings, const char *path, bool is_users, const char *key, const char *text,
		GError **error)
{
	enum ksig_color color;

	if (!is_users && (g_str_equal(key, "pager") || g_str_equal(key, "workspace")))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: for the user's own ksig.conf only", key);
	if (g_str_equal(key, "workspace"))
		set_path(&settings->workspace, path, text);
	else if (g_str_equal(key, "records"))
		set_path(&settings->records, path, text);
	else if (g_str_equal(key, "upstream"))
		add_upstream(settings, text);
	else if (g_str_equal(key, "pager"))
		set_text(&settings->pager, text);
	else if (!g_str_equal(key, "color"))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: not a key (workspace, upstream, records, color or pager)", key);
	else if (!ksig_color_parse(text, &color, error))
		return false;
	else
		set_text(&settings->color, text);
	return true;
}

static bool read_line(struct settings *settings, const char *path, bool is_users, char *line, GError **error)
{
	if (g_strstrip(line)[0] == '\0' || line[0] == '#')
		return true;
	char *sign = strchr(line, '=');
	if (!sign)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "KEY = VALUE expected");
	*sign = '\0';
	return set(settings, path, is_users, g_strchomp(line), g_strstrip(sign + 1), error);
}

/* It says where to look, and the user's also what to run: as with a policy, nobody else may write it. */
static bool read_file(struct settings *settings, const char *path, bool is_users, GError **error)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ||
		       ksig_error_errno(error, errno, "%s", path);
	g_autofree char *text = ksig_own_file_read(AT_FDCWD, path, path, CONF_BYTES_MAX, NULL, error);
	g_auto(GStrv) lines = text ? g_strsplit(text, "\n", -1) : NULL;
	for (guint i = 0; lines && lines[i]; i++) {
		if (!read_line(settings, path, is_users, lines[i], error)) {
			g_prefix_error(error, "%s, line %u: ", path, i + 1);
			return false;
		}
	}
	return lines != NULL;
}

/* ---- the workspace ------------------------------------------------------------------------------- */

/* ksig.ws here or, as git looks for .git, in the nearest folder above; NULL: there is none. */
static char *nearest_workspace(void)
{
	g_autofree char *folder = g_get_current_dir();

	for (;;) {
		g_autofree char *place = g_build_filename(folder, "ksig.ws", NULL);
		g_autofree char *catalog = g_build_filename(place, "catalog.db", NULL);
		if (g_file_test(catalog, G_FILE_TEST_EXISTS))
			return g_steal_pointer(&place);
		if (g_str_equal(folder, "/") || g_str_equal(folder, "."))
			return NULL;
		char *parent = g_path_get_dirname(folder);
		g_free(folder);
		folder = parent;
	}
}

static const char *find_workspace(const struct settings *users)
{
	const char *named = ksig_globals.workspace ? ksig_globals.workspace : g_getenv("KSIG_WORKSPACE");
	const char *place = named ? named : nearest_workspace();

	return place ? place : users->workspace ? users->workspace : "ksig.ws";
}

/* ---- what follows -------------------------------------------------------------------------------- */

/* Options that the command line leaves out, by their names; list's --upstream is another one, of one id. */
static void complete(const GOptionEntry *entries, const struct settings *settings)
{
	for (const GOptionEntry *entry = entries; entry->long_name; entry++) {
		if (g_str_equal(entry->long_name, "records") && entry->arg == G_OPTION_ARG_FILENAME &&
		    !*(char **) entry->arg_data)
			*(char **) entry->arg_data = g_strdup(settings->records);
		if (g_str_equal(entry->long_name, "upstream") &&
		    (entry->arg == G_OPTION_ARG_FILENAME_ARRAY || entry->arg == G_OPTION_ARG_STRING_ARRAY) &&
		    !*(char ***) entry->arg_data)
			*(char ***) entry->arg_data = g_strdupv(settings->upstreams);
	}
}

/* The pager's words; NULL: none is wanted. As git: its own variable, the file, then what others use. */
static char **pager_words(const struct settings *settings, bool *out_named)
{
	const char *const places[] = {g_getenv("KSIG_PAGER"), settings->pager, g_getenv("GIT_PAGER"),
				      g_getenv("PAGER")};
	const char *name = NULL;
	char **words = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(places) && !name; i++)
		name = places[i];
	*out_named = name != NULL;
	if (!name)
		name = "less";
	if (!g_shell_parse_argv(name, NULL, &words, NULL) || g_str_equal(words[0], "cat"))
		g_clear_pointer(&words, g_strfreev);
	return words;
}

static void start_pager(const struct settings *settings)
{
	g_autoptr(GError) reason = NULL;
	bool named = false;

	if (!ksig_command_is_read || ksig_globals.no_pager || !isatty(STDOUT_FILENO))
		return;
	g_auto(GStrv) words = pager_words(settings, &named);
	if (words && !ksig_terminal_page(words, &reason) && named)
		ksig_print(stderr, "ksig: %s\n", reason->message);
}

bool ksig_settings_apply(const GOptionEntry *entries, GError **error)
{
	static struct settings users_own, nearer; /* all of it is used until the process ends */
	struct settings settings = {.workspace = NULL};
	enum ksig_color color = KSIG_COLOR_AUTO;

#ifndef KSIG_CLIENT /* what serves a machine does not follow its user's habits */
	g_autofree char *users = g_build_filename(g_get_user_config_dir(), "ksig", "ksig.conf", NULL);
	if (!read_file(&users_own, users, true, error))
		return false;
	settings = users_own;
	ksig_command_context.workspace = find_workspace(&settings);
	g_autofree char *own = g_build_filename(ksig_command_context.workspace, "ksig.conf", NULL);
	if (!read_file(&nearer, own, false, error))
		return false;
	settings.records = nearer.records ? nearer.records : settings.records;
	settings.color = nearer.color ? nearer.color : settings.color;
	settings.upstreams = nearer.upstreams ? nearer.upstreams : settings.upstreams;
	complete(entries, &settings);
#else
	(void) users_own;
	(void) nearer;
	(void) entries;
	(void) read_file;
	(void) find_workspace;
	(void) complete;
#endif
	const char *word = ksig_globals.color ? ksig_globals.color : settings.color;
	if (word && !ksig_color_parse(word, &color, error))
		return false;
	ksig_terminal_set_color(color);
	if (ksig_globals.quiet)
		ksig_progress_disable();
	start_pager(&settings);
	return true;
}
