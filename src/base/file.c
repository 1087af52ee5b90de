/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading with a size limit, folders made, searched and removed, and scratch folders: locked while in use,
 * swept if their process was killed. Writing is in file-write.c.
 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { SCRATCH_TRIES = 10 };

char *ksig_fd_read(int fd, const char *path, size_t limit_bytes, size_t *out_length_bytes, GError **error)
{
	g_autoptr(GByteArray) data = g_byte_array_new();
	guint8 buffer[65536];
	ssize_t got = 0;

	limit_bytes = MIN(limit_bytes, G_MAXUINT - sizeof buffer - 1); /* what an array can have */
	while ((got = read(fd, buffer, sizeof buffer)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			ksig_error_errno(error, errno, "%s", path);
			return NULL;
		}
		if (data->len + (size_t) got > limit_bytes) {
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: larger than the limit of %zu bytes",
				       path, limit_bytes);
			return NULL;
		}
		g_byte_array_append(data, buffer, (guint) got);
	}
	if (out_length_bytes)
		*out_length_bytes = data->len;
	g_byte_array_append(data, (const guint8 *) "", 1);
	return (char *) g_byte_array_free(g_steal_pointer(&data), FALSE);
}

static bool is_readable(const char *path, const struct stat *status)
{
	const dev_t null_device = makedev(1, 3);

	return S_ISREG(status->st_mode) || S_ISDIR(status->st_mode) /* the read says that it is one */ ||
	       (S_ISCHR(status->st_mode) && status->st_rdev == null_device) ||
	       g_str_has_prefix(path, "/dev/") || g_str_has_prefix(path, "/proc/");
}

int ksig_file_open_at(int folder_fd, const char *name, const char *path, GError **error)
{
	const int fd = openat(folder_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status = {0};

	if (fd < 0) {
		ksig_error_errno(error, errno, "%s", path);
		return -1;
	}
	if (fstat(fd, &status) == 0 && is_readable(path, &status) && fcntl(fd, F_SETFL, 0) == 0)
		return fd;
	close(fd);
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a pipe or device; a file expected", path);
	return -1;
}

int ksig_file_open(const char *path, GError **error)
{
	return ksig_file_open_at(AT_FDCWD, path, path, error);
}

ksig_held *ksig_file_hold(const char *path, GError **error)
{
	const int fd = ksig_file_open(path, error);
	ksig_held *held = fd >= 0 ? g_new0(ksig_held, 1) : NULL;

	if (!held)
		return NULL;
	held->fd = fd;
	held->name = g_strdup_printf("/proc/self/fd/%d", fd);
	if (access(held->name, R_OK) != 0) {
		g_free(held->name);
		held->name = g_strdup(path);
	}
	return held;
}

void ksig_held_free(ksig_held *held)
{
	if (!held)
		return;
	close(held->fd);
	g_free(held->name);
	g_free(held);
}

char *ksig_file_read(const char *path, size_t limit_bytes, size_t *out_length_bytes, GError **error)
{
	const int fd = ksig_file_open(path, error);

	if (fd < 0)
		return NULL;
	char *data = ksig_fd_read(fd, path, limit_bytes, out_length_bytes, error);
	close(fd);
	return data;
}

GBytes *ksig_bytes_map(const char *path, GError **error)
{
	g_autoptr(GError) reason = NULL;
	const int fd = ksig_file_open(path, error);

	if (fd < 0)
		return NULL;
	g_autoptr(GMappedFile) mapped = g_mapped_file_new_from_fd(fd, FALSE, &reason);
	close(fd);
	if (mapped)
		return g_mapped_file_get_bytes(mapped);
	ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", path, reason->message);
	return NULL;
}

GBytes *ksig_bytes_read(const char *path, size_t limit_bytes, GError **error)
{
	gsize length = 0;
	char *data = ksig_file_read(path, limit_bytes, &length, error);

	return data ? g_bytes_new_take(data, length) : NULL;
}

bool ksig_directory_make(const char *path, GError **error)
{
	if (g_mkdir_with_parents(path, 0755) != 0)
		return ksig_error_errno(error, errno, "%s", path);
	return true;
}

bool ksig_directory_own(const char *path, GError **error)
{
	struct stat status;

	if (!ksig_directory_make(path, error))
		return false;
	if (lstat(path, &status) != 0)
		return ksig_error_errno(error, errno, "%s", path);
	if (!S_ISDIR(status.st_mode))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "%s: a link; a folder expected, for what is written there", path);
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: belongs to user %u", path,
				      (unsigned) status.st_uid);
	return !(status.st_mode & S_IWOTH) ||
	       ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: everybody may write it; chmod o-w", path);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void) status;
	(void) type;
	(void) where;
	return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

bool ksig_directory_remove(const char *path, GError **error)
{
	if (nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
		return ksig_error_errno(error, errno, "%s: removing it", path);
	return true;
}

static void find(GPtrArray *found, const char *folder, const char *suffix)
{
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		struct stat status;
		if (lstat(path, &status) != 0)
			continue;
		if (S_ISDIR(status.st_mode))
			find(found, path, suffix);
		else if (g_str_has_suffix(path, suffix))
			g_ptr_array_add(found, g_steal_pointer(&path));
	}
}

int ksig_by_string(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *ksig_directory_find(const char *folder, const char *suffix)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);

	find(found, folder, suffix);
	g_ptr_array_sort(found, ksig_by_string);
	return found;
}

/* Scratch folders of this process -> their descriptors, which are locked: whoever finds one unlocked may
 * sweep it. */
static GHashTable *scratch_folders;
static GMutex scratch_mutex;

static bool hold_scratch(const char *path, const char *name)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 || g_rename(path, name) != 0) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	g_mutex_lock(&scratch_mutex);
	if (!scratch_folders)
		scratch_folders = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_hash_table_insert(scratch_folders, g_strdup(name), GINT_TO_POINTER(fd));
	g_mutex_unlock(&scratch_mutex);
	return true;
}

static void release_scratch(const char *path)
{
	void *fd = NULL;

	g_mutex_lock(&scratch_mutex);
	if (scratch_folders && g_hash_table_lookup_extended(scratch_folders, path, NULL, &fd)) {
		close(GPOINTER_TO_INT(fd));
		g_hash_table_remove(scratch_folders, path);
	}
	g_mutex_unlock(&scratch_mutex);
}

/* A folder of ours that nobody holds: it had its name only after it was locked. */
static bool is_abandoned(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return false;
	const bool abandoned = fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
			       flock(fd, LOCK_EX | LOCK_NB) == 0;
	close(fd);
	return abandoned;
}

void ksig_directory_sweep(const char *folder, const char *prefix)
{
	g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
	const size_t length = strlen(prefix);
	const char *name = NULL;

	while (entries && (name = g_dir_read_name(entries))) {
		if (!g_str_has_prefix(name, prefix) || name[length] != '.' || strlen(name) != length + 7)
			continue;
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (is_abandoned(path))
			ksig_directory_remove(path, NULL);
	}
}

char *ksig_directory_temporary(const char *parent, const char *prefix, GError **error)
{
	const char *folder = parent ? parent : g_get_tmp_dir();
	g_autofree char *hidden = g_strconcat(".", prefix, NULL);

	ksig_directory_sweep(folder, prefix);
	ksig_directory_sweep(folder, hidden);
	/* Another process may sweep it in the moment before it is locked. */
	for (int tries = 0; tries < SCRATCH_TRIES; tries++) {
		g_autofree char *path = g_strdup_printf("%s/%s.XXXXXX", folder, hidden);
		if (!g_mkdtemp_full(path, 0700)) {
			ksig_error_errno(error, errno, "%s", path);
			return NULL;
		}
		g_autofree char *name = g_strdup_printf("%s/%s.%s", folder, prefix, path + strlen(path) - 6);
		if (hold_scratch(path, name))
			return g_steal_pointer(&name);
		g_rmdir(path);
	}
	ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: no scratch folder can be kept there", folder);
	return NULL;
}

void ksig_scratch_free(ksig_scratch *path)
{
	if (path) {
		ksig_directory_remove(path, NULL);
		release_scratch(path);
	}
	g_free(path);
}
