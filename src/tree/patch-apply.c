/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Applies patches to a tree with the tool that %prep used: only the touched files are laid out, no path goes
 * through a link, and what the folder then has is read back.
 */
#include "tree/patch-apply-internal.h"
#include "tree/patch-paths-internal.h"
#include "tree/recall-internal.h"
#include "tree/tree-internal.h"
#include "rpm/rpm.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATCH_TIMEOUT_MS = 600000, WORDS_LINES = 6, WORDS_BYTES = 4096 };

struct layout {
	ksig_store *store;
	git_tree *tree;
	char *folder; /* where the files are */
};

/* A path that leads through a symbolic link of the tree is refused: patch would write where it points. */
static bool check_parents(const struct layout *layout, const char *path, GError **error)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		g_autofree char *parent = g_strndup(path, (gsize) (slash - path));
		g_autoptr(git_tree_entry) entry = NULL;
		if (git_tree_entry_bypath(&entry, layout->tree, parent) < 0)
			return true;
		if (git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK)
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: a patch goes through the symbolic link %s", path, parent);
	}
	return true;
}

static bool write_file(const char *path, const git_blob *blob, git_filemode_t mode, GError **error)
{
	g_autofree char *content = g_strndup(git_blob_rawcontent(blob), (gsize) git_blob_rawsize(blob));

	if (mode == GIT_FILEMODE_LINK) {
		if (symlink(content, path) != 0)
			return ksig_error_errno(error, errno, "%s", path);
		return true;
	}
	FILE *stream = fopen(path, "wxe");
	if (!stream)
		return ksig_error_errno(error, errno, "%s", path);
	const size_t length_bytes = (size_t) git_blob_rawsize(blob);
	bool good = fwrite(git_blob_rawcontent(blob), 1, length_bytes, stream) == length_bytes;
	good = fchmod(fileno(stream), mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0755 : 0644) == 0 && good;
	good = fclose(stream) == 0 && good;
	return good || ksig_error_errno(error, errno, "%s", path);
}

/* Lays the file PATH of the tree out, if it has one. */
static bool lay_out(const struct layout *layout, const char *path, GError **error)
{
	g_autoptr(git_tree_entry) entry = NULL;
	g_autoptr(git_blob) blob = NULL;
	g_autofree char *target = g_build_filename(layout->folder, path, NULL);
	g_autofree char *parent = g_path_get_dirname(target);

	if (!check_parents(layout, path, error))
		return false;
	if (git_tree_entry_bypath(&entry, layout->tree, path) < 0 ||
	    git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
		return true;
	const int code = git_blob_lookup(&blob, ksig_tree_store_repository(layout->store),
					 git_tree_entry_id(entry));
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s", path);
	return ksig_directory_make(parent, error) &&
	       write_file(target, blob, git_tree_entry_filemode(entry), error);
}

/* A name in PATCH as a path of the tree. */
static char *path_in_tree(const struct ksig_source_patch *patch, const char *name)
{
	const char *folder = patch->folder ? patch->folder : "";
	const char *directory = patch->directory ? patch->directory : "";

	return g_strconcat(folder, *folder ? "/" : "", directory, *directory ? "/" : "", name, NULL);
}

static bool add_paths(GHashTable *paths, const struct ksig_source_patch *patch, GError **error)
{
	g_autofree char *repository = NULL;
	g_autoptr(GHashTable)
		touched = ksig_patch_paths(patch->text, patch->length_bytes, patch->strip, &repository);
	GHashTableIter iter;
	void *path = NULL;

	if (repository)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: names %s, which is no file of a source tree", patch->name,
				      repository);
	g_hash_table_iter_init(&iter, touched);
	while (g_hash_table_iter_next(&iter, &path, NULL))
		g_hash_table_add(paths, path_in_tree(patch, path));
	return true;
}

/* All that any of PATCHES touches: the union is laid out once. */
static GHashTable *all_paths(GPtrArray *patches, GError **error)
{
	g_autoptr(GHashTable) paths = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < patches->len; i++)
		if (!add_paths(paths, patches->pdata[i], error))
			return NULL;
	return g_steal_pointer(&paths);
}

static bool lay_out_all(const struct layout *layout, GHashTable *paths, GError **error)
{
	GHashTableIter iter;
	void *path = NULL;

	g_hash_table_iter_init(&iter, paths);
	while (g_hash_table_iter_next(&iter, &path, NULL))
		if (!lay_out(layout, path, error))
			return false;
	return true;
}

/* What the tool said, on either of its outputs: its last lines, as one. */
static char *last_words(GString *output)
{
	g_autofree char *text = ksig_utf8(output->str, (gssize) output->len);
	g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
	const guint count = g_strv_length(lines);

	return g_strjoinv("; ", count > WORDS_LINES ? lines + count - WORDS_LINES : lines);
}

/* An unnamed file whose content is what was written to it, as a log of a child. */
static GString *read_log(int fd)
{
	GString *text = g_string_new(NULL);
	char buffer[4096];
	ssize_t got = 0;
	off_t at = MAX(lseek(fd, 0, SEEK_END) - (off_t) WORDS_BYTES, 0);

	while ((got = pread(fd, buffer, sizeof buffer, at)) > 0) {
		g_string_append_len(text, buffer, got);
		at += got;
	}
	return text;
}

static bool run_tool(const struct layout *layout, const struct ksig_source_patch *patch, int log_fd,
		     int *out_status, GError **error)
{
	g_autofree char *folder = g_build_filename(layout->folder, patch->folder ? patch->folder : ".", NULL);
	g_autofree char *git_dir = g_strconcat("GIT_DIR=", ksig_tree_store_path(layout->store), NULL);
	g_autofree char *work_tree = g_strconcat("GIT_WORK_TREE=", folder, NULL);
	const char *const for_patch[] = {"LC_ALL=C",
					 "LANG=C",
					 "PATCH_GET=0",
					 "POSIXLY_CORRECT",
					 "PATCH_VERSION_CONTROL",
					 "VERSION_CONTROL",
					 "SIMPLE_BACKUP_SUFFIX",
					 NULL};
	const char *const for_git[] = {git_dir, work_tree, NULL};
	const bool git = g_str_equal(patch->argv[0], "git");
	const struct ksig_process_options options = {.directory = folder,
						     .environment = git ? for_git : for_patch,
						     .input = patch->text,
						     .input_length_bytes = patch->length_bytes,
						     .log_fd = log_fd,
						     .log_output = true,
						     .timeout_ms = PATCH_TIMEOUT_MS};
	const char *const *argv = (const char *const *) patch->argv;

	if (!ksig_directory_make(folder, error))
		return false;
	return git ? ksig_git_run(argv + 1, &options, out_status, NULL, error)
		   : ksig_process_run(argv, &options, out_status, NULL, error);
}

static bool apply(const struct layout *layout, const struct ksig_source_patch *patch, GError **error)
{
	const int log_fd = memfd_create("ksig-log", MFD_CLOEXEC);
	int status = 0;

	if (log_fd < 0)
		return ksig_error_errno(error, errno, "%s", patch->name);
	const bool ran = run_tool(layout, patch, log_fd, &status, error);
	g_autoptr(GString) said = read_log(log_fd);
	close(log_fd);
	if (!ran || (status == 0 && !patch->failed))
		return ran;
	g_autofree char *words = status == 0 ? g_strdup("as the package's %prep applies it")
					     : last_words(said);
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: does not apply (%s: exit status %d): %s",
			      patch->name, patch->argv[0], status, words);
}

/* ---- reading back -------------------------------------------------------------------------------- */

static bool read_content(const char *path, const struct stat *status, git_repository *repository,
			 git_oid *out_id, GError **error)
{
	g_autofree char *data = NULL;
	size_t length_bytes = 0;

	if (S_ISLNK(status->st_mode)) {
		data = g_file_read_link(path, error);
		length_bytes = data ? strlen(data) : 0;
	} else {
		data = ksig_file_read(path, ksig_import_limits_default.file_bytes, &length_bytes, error);
	}
	if (!data)
		return false;
	const int code = git_blob_create_from_buffer(out_id, repository, data, length_bytes);
	return code == 0 || ksig_tree_git_error(error, code, "%s", path);
}

static git_filemode_t mode_of(const struct stat *status)
{
	if (S_ISLNK(status->st_mode))
		return GIT_FILEMODE_LINK;
	return status->st_mode & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
}

static bool note_file(const struct layout *layout, const char *path, GArray *updates, GError **error)
{
	g_autofree char *file = g_build_filename(layout->folder, path, NULL);
	git_tree_update update = {.action = GIT_TREE_UPDATE_UPSERT};
	struct stat status;

	if (lstat(file, &status) != 0)
		return ksig_error_errno(error, errno, "%s", file);
	if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: neither file nor link after patching",
				      path);
	if (!read_content(file, &status, ksig_tree_store_repository(layout->store), &update.id, error))
		return false;
	if (!ksig_tree_hold_relieve(layout->store, error))
		return false;
	update.filemode = mode_of(&status);
	update.path = g_strdup(path);
	g_array_append_val(updates, update);
	return true;
}

static bool note_folder(const struct layout *layout, const char *folder, GHashTable *gone, GArray *updates,
			GError **error)
{
	g_autofree char *absolute = g_build_filename(layout->folder, folder, NULL);
	g_autoptr(GDir) entries = g_dir_open(absolute, 0, error);
	const char *name = NULL;

	if (!entries)
		return false;
	while ((name = g_dir_read_name(entries))) {
		g_autofree char *path = *folder ? g_strdup_printf("%s/%s", folder, name) : g_strdup(name);
		g_autofree char *file = g_build_filename(absolute, name, NULL);
		const bool is_folder = g_file_test(file, G_FILE_TEST_IS_DIR) &&
				       !g_file_test(file, G_FILE_TEST_IS_SYMLINK);
		if (!ksig_path_is_safe(path))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: not the name of a file of a source tree", path);
		/* A folder in place of a file: the file is gone. */
		if (!is_folder)
			g_hash_table_remove(gone, path);
		if (is_folder ? !note_folder(layout, path, gone, updates, error)
			      : !note_file(layout, path, updates, error))
			return false;
	}
	return true;
}

static void note_removed(const struct layout *layout, GHashTable *gone, GArray *updates)
{
	GHashTableIter iter;
	void *path = NULL;

	g_hash_table_iter_init(&iter, gone);
	while (g_hash_table_iter_next(&iter, &path, NULL)) {
		g_autoptr(git_tree_entry) entry = NULL;
		if (git_tree_entry_bypath(&entry, layout->tree, path) < 0 ||
		    git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
			continue;
		const git_tree_update update = {.action = GIT_TREE_UPDATE_REMOVE, .path = g_strdup(path)};
		g_array_append_val(updates, update);
	}
}

static void clear_update(void *data)
{
	g_free((char *) ((git_tree_update *) data)->path);
}

/* GONE: every path that was laid out or named; what the folder still has is taken from it. */
static bool read_held(const struct layout *layout, GHashTable *gone, git_oid *out_tree, GError **error)
{
	g_autoptr(GArray) updates = g_array_new(FALSE, FALSE, sizeof(git_tree_update));

	g_array_set_clear_func(updates, clear_update);
	if (!note_folder(layout, "", gone, updates, error))
		return false;
	note_removed(layout, gone, updates);
	const int code = ksig_tree_update(ksig_tree_store_repository(layout->store), layout->tree,
					  updates->len, (git_tree_update *) (void *) updates->data, out_tree);
	return code == 0 || ksig_tree_git_error(error, code, "the patched tree");
}

/* One pack: a file each would be thousands of syncs. */
static bool read_back(const struct layout *layout, GHashTable *gone, git_oid *out_tree, GError **error)
{
	if (!ksig_tree_hold_begin(layout->store, error))
		return false;
	const bool good = read_held(layout, gone, out_tree, error);
	return ksig_tree_hold_keep(layout->store, good ? error : NULL) && good;
}

static bool apply_all(const struct layout *layout, GPtrArray *patches, GError **error)
{
	g_autoptr(ksig_progress) progress = ksig_progress_new("applying patches", patches->len);

	for (guint i = 0; i < patches->len; i++) {
		if (!apply(layout, patches->pdata[i], error))
			return false;
		ksig_progress_set(progress, i + 1);
	}
	return true;
}

bool ksig_patches_apply(ksig_store *store, const git_oid *tree, GPtrArray *patches, git_oid *out_tree,
			GError **error)
{
	g_autoptr(git_tree) source = NULL;
	g_autoptr(GHashTable) paths = all_paths(patches, error);
	if (!paths)
		return false;
	const int code = git_tree_lookup(&source, ksig_tree_store_repository(store), tree);

	if (code < 0)
		return ksig_tree_git_error(error, code, "tree %s", git_oid_tostr_s(tree));
	g_autoptr(ksig_scratch) folder = ksig_import_scratch(store, error);
	const struct layout layout = {.store = store, .tree = source, .folder = folder};
	return folder && lay_out_all(&layout, paths, error) && apply_all(&layout, patches, error) &&
	       read_back(&layout, paths, out_tree, error);
}
