/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool: packages by content. */
#include "publish/pool-internal.h"
#include "publish/publish.h"
#include "rpm/metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char incoming[] = ".incoming";

char *repo_string_hash(const char *data, gsize length_bytes)
{
	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) data, length_bytes);
}

char *repo_pool_path(const char *root, const char *sha256)
{
	g_autofree char *shard = g_strndup(sha256, 2);
	g_autofree char *name = g_strconcat(sha256, ".rpm", NULL);

	return g_build_filename(root, "pool", shard, name, NULL);
}

char *ksig_publish_package_file(const char *root, const ksig_package *package)
{
	return repo_pool_path(root, package->sha256);
}

static bool copy_and_hash(int in_fd, int out_fd, cr_ChecksumCtx *checksum)
{
	g_autofree guint8 *buffer = g_malloc(1 << 18);
	ssize_t got = 0;

	while ((got = read(in_fd, buffer, 1 << 18)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		cr_checksum_update(checksum, buffer, (size_t) got, NULL);
		for (ssize_t done = 0; done < got;) {
			const ssize_t written = write(out_fd, buffer + done, (size_t) (got - done));
			if (written < 0 && errno != EINTR)
				return false;
			done += MAX(written, 0);
		}
	}
	return true;
}

static bool copy_aside(const char *path, const char *aside, char **out_sha256, GError **error)
{
	const int in_fd = ksig_file_open(path, error);
	int errnum = 0;

	if (in_fd < 0)
		return false;
	/* createrepo_c's, since it uses what the processor has for it. */
	cr_ChecksumCtx *checksum = cr_checksum_new(CR_CHECKSUM_SHA256, NULL);
	/* What a killed run left, or anybody put there, is not written through. */
	unlink(aside);
	const int out_fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (out_fd < 0 || !copy_and_hash(in_fd, out_fd, checksum))
		errnum = errno;
	if (out_fd >= 0 && close(out_fd) != 0 && !errnum)
		errnum = errno;
	close(in_fd);
	g_autofree char *sha256 = cr_checksum_final(checksum, NULL);
	if (errnum)
		return ksig_error_errno(error, errnum, "%s: copying it to %s", path, aside);
	*out_sha256 = g_steal_pointer(&sha256);
	return true;
}

/* What bears the content's name has it, unless a power cut came before it was on the disk. */
static bool is_whole(const char *path, const char *sha256)
{
	g_autofree char *found = cr_checksum_file(path, CR_CHECKSUM_SHA256, NULL);

	return g_strcmp0(found, sha256) == 0;
}

bool repo_pool_add(const char *root, const char *path, char **out_sha256, char **out_path, GError **error)
{
	g_autofree char *pool = g_build_filename(root, "pool", NULL);
	g_autofree char *aside = g_build_filename(pool, incoming, NULL);
	g_autofree char *sha256 = NULL;

	if (!ksig_directory_own(pool, error) || !copy_aside(path, aside, &sha256, error))
		return false;
	g_autofree char *place = repo_pool_path(root, sha256);
	g_autofree char *folder = g_path_get_dirname(place);
	if (!ksig_directory_own(folder, error))
		return false;
	if (is_whole(place, sha256))
		unlink(aside);
	else if (g_rename(aside, place) != 0)
		return ksig_error_errno(error, errno, "%s", place);
	*out_sha256 = g_steal_pointer(&sha256);
	*out_path = g_steal_pointer(&place);
	return true;
}

bool repo_link(const char *from, const char *to, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(to);

	if (link(from, to) == 0 || errno == EEXIST)
		return true;
	if (errno == ENOENT && access(folder, F_OK) != 0) {
		if (!ksig_directory_make(folder, error))
			return false;
		if (link(from, to) == 0)
			return true;
	}
	return ksig_error_errno(error, errno, "%s: linking to %s", to, from);
}

/* "<sha256>.rpm", as repo_pool_path() has it: what else lies there is not the pool's to take away. */
static bool is_pooled(const char *name)
{
	return strlen(name) == 64 + strlen(".rpm") && strspn(name, "0123456789abcdef") == 64 &&
	       g_str_has_suffix(name, ".rpm");
}

static void prune_shard(const char *folder)
{
	struct stat status;
	const char *name = NULL;

	/* A link would lead to files that are somebody else's. */
	if (lstat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
		return;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (is_pooled(name) && lstat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		    status.st_nlink == 1)
			unlink(path);
	}
}

bool repo_pool_prune(const char *root, GError **error)
{
	g_autofree char *pool = g_build_filename(root, "pool", NULL);
	g_autofree char *aside = g_build_filename(pool, incoming, NULL);
	g_autoptr(GDir) dir = g_dir_open(pool, 0, NULL);
	const char *name = NULL;

	/* Nothing was ever published. */
	if (!dir && errno == ENOENT)
		return true;
	if (!dir)
		return ksig_error_errno(error, errno, "%s", pool);
	unlink(aside);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *shard = g_build_filename(pool, name, NULL);
		prune_shard(shard);
	}
	return true;
}
