/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WORKSPACE/objects.git: made whole or not at all, stranger repositories attached as alternates by their
 * shadow, leftovers of killed runs and power cuts swept under the lock, packs made.
 */
#include "tree/hold-internal.h"

#include <errno.h>
#include <git2/sys/odb_backend.h>
#include <glib/gstdio.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WINDOW_BYTES = 32 << 20, MAPPED_BYTES = 96 << 20, CACHE_BYTES = 64 << 20, SYNCED_PRIORITY = 100 };

struct ksig_store {
	char *workspace;
	char *path;
	git_repository *repository;
	struct ksig_hold *hold; /* of this repository; NULL: none yet */
};

/*
 * libgit2 gives objects their names before their content is on the disk, and after a power cut takes them by
 * their names alone: so loose ones are written by a backend that syncs, in front of its own.
 */
static int sync_objects(const ksig_store *store)
{
	g_autofree char *objects = g_build_filename(store->path, "objects", NULL);
	g_autoptr(git_odb) odb = NULL;
	git_odb_backend *loose = NULL;
	int code = git_repository_odb(&odb, store->repository);

	if (code == 0)
		code = git_odb_backend_loose(&loose, objects, -1, 1, 0, 0);
	if (code == 0 && (code = git_odb_add_backend(odb, loose, SYNCED_PRIORITY)) != 0)
		loose->free(loose);
	return code;
}

/* Whole or not at all: a repository that is half made, with a lock in it, no later run could open. */
static bool create(const ksig_store *store, GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(store->workspace, "objects", error);
	g_autoptr(git_repository) repository = NULL;

	if (!scratch)
		return false;
	g_autofree char *made = g_build_filename(scratch, "objects.git", NULL);
	const int code = git_repository_init(&repository, made, 1);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s", made);
	/* A power cut must not leave it with a HEAD that is empty: git takes that for no repository. */
	if (!ksig_directory_sync(made, error))
		return false;
	/* Another process may have been quicker. */
	return g_rename(made, store->path) == 0 || errno == ENOTEMPTY || errno == EEXIST ||
	       ksig_error_errno(error, errno, "%s", store->path);
}

static bool open_or_create(ksig_store *store, GError **error)
{
	int code = git_repository_open_bare(&store->repository, store->path);

	if (code == GIT_ENOTFOUND) {
		if (!create(store, error))
			return false;
		code = git_repository_open_bare(&store->repository, store->path);
	}
	if (code == 0)
		code = sync_objects(store);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s", store->path);
	return true;
}

ksig_store *ksig_tree_store_open(const char *workspace, GError **error)
{
	g_autoptr(ksig_store) store = g_new0(ksig_store, 1);

	git_libgit2_init();
	/* A tree may name a blob that a repository lacks: git's own trees of partial copies do. */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
	/* Trees and commits that were read are kept, up to this; by default up to 256 MiB. */
	git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t) CACHE_BYTES);
	/* Packs of gigabytes are read through windows; by default they would be mapped whole. */
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t) WINDOW_BYTES);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t) MAPPED_BYTES);
	/* Nobody's config is read but that of the repositories that ksig made. */
	for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	store->workspace = g_canonicalize_filename(workspace, NULL);
	store->path = g_build_filename(store->workspace, "objects.git", NULL);
	if (!ksig_directory_make(store->workspace, error) || !open_or_create(store, error))
		return NULL;
	return g_steal_pointer(&store);
}

void ksig_tree_store_free(ksig_store *store)
{
	if (!store)
		return;
	git_repository_free(store->repository);
	g_free(store->workspace);
	g_free(store->path);
	g_free(store);
	git_libgit2_shutdown();
}

git_repository *ksig_tree_store_repository(const ksig_store *store)
{
	return store->repository;
}

const char *ksig_tree_store_path(const ksig_store *store)
{
	return store->path;
}

const char *ksig_tree_store_workspace(const ksig_store *store)
{
	return store->workspace;
}

bool ksig_tree_store_sync(const ksig_store *store, GError **error)
{
	return ksig_directory_sync(store->path, error);
}

/* The file at PATH, if it is a lock, or has nothing or zeros, as a power cut leaves it. */
static void sweep_unwritten(const char *path)
{
	const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	char first = '\0';

	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    (g_str_has_suffix(path, ".lock") || pread(fd, &first, 1, 0) == 0 || first == '\0'))
		unlink(path);
	if (fd >= 0)
		close(fd);
}

/* git would say of such an object or reference that it is there; and nobody holds locks any more. */
static void sweep_objects(const ksig_store *store)
{
	g_autofree char *references = g_build_filename(store->path, "refs", NULL);
	g_autoptr(GPtrArray) files = ksig_directory_find(references, "");

	for (guint i = 0; i < files->len; i++)
		sweep_unwritten(files->pdata[i]);
	for (unsigned i = 0; i < 256; i++) {
		g_autofree char *folder = g_strdup_printf("%s/objects/%02x", store->path, i);
		g_autoptr(GDir) objects = g_dir_open(folder, 0, NULL);
		const char *name = NULL;
		while (objects && (name = g_dir_read_name(objects))) {
			g_autofree char *path = g_build_filename(folder, name, NULL);
			sweep_unwritten(path);
		}
	}
}

/* Packs that were not finished, and scratch folders. Called with the lock held, so nobody writes to them. */
static bool sweep(const char *folder, const char *prefix, GError **error)
{
	g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
	const char *name = NULL;

	while (entries && (name = g_dir_read_name(entries))) {
		if (!g_str_has_prefix(name, prefix))
			continue;
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (!ksig_directory_remove(path, error))
			return false;
	}
	return true;
}

ksig_lock *ksig_tree_workspace_lock(const ksig_store *store, GError **error)
{
	g_autofree char *path = g_build_filename(store->workspace, "lock", NULL);
	g_autofree char *packs = g_build_filename(store->path, "objects", "pack", NULL);
	g_autofree char *work = g_build_filename(store->workspace, "work", NULL);
	g_autoptr(ksig_lock) lock = ksig_lock_take(path, error);

	g_autofree char *objects = g_build_filename(store->path, "objects", NULL);
	if (!lock || !sweep(packs, "tmp_", error) || !sweep(objects, "tmp_", error) ||
	    !sweep(work, "import.", error))
		return NULL;
	sweep_objects(store);
	return g_steal_pointer(&lock);
}

/* libgit2 reads alternates when it opens the object database: so it is opened again. */
static bool reopen(ksig_store *store, GError **error)
{
	store->hold = NULL; /* it goes with the repository */
	git_repository_free(g_steal_pointer(&store->repository));
	return open_or_create(store, error);
}

/* Adds OBJECTS to objects/info/alternates, once. */
static bool add_alternate(ksig_store *store, const char *objects, GError **error)
{
	g_autofree char *path = g_build_filename(store->path, "objects", "info", "alternates", NULL);
	g_autofree char *old = NULL;

	if (g_file_test(path, G_FILE_TEST_EXISTS)) {
		old = ksig_file_read(path, 1 << 20, NULL, error);
		if (!old)
			return false;
		g_auto(GStrv) lines = g_strsplit(old, "\n", -1);
		if (g_strv_contains((const char *const *) lines, objects))
			return true;
	}
	g_autofree char *text = g_strdup_printf("%s%s\n", old ? old : "", objects);
	return ksig_file_write(path, text, -1, 0644, error) && reopen(store, error);
}

bool ksig_tree_store_attach(ksig_store *store, const char *repository, char **out_git_dir, GError **error)
{
	g_autofree char *shadows = g_build_filename(store->workspace, "repositories", NULL);
	g_autofree char *common = NULL;
	g_autofree char *git_dir = ksig_git_shadow(repository, shadows, &common, error);

	if (!git_dir)
		return false;
	g_autofree char *objects = g_build_filename(common, "objects", NULL);
	if (strchr(objects, '\n') || objects[0] == '"')
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a path that git's alternates cannot name",
				      common);
	if (!add_alternate(store, objects, error))
		return false;
	if (out_git_dir)
		*out_git_dir = g_steal_pointer(&git_dir);
	return true;
}

bool ksig_tree_store_resolve(const char *git_dir, const char *revision, git_oid *out_commit, GError **error)
{
	g_autoptr(git_repository) repository = NULL;
	g_autoptr(git_object) object = NULL;
	g_autoptr(git_object) commit = NULL;
	int code = git_repository_open_ext(&repository, git_dir, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);

	if (code < 0)
		return ksig_tree_git_error(error, code, "%s", git_dir);
	code = git_revparse_single(&object, repository, revision);
	if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no such revision there", revision);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s", revision);
	if (git_object_peel(&commit, object, GIT_OBJECT_COMMIT) < 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a commit expected, and not a %s",
				      revision, git_object_type2string(git_object_type(object)));
	git_oid_cpy(out_commit, git_object_id(commit));
	return true;
}

/* ---- many objects at once ------------------------------------------------------------------------ */

bool ksig_tree_hold_begin(ksig_store *store, GError **error)
{
	if (!store->hold)
		store->hold = ksig_hold_new(store->repository, store->path, error);
	if (store->hold)
		ksig_hold_begin(store->hold);
	return store->hold != NULL;
}

bool ksig_tree_hold_relieve(ksig_store *store, GError **error)
{
	return !store->hold || ksig_hold_relieve(store->hold, store->repository, store->path, error);
}

bool ksig_tree_hold_end(ksig_store *store, GError **error)
{
	return !store->hold || ksig_hold_end(store->hold, store->repository, store->path, error);
}

bool ksig_tree_hold_keep(ksig_store *store, GError **error)
{
	const bool good = ksig_tree_hold_end(store, error);

	if (store->hold)
		ksig_hold_forget_packs(store->hold);
	return good;
}

/*
 * Packs of held objects are whole objects in any order. Git makes one of them in which versions of a file and
 * of a folder are differences, told which commits are new.
 */
bool ksig_tree_store_pack(ksig_store *store, const git_oid *from, const git_oid *to, GError **error)
{
	g_autofree char *packs = g_build_filename(store->path, "objects", "pack", "pack", NULL);
	/* git takes it that what lies whole in one pack was tried as a difference before: here it was not */
	const char *const pack[] = {
		"--git-dir",        store->path,           "pack-objects", "--revs", "--local",
		"--no-reuse-delta", "--missing=allow-any", "--quiet",      packs,    NULL};
	char from_hex[GIT_OID_HEXSZ + 1];
	char to_hex[GIT_OID_HEXSZ + 1];

	if (!store->hold || ksig_hold_packs(store->hold) == 0)
		return true;
	git_oid_tostr(from_hex, sizeof from_hex, from);
	git_oid_tostr(to_hex, sizeof to_hex, to);
	g_autofree char *revisions = g_strdup_printf("%s\n^%s\n", to_hex, from_hex);
	const struct ksig_process_options options = {.input = revisions,
						     .input_length_bytes = strlen(revisions)};
	GString *name = NULL;
	if (!ksig_git_run(pack, &options, NULL, &name, error))
		return false;
	ksig_hold_remove_packs(store->hold, g_strchomp(name->str));
	g_string_free(name, TRUE);
	return true;
}

git_repository *ksig_tree_store_scratch(const ksig_store *store, const char *path, GError **error)
{
	g_autofree char *alternates = g_build_filename(path, "objects", "info", "alternates", NULL);
	g_autofree char *folder = g_path_get_dirname(alternates);
	g_autofree char *line = g_strconcat(store->path, "/objects\n", NULL);
	g_autoptr(git_repository) made = NULL;
	git_repository *repository = NULL;

	int code = git_repository_init(&made, path, 1);
	if (code == 0 &&
	    (!ksig_directory_make(folder, error) || !g_file_set_contents(alternates, line, -1, error)))
		return NULL;
	/* libgit2 reads the alternates when it opens one */
	if (code == 0)
		code = git_repository_open_bare(&repository, path);
	if (code < 0)
		ksig_tree_git_error(error, code, "%s", path);
	return repository;
}
