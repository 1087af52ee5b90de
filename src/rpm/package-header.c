/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header of a package file. One question about a package follows another (what it is, what it carries,
 * who signed it), so the last header that a thread read is kept, as long as the file is the same by all that
 * the kernel says of it.
 */
#include "rpm/package-header-internal.h"
#include "rpm/rpm.h"

#include <rpm/rpmlib.h>
#include <rpm/rpmts.h>
#include <string.h>
#include <sys/stat.h>

struct reader {
	rpmts ts;
	Header header; /* the last; NULL: none */
	struct stat of;
};

static void reader_free(gpointer data)
{
	struct reader *reader = data;

	headerFree(reader->header);
	rpmtsFree(reader->ts);
	g_free(reader);
}

static struct reader *reader_of_thread(void)
{
	static GPrivate kept = G_PRIVATE_INIT(reader_free);
	struct reader *reader = g_private_get(&kept);

	if (reader)
		return reader;
	ksig_rpm_library_init();
	reader = g_new0(struct reader, 1);
	reader->ts = rpmtsCreate();
	rpmtsSetVSFlags(reader->ts, RPMVSF_MASK_NOSIGNATURES | RPMVSF_MASK_NODIGESTS);
	g_private_set(&kept, reader);
	return reader;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       memcmp(&a->st_mtim, &b->st_mtim, sizeof a->st_mtim) == 0 &&
	       memcmp(&a->st_ctim, &b->st_ctim, sizeof a->st_ctim) == 0;
}

static Header read_header(struct reader *reader, FD_t fd, const char *path, GError **error)
{
	Header header = NULL;
	const rpmRC got = rpmReadPackageFile(reader->ts, fd, path, &header);

	if (got != RPMRC_NOTFOUND && got != RPMRC_FAIL && header)
		return header;
	headerFree(header);
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not an RPM package", path);
	return NULL;
}

FD_t rpm_package_open(const char *path, GError **error)
{
	FD_t fd = Fopen(path, "r.ufdio");

	if (fd && !Ferror(fd))
		return fd;
	ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", path, fd ? Fstrerror(fd) : "no memory");
	if (fd)
		Fclose(fd);
	return NULL;
}

Header rpm_package_header(const char *path, GError **error)
{
	struct reader *reader = reader_of_thread();
	struct stat status = {0};
	FD_t fd = rpm_package_open(path, error);

	if (!fd)
		return NULL;
	const bool known = fstat(Fileno(fd), &status) == 0;
	if (!known || !reader->header || !is_same(&status, &reader->of)) {
		headerFree(reader->header);
		reader->header = read_header(reader, fd, path, error);
		reader->of = status;
	}
	Fclose(fd);
	return reader->header ? headerLink(reader->header) : NULL;
}
