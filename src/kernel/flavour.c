/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flavour's .conf file: its keys, option and patch sections, defaults, and what is refused; where recipes
 * are found (KSIG_RECIPES).
 */
#include "kernel/flavour-internal.h"
#include "kernel/flavour-words-internal.h"
#include "kernel/kernel-internal.h"

#include <string.h>

/* A key of the sections [flavour] and [source]; what a flavour may hold stands here and nowhere else. */
struct key {
	const char *group, *name;
	size_t offset;
	enum { KEY_STRING, KEY_LIST, KEY_FILE } type;
};

static const struct key keys[] = {
	{"flavour", "package", offsetof(ksig_flavour, package), KEY_STRING},
	{"flavour", "tag", offsetof(ksig_flavour, tag), KEY_STRING},
	{"flavour", "summary", offsetof(ksig_flavour, summary), KEY_STRING},
	{"flavour", "packager", offsetof(ksig_flavour, packager), KEY_STRING},
	{"flavour", "architectures", offsetof(ksig_flavour, architectures), KEY_LIST},
	{"flavour", "subpackages", offsetof(ksig_flavour, subpackages), KEY_LIST},
	{"flavour", "modules-compression", offsetof(ksig_flavour, modules_compression), KEY_STRING},
	{"flavour", "modules-extra", offsetof(ksig_flavour, modules_extra), KEY_LIST},
	{"source", "base", offsetof(ksig_flavour, base), KEY_FILE},
	{"source", "series", offsetof(ksig_flavour, series), KEY_STRING},
	{"source", "mirror", offsetof(ksig_flavour, mirror), KEY_STRING},
	{"source", "keys", offsetof(ksig_flavour, keys), KEY_LIST},
	{"source", "sums-keys", offsetof(ksig_flavour, sums_keys), KEY_LIST},
	{"source", "config", offsetof(ksig_flavour, config), KEY_FILE},
};

static void option_free(gpointer data)
{
	struct ksig_option *option = data;

	g_free(option->name);
	g_free(option->value);
	g_free(option->reason);
	g_free(option->link);
	g_free(option);
}

static void patch_free(gpointer data)
{
	struct ksig_flavour_patch *patch = data;

	g_free(patch->name);
	g_free(patch->file);
	g_free(patch->commit);
	g_free(patch->reason);
	g_free(patch->link);
	g_free(patch);
}

void ksig_kernel_flavour_free(ksig_flavour *flavour)
{
	if (!flavour)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		void *field = (char *) flavour + keys[i].offset;
		if (keys[i].type == KEY_LIST)
			g_strfreev(*(char ***) field);
		else
			g_free(*(char **) field);
	}
	g_ptr_array_unref(flavour->options);
	g_ptr_array_unref(flavour->patches);
	g_free(flavour->name);
	g_free(flavour->path);
	g_free(flavour);
}

/* A relative path of a flavour file is relative to the folder of that file. */
static char *beside(const ksig_flavour *flavour, const char *name)
{
	g_autofree char *folder = g_path_get_dirname(flavour->path);

	return g_canonicalize_filename(name, folder);
}

static bool bad(const ksig_flavour *flavour, const char *group, GError **error, const char *what)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [%s]: %s", flavour->path, group, what);
}

/* Every key of GROUP must be one of NAMES (NULL-ended). */
static bool check_keys(const ksig_flavour *flavour, GKeyFile *file, const char *group,
		       const char *const *names, GError **error)
{
	g_auto(GStrv) found = g_key_file_get_keys(file, group, NULL, NULL);

	for (char **name = found; name && *name; name++)
		if (!g_strv_contains(names, *name))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: [%s]: %s: not a key of this section", flavour->path, group,
					      *name);
	return true;
}

/* False: KEY is there, and neither true nor false. */
static bool read_truth(GKeyFile *file, const char *group, const char *key, bool *out_value)
{
	g_autoptr(GError) reason = NULL;

	*out_value = g_key_file_get_boolean(file, group, key, &reason);
	return !reason || g_error_matches(reason, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND);
}

/* Both go into %changelog, on the line of their own. */
static bool check_why(const ksig_flavour *flavour, const char *group, const char *reason, const char *link,
		      GError **error)
{
	if (!reason || !*reason)
		return bad(flavour, group, error, "reason: missing; every change says why");
	if (!flavour_line_is_good(reason))
		return bad(flavour, group, error, "reason: one line of text expected");
	return !link || flavour_line_is_good(link) ||
	       bad(flavour, group, error, "link: one line of text expected");
}

static bool read_option(ksig_flavour *flavour, GKeyFile *file, const char *group, GError **error)
{
	static const char *const names[] = {"value", "reason", "link", "optional", NULL};
	struct ksig_option *option = g_new0(struct ksig_option, 1);

	g_ptr_array_add(flavour->options, option);
	option->name = g_strdup(group + strlen("option "));
	option->value = g_key_file_get_string(file, group, "value", NULL);
	option->reason = g_key_file_get_string(file, group, "reason", NULL);
	option->link = g_key_file_get_string(file, group, "link", NULL);
	if (!flavour_option_name_is_good(option->name))
		return bad(flavour, group, error, "the name of an option without CONFIG_ expected");
	if (!option->value || !flavour_option_value_is_good(option->value))
		return bad(flavour, group, error, "value: y, m, n, a number or a quoted string expected");
	if (!read_truth(file, group, "optional", &option->is_optional))
		return bad(flavour, group, error, "optional: true or false expected");
	return check_why(flavour, group, option->reason, option->link, error) &&
	       check_keys(flavour, file, group, names, error);
}

static bool commit_is_good(const char *commit)
{
	return strlen(commit) == 40 && strspn(commit, "0123456789abcdef") == 40;
}

static bool read_patch(ksig_flavour *flavour, GKeyFile *file, const char *group, GError **error)
{
	static const char *const names[] = {"file", "commit", "reason", "link", NULL};
	struct ksig_flavour_patch *patch = g_new0(struct ksig_flavour_patch, 1);
	g_autofree char *name = g_key_file_get_string(file, group, "file", NULL);

	g_ptr_array_add(flavour->patches, patch);
	patch->name = g_strdup(group + strlen("patch "));
	patch->file = name ? beside(flavour, name) : NULL;
	patch->commit = g_key_file_get_string(file, group, "commit", NULL);
	patch->reason = g_key_file_get_string(file, group, "reason", NULL);
	patch->link = g_key_file_get_string(file, group, "link", NULL);
	if (!patch->file == !patch->commit)
		return bad(flavour, group, error, "either file or commit expected");
	if (patch->commit && !commit_is_good(patch->commit))
		return bad(flavour, group, error, "commit: 40 hexadecimal digits expected");
	if (!flavour_file_is_good(patch->name))
		return bad(flavour, group, error,
			   "a name that can be a file's expected: letters, digits, '.', '_', '+', '-'");
	return check_why(flavour, group, patch->reason, patch->link, error) &&
	       check_keys(flavour, file, group, names, error);
}

static void read_key(ksig_flavour *flavour, GKeyFile *file, const struct key *key)
{
	void *field = (char *) flavour + key->offset;

	if (key->type == KEY_LIST) {
		*(char ***) field = g_key_file_get_string_list(file, key->group, key->name, NULL, NULL);
		if (!*(char ***) field)
			*(char ***) field = g_new0(char *, 1);
		return;
	}
	g_autofree char *value = g_key_file_get_string(file, key->group, key->name, NULL);
	if (value && key->type == KEY_FILE && !g_str_has_prefix(value, "make:"))
		*(char **) field = beside(flavour, value);
	else
		*(char **) field = g_steal_pointer(&value);
}

static bool read_settings(ksig_flavour *flavour, GKeyFile *file, GError **error)
{
	const char *flavour_names[G_N_ELEMENTS(keys) + 2] = {"kind"},
						       *source_names[G_N_ELEMENTS(keys) + 1] = {0};
	size_t n_flavour = 1, n_source = 0;
	g_autofree char *kind = g_key_file_get_string(file, "flavour", "kind", NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		read_key(flavour, file, &keys[i]);
		if (g_str_equal(keys[i].group, "flavour"))
			flavour_names[n_flavour++] = keys[i].name;
		else
			source_names[n_source++] = keys[i].name;
	}
	if (g_strcmp0(kind, "plus") != 0 && g_strcmp0(kind, "lts") != 0)
		return bad(flavour, "flavour", error, "kind: plus or lts expected");
	flavour->kind = g_str_equal(kind, "lts") ? KSIG_FLAVOUR_LTS : KSIG_FLAVOUR_PLUS;
	if (!flavour->package || !flavour_package_is_good(flavour->package))
		return bad(flavour, "flavour", error,
			   "package: the name of a package expected: letters, digits, '.', '_', '+', '-'");
	if (flavour->tag && !flavour_tag_is_good(flavour->tag))
		return bad(flavour, "flavour", error,
			   "tag: a part of a release, without '-', expected: letters, digits, '.', '_', '+', "
			   "'~', '^'");
	if (flavour->summary && !flavour_line_is_good(flavour->summary))
		return bad(flavour, "flavour", error, "summary: one line of text expected");
	if (flavour->packager && !flavour_line_is_good(flavour->packager))
		return bad(flavour, "flavour", error, "packager: one line of text expected, NAME <ADDRESS>");
	return check_keys(flavour, file, "flavour", flavour_names, error) &&
	       check_keys(flavour, file, "source", source_names, error);
}

static bool read_groups(ksig_flavour *flavour, GKeyFile *file, GError **error)
{
	g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
	bool good = true;

	for (char **group = groups; good && *group; group++) {
		if (g_str_has_prefix(*group, "option "))
			good = read_option(flavour, file, *group, error);
		else if (g_str_has_prefix(*group, "patch "))
			good = read_patch(flavour, file, *group, error);
		else if (!g_str_equal(*group, "flavour") && !g_str_equal(*group, "source"))
			good = bad(flavour, *group, error,
				   "not a section of a flavour: flavour, source, option NAME, patch NAME");
	}
	return good;
}

/* What a flavour has that names none: all that needs nothing but a compiler. */
static char **default_subpackages(void)
{
	static const char *const names[] = {"core", "modules", "modules-extra", "devel", "headers", NULL};

	return g_strdupv((char **) names);
}

/* NAME, the value of KEY, has to be one of KNOWN. */
static bool check_word(const ksig_flavour *flavour, const char *key, const char *name,
		       const char *const *known, GError **error)
{
	g_autofree char *words = g_strjoinv(", ", (char **) known);

	return g_strv_contains(known, name) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [flavour]: %s: %s: not one of %s", flavour->path,
			      key, name, words);
}

static bool check_subpackages(ksig_flavour *flavour, GError **error)
{
	static const char *const known[] = {"core",    "modules", "modules-extra", "devel",
					    "headers", "doc",     "perf",          "python3-perf",
					    "tools",   "bpftool", "debuginfo",     NULL};

	if (!*flavour->subpackages) {
		g_strfreev(flavour->subpackages);
		flavour->subpackages = default_subpackages();
	}
	for (char **name = flavour->subpackages; *name; name++)
		if (!check_word(flavour, "subpackages", *name, known, error))
			return false;
	return true;
}

static bool check_compression(const ksig_flavour *flavour, GError **error)
{
	static const char *const known[] = {"xz", "zstd", "gzip", "none", NULL};
	const char *name = flavour->modules_compression;

	return !name || check_word(flavour, "modules-compression", name, known, error);
}

static void set_defaults(ksig_flavour *flavour)
{
	if (!flavour->tag)
		flavour->tag = g_strdup("");
	if (!flavour->modules_compression)
		flavour->modules_compression = g_strdup("xz");
	if (!flavour->summary)
		flavour->summary = g_strdup("The Linux kernel");
	if (!flavour->packager)
		flavour->packager = g_strdup("ksig <ksig@localhost>");
}

char *kernel_recipe_path(const char *name)
{
	const char *recipes = g_getenv("KSIG_RECIPES");

	return g_build_filename(recipes ? recipes : KSIG_DATADIR "/recipes", "kernel", name, NULL);
}

static char *flavour_path(const char *name)
{
	if (strchr(name, '/') || g_str_has_suffix(name, ".conf"))
		return g_canonicalize_filename(name, NULL);
	g_autofree char *file = g_strconcat(name, ".conf", NULL);
	return kernel_recipe_path(file);
}

static char *flavour_name(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);

	if (g_str_has_suffix(base, ".conf"))
		base[strlen(base) - strlen(".conf")] = '\0';
	return g_steal_pointer(&base);
}

ksig_flavour *ksig_kernel_flavour_load(const char *name, GError **error)
{
	g_autoptr(ksig_flavour) flavour = g_new0(ksig_flavour, 1);
	gsize length = 0;

	flavour->path = flavour_path(name);
	flavour->name = flavour_name(flavour->path);
	flavour->options = g_ptr_array_new_with_free_func(option_free);
	flavour->patches = g_ptr_array_new_with_free_func(patch_free);
	g_autofree char *text = ksig_file_read(flavour->path, KERNEL_LIMIT_RECIPE_BYTES, &length, error);
	g_autoptr(GKeyFile) file = text ? ksig_key_file_parse(flavour->path, text, length, error) : NULL;
	if (!file || !read_settings(flavour, file, error) || !check_subpackages(flavour, error) ||
	    !check_compression(flavour, error) || !read_groups(flavour, file, error))
		return NULL;
	set_defaults(flavour);
	return g_steal_pointer(&flavour);
}
