/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source as ksig's own copy, so that what is checked is what is built: others may write to the original. Of
 * a repository, the objects of the recipe's revision under the names that their content has: git itself
 * believes a repository that an object is what its name says.
 */
#include "kmod/source-take-internal.h"
#include "kmod/source-internal.h"

#include <string.h>

enum { TAKE_TIMEOUT_MS = 30 * 60 * 1000 };

static const struct ksig_process_options plain = {.timeout_ms = TAKE_TIMEOUT_MS};

/* ---- files ---------------------------------------------------------------------------------------- */

static char *take_file(const char *path, const char *folder, GError **error)
{
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *copy = g_build_filename(folder, name, NULL);

	return ksig_file_copy(path, copy, error) ? g_steal_pointer(&copy) : NULL;
}

/* The source's file, with the signature that is expected beside it. */
static char *take_tarball(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	const char *signature = build->recipe->source_signature;
	g_autofree char *name = signature ? g_path_get_basename(signature) : NULL;
	g_autofree char *beside = g_path_get_dirname(build->source);
	g_autofree char *path = name ? g_build_filename(beside, name, NULL) : NULL;
	g_autofree char *signed_by = path ? take_file(path, folder, error) : NULL;

	return !path || signed_by ? take_file(build->source, folder, error) : NULL;
}

/* ---- repositories --------------------------------------------------------------------------------- */

static bool git(const char *git_dir, const char *const *words, const GString *input, GString **out,
		GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	struct ksig_process_options options = plain;

	g_ptr_array_add(argv, (gpointer) "--git-dir");
	g_ptr_array_add(argv, (gpointer) git_dir);
	for (; *words; words++)
		g_ptr_array_add(argv, (gpointer) *words);
	g_ptr_array_add(argv, NULL);
	options.input = input ? input->str : NULL;
	options.input_length_bytes = input ? input->len : 0;
	return ksig_git_run((const char *const *) argv->pdata, &options, NULL, out, error);
}

/* The objects LIST of the repository SHADOW into OWN, each by what is in it. */
static bool move_objects(const char *shadow, const char *own, const GString *list, GError **error)
{
	g_autofree char *stem = g_build_filename(own, "objects", "pack", "pack", NULL);
	const char *const pack[] = {"pack-objects", "-q", stem, NULL};
	g_autoptr(GString) digest = NULL;

	if (!git(shadow, pack, list, &digest, error))
		return false;
	g_strstrip(digest->str);
	g_autofree char *packed = g_strdup_printf("%s-%s.pack", stem, digest->str);
	g_autofree char *names = g_strdup_printf("%s-%s.idx", stem, digest->str);
	const char *const index[] = {"index-pack", packed, NULL};
	/* The one that is there has the names that SHADOW gave. */
	return ksig_directory_remove(names, error) && git(own, index, NULL, NULL, error);
}

static bool check_objects(const struct ksig_kmod_build *build, const char *own, const GString *list,
			  GError **error)
{
	const char *const check[] = {"cat-file", "--batch-check=%(objectname)", NULL};
	g_autoptr(GString) found = NULL;

	if (!git(own, check, list, &found, error))
		return false;
	const char *missing = strstr(found->str, " missing");
	if (!missing)
		return true;
	const char *line = g_strrstr_len(found->str, missing - found->str, "\n");
	line = line ? line + 1 : found->str;
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: revision %s: the object %.*s is not what its name says", build->source,
			      build->recipe->source_revision, (int) (missing - line), line);
}

/* The revision under the name that the recipe has for it, if it is none of its own. */
static bool name_revision(const char *shadow, const char *own, const char *revision, const char *object,
			  GError **error)
{
	const char *const ask[] = {"rev-parse", "--symbolic-full-name", revision, NULL};
	g_autoptr(GString) name = NULL;

	if (!git(shadow, ask, NULL, &name, error))
		return false;
	g_strstrip(name->str);
	const char *const put[] = {"update-ref", name->str, object, NULL};
	return !g_str_has_prefix(name->str, "refs/") || git(own, put, NULL, NULL, error);
}

static char *take_repository(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	const char *revision = build->recipe->source_revision;
	g_autofree char *shadows = g_build_filename(folder, "theirs", NULL);
	g_autofree char *shadow = ksig_git_shadow(build->source, shadows, NULL, error);
	g_autofree char *own = g_build_filename(folder, "source.git", NULL);
	const char *const init[] = {"init", "--quiet", "--bare", NULL};
	const char *const find[] = {"rev-parse", "--verify", "--quiet", revision, NULL};
	g_autoptr(GString) object = NULL, list = NULL;

	if (!shadow || !git(own, init, NULL, NULL, error))
		return NULL;
	if (!git(shadow, find, NULL, &object, NULL)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no revision %s of %s in it", build->source,
			       revision, build->recipe->source_url);
		return NULL;
	}
	g_strstrip(object->str);
	/* A partial clone lacks some, which a recipe may leave out. */
	const char *const all[] = {
		"rev-list",  "--objects", "--no-object-names", "--missing=allow-any", "--no-walk",
		object->str, NULL};
	if (!git(shadow, all, NULL, &list, error) || !move_objects(shadow, own, list, error) ||
	    !check_objects(build, own, list, error) ||
	    !name_revision(shadow, own, revision, object->str, error))
		return NULL;
	return g_steal_pointer(&own);
}

/* ---- all of them ---------------------------------------------------------------------------------- */

static char *take_folder(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	g_autofree char *copy = g_build_filename(folder, "source", NULL);

	return ksig_kmod_source_copy(build->source, copy, error) ? g_steal_pointer(&copy) : NULL;
}

char *ksig_kmod_source_take(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	const ksig_recipe *recipe = build->recipe;

	if (!g_file_test(build->source, G_FILE_TEST_IS_DIR))
		return take_tarball(build, folder, error);
	if (g_str_equal(recipe->source_kind, "git") && ksig_kmod_source_is_repository(build->source))
		return take_repository(build, folder, error);
	/* A kernel's tree of which the recipe says nothing is not checked, and is large. */
	return recipe->source_tree ? take_folder(build, folder, error) : g_strdup(build->source);
}
