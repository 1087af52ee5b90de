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
#include <unistd.h>

enum { TAG_OPENPGP = 278 /* all signatures of packages by rpm 6, base64; rpm 4 has no name for it */ };

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
	const int there = ksig_file_open(path, error);

	if (there < 0)
		return NULL;
	FD_t fd = fdDup(there);
	close(there);
	if (!fd)
		ksig_error_errno(error, errno, "%s", path);
	return fd;
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

/* ---- signatures ------------------------------------------------------------------------------------ */

static void each_of_tag(Header header, rpmTag tag, rpm_packets_fn *take, void *data)
{
	rpmtd value = rpmtdNew();

	if (headerGet(header, tag, value, HEADERGET_MINMEM)) {
		const char *text = NULL;
		if (rpmtdType(value) == RPM_BIN_TYPE)
			take(value->data, value->count, data);
		while (rpmtdType(value) == RPM_STRING_ARRAY_TYPE && (text = rpmtdNextString(value))) {
			gsize length = 0;
			g_autofree guchar *packets = g_base64_decode(text, &length);
			take(packets, length, data);
		}
	}
	rpmtdFreeData(value);
	rpmtdFree(value);
}

void rpm_package_signatures(Header header, rpm_packets_fn *take, void *data)
{
	static const rpmTag tags[] = {RPMTAG_RSAHEADER, RPMTAG_DSAHEADER, RPMTAG_SIGPGP, RPMTAG_SIGGPG,
				      (rpmTag) TAG_OPENPGP};

	for (size_t i = 0; i < G_N_ELEMENTS(tags); i++)
		each_of_tag(header, tags[i], take, data);
}

pgpDigParams rpm_signature_parse(const void *packets, size_t length, char **out_key_id)
{
	pgpDigParams found = NULL;

	if (pgpPrtParams(packets, length, PGPTAG_SIGNATURE, &found) != 0 || !found)
		return NULL;
	const uint8_t *id = pgpDigParamsSignID(found);
	GString *text = g_string_new(NULL);
	for (int i = 0; i < 8; i++)
		g_string_append_printf(text, "%02x", id[i]);
	*out_key_id = g_string_free(text, FALSE);
	return found;
}
