/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes: key files, read whole. */
#include "kmod/recipe-check-internal.h"

#include <string.h>

static char *text(GKeyFile *file, const char *group, const char *key)
{
	return g_key_file_get_string(file, group, key, NULL);
}

static char **words(GKeyFile *file, const char *group, const char *key)
{
	g_autofree char *value = text(file, group, key);
	g_auto(GStrv) parts = g_strsplit_set(value ? value : "", " \t", -1);
	GPtrArray *out = g_ptr_array_new();

	for (char **part = parts; *part; part++)
		if (**part)
			g_ptr_array_add(out, g_strdup(*part));
	g_ptr_array_add(out, NULL);
	return (char **) g_ptr_array_free(out, FALSE);
}

/* Words as above; quotes keep what has blanks together. */
static char **quoted_words(GKeyFile *file, const char *group, const char *key)
{
	g_autofree char *value = text(file, group, key);
	char **out = NULL;

	if (value && strpbrk(value, "'\"") && g_shell_parse_argv(value, NULL, &out, NULL))
		return out;
	return words(file, group, key);
}

/* The file that KEY names, beside the recipe; NULL: none. */
static char *beside(const char *path, GKeyFile *file, const char *group, const char *key)
{
	g_autofree char *name = text(file, group, key);
	g_autofree char *folder = g_path_get_dirname(path);

	return name ? g_build_filename(folder, name, NULL) : NULL;
}

static void free_pass(gpointer data)
{
	struct ksig_recipe_pass *pass = data;

	g_free(pass->name);
	g_free(pass->directory);
	g_strfreev(pass->targets);
	g_strfreev(pass->arguments);
	g_strfreev(pass->objects);
	g_free(pass);
}

static void free_patch(gpointer data)
{
	struct ksig_recipe_patch *patch = data;

	g_free(patch->file);
	g_free(patch->kernels);
	g_free(patch->reason);
	g_free(patch);
}

static struct ksig_recipe_pass *read_pass(GKeyFile *file, const char *group)
{
	struct ksig_recipe_pass *pass = g_new0(struct ksig_recipe_pass, 1);

	pass->name = g_strdup(group + strlen("pass "));
	g_autofree char *make = text(file, group, "make");

	pass->directory = text(file, group, "directory");
	pass->own = g_strcmp0(make, "own") == 0;
	pass->targets = words(file, group, "targets");
	pass->arguments = quoted_words(file, group, "arguments");
	pass->objects = words(file, group, "objects");
	return pass;
}

static struct ksig_recipe_patch *read_patch(GKeyFile *file, const char *group, const char *path)
{
	struct ksig_recipe_patch *patch = g_new0(struct ksig_recipe_patch, 1);

	patch->file = beside(path, file, group, "file");
	patch->kernels = text(file, group, "kernels");
	patch->reason = text(file, group, "reason");
	patch->strip = 1;
	if (g_key_file_has_key(file, group, "strip", NULL)) {
		g_autoptr(GError) reason = NULL;
		patch->strip = g_key_file_get_integer(file, group, "strip", &reason);
		patch->strip = reason ? -1 : patch->strip;
	}
	return patch;
}

static void free_option(gpointer data)
{
	struct ksig_recipe_option *option = data;

	g_free(option->setting);
	g_free(option->kernels);
	g_free(option);
}

/* "[options]", and "[options NAME]" for the kernels that it names. */
static void read_options(struct ksig_recipe *recipe, GKeyFile *file, const char *group)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);
	g_autofree char *kernels = text(file, group, "kernels");

	for (char **key = keys; key && *key; key++) {
		g_autofree char *value = text(file, group, *key);
		if (g_str_equal(*key, "kernels"))
			continue;
		struct ksig_recipe_option *option = g_new0(struct ksig_recipe_option, 1);
		option->setting = g_strdup_printf("%s=%s", *key, value);
		option->kernels = g_strdup(kernels);
		g_ptr_array_add(recipe->options, option);
	}
}

static void read_module(struct ksig_recipe *recipe, GKeyFile *file)
{
	recipe->name = text(file, "module", "name");
	recipe->summary = text(file, "module", "summary");
	recipe->description = text(file, "module", "description");
	recipe->version = text(file, "module", "version");
	recipe->license = text(file, "module", "license");
	recipe->url = text(file, "module", "url");
	recipe->kernels = text(file, "module", "kernels");
	recipe->userspace = text(file, "module", "userspace");
	recipe->modules = words(file, "module", "modules");
	recipe->firmware = words(file, "module", "firmware");
	recipe->devices = words(file, "module", "devices");
	recipe->maintainer = text(file, "module", "maintainer");
	recipe->elsewhere = text(file, "module", "elsewhere");
	recipe->in_tree = g_key_file_get_boolean(file, "module", "in_tree", NULL);
}

/* What the packages are, beside the module. */
static void read_package(struct ksig_recipe *recipe, GKeyFile *file)
{
	const int release = g_key_file_get_integer(file, "module", "release", NULL);

	recipe->architectures = words(file, "module", "architectures");
	recipe->release = release > 0 ? (unsigned) release : 1;
	recipe->changelog = beside(recipe->path, file, "module", "changelog");
	recipe->initramfs = text(file, "module", "initramfs");
	recipe->license_files = words(file, "module", "license_files");
	recipe->modprobe = g_key_file_get_string_list(file, "module", "modprobe", NULL, NULL);
}

static void read_source(struct ksig_recipe *recipe, GKeyFile *file)
{
	recipe->source_kind = text(file, "source", "kind");
	recipe->source_paths = words(file, "source", "paths");
	recipe->source_exclude = words(file, "source", "exclude");
	recipe->source_url = text(file, "source", "url");
	recipe->source_sha256 = text(file, "source", "sha256");
	recipe->source_signature = text(file, "source", "signature");
	recipe->source_key = beside(recipe->path, file, "source", "key");
	recipe->source_tree = text(file, "source", "tree");
	recipe->source_revision = text(file, "source", "revision");
	recipe->measured = text(file, "source", "measured");
	recipe->configure = words(file, "prepare", "configure");
	recipe->tools = words(file, "prepare", "tools");
	recipe->substitutions = g_key_file_get_string_list(file, "prepare", "substitute", NULL, NULL);
}

enum { RECIPE_LIMIT_BYTES = 1 << 20 };

static ksig_recipe *recipe_new(const char *path)
{
	ksig_recipe *recipe = g_new0(ksig_recipe, 1);

	recipe->path = g_strdup(path);
	recipe->options = g_ptr_array_new_with_free_func(free_option);
	recipe->passes = g_ptr_array_new_with_free_func(free_pass);
	recipe->patches = g_ptr_array_new_with_free_func(free_patch);
	return recipe;
}

ksig_recipe *ksig_kmod_recipe_read(const char *path, GError **error)
{
	g_autoptr(ksig_recipe) recipe = recipe_new(path);
	size_t length = 0;

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no such recipe", path);
		return NULL;
	}
	g_autofree char *text = ksig_file_read(path, RECIPE_LIMIT_BYTES, &length, error);
	g_autoptr(GKeyFile) file = text ? ksig_key_file_parse(path, text, length, error) : NULL;
	if (!file)
		return NULL;
	g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
	for (char **group = groups; *group; group++) {
		if (!recipe_check_group(path, file, *group, error))
			return NULL;
		if (recipe_group_is_options(*group))
			read_options(recipe, file, *group);
		if (g_str_has_prefix(*group, "pass "))
			g_ptr_array_add(recipe->passes, read_pass(file, *group));
		if (g_str_has_prefix(*group, "patch "))
			g_ptr_array_add(recipe->patches, read_patch(file, *group, path));
	}
	read_module(recipe, file);
	read_package(recipe, file);
	read_source(recipe, file);
	return recipe_check(path, recipe, error) ? g_steal_pointer(&recipe) : NULL;
}

static char *recipe_folder(void)
{
	const char *recipes = g_getenv("KSIG_RECIPES");

	return g_build_filename(recipes ? recipes : KSIG_DATADIR "/recipes", "kmod", NULL);
}

static gint by_path(gconstpointer a, gconstpointer b)
{
	const ksig_recipe *const *left = a, *const *right = b;

	return strcmp((*left)->path, (*right)->path);
}

GPtrArray *ksig_kmod_recipe_read_all(GError **error)
{
	g_autofree char *folder = recipe_folder();
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	g_autoptr(GPtrArray) recipes = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_recipe_free);
	const char *name;

	if (!listing) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			       "%s: no recipes there ($KSIG_RECIPES says where)", folder);
		return NULL;
	}
	while ((name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		ksig_recipe *recipe = g_str_has_suffix(name, ".conf") ? ksig_kmod_recipe_read(path, error)
								      : NULL;
		if (recipe)
			g_ptr_array_add(recipes, recipe);
		else if (g_str_has_suffix(name, ".conf"))
			return NULL;
	}
	g_ptr_array_sort(recipes, by_path);
	return g_steal_pointer(&recipes);
}

ksig_recipe *ksig_kmod_recipe_find(const char *name, GError **error)
{
	g_autofree char *file = g_strconcat(name, ".conf", NULL);
	g_autofree char *path = NULL;

	if (strchr(name, '/') || g_str_has_suffix(name, ".conf"))
		return ksig_kmod_recipe_read(name, error);
	g_autofree char *folder = recipe_folder();
	path = g_build_filename(folder, file, NULL);
	return ksig_kmod_recipe_read(path, error);
}

void ksig_kmod_recipe_free(ksig_recipe *recipe)
{
	if (!recipe)
		return;
	g_free(recipe->path);
	g_free(recipe->name);
	g_free(recipe->summary);
	g_free(recipe->description);
	g_free(recipe->version);
	g_free(recipe->license);
	g_free(recipe->url);
	g_free(recipe->kernels);
	g_free(recipe->userspace);
	g_free(recipe->source_kind);
	g_free(recipe->source_url);
	g_free(recipe->source_sha256);
	g_free(recipe->source_revision);
	g_free(recipe->source_tree);
	g_free(recipe->maintainer);
	g_free(recipe->elsewhere);
	g_free(recipe->changelog);
	g_free(recipe->initramfs);
	g_strfreev(recipe->architectures);
	g_strfreev(recipe->modprobe);
	g_strfreev(recipe->license_files);
	g_free(recipe->source_signature);
	g_free(recipe->source_key);
	g_free(recipe->measured);
	g_strfreev(recipe->modules);
	g_strfreev(recipe->firmware);
	g_strfreev(recipe->devices);
	g_strfreev(recipe->source_paths);
	g_strfreev(recipe->source_exclude);
	g_strfreev(recipe->configure);
	g_strfreev(recipe->tools);
	g_strfreev(recipe->substitutions);
	g_ptr_array_unref(recipe->options);
	g_ptr_array_unref(recipe->passes);
	g_ptr_array_unref(recipe->patches);
	g_free(recipe);
}
