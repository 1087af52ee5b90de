/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Payloads are unpacked below their folder, and nowhere else: a row a payload, as cpio has it and as rpm 6
 * writes it.
 */
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>
#include <rpm/header.h>
#include <rpm/rpmarchive.h>
#include <rpm/rpmfi.h>
#include <rpm/rpmio.h>
#include <string.h>
#include <sys/stat.h>

struct member {
	const char *name, *text; /* TEXT NULL: a folder, or the link to SYMLINK */
	const char *symlink;
	int inode; /* the same twice: a second name */
};

static const struct row {
	const char *name;
	struct member members[4];
	const char *there; /* what is there afterwards, with this text */
	const char *text;
	const char *refused; /* NULL: it is good */
} rows[] = {
	{"a file", {{"./usr/a", "x"}}, "usr/a", "x", NULL},
	{"a folder and a file", {{"./usr", NULL}, {"./usr/a", "y"}}, "usr/a", "y", NULL},
	{"an absolute link to a folder",
	 {{"./lib/build", NULL, "/usr/src"}, {"./usr/src/a", "z"}},
	 "lib/build",
	 NULL,
	 NULL},
	{"a second name", {{"./a", "x", NULL, 7}, {"./b", "x", NULL, 7}}, "b", "x", NULL},
	{"a second name, the first", {{"./a", "x", NULL, 7}, {"./b", "x", NULL, 7}}, "a", "x", NULL},
	{"a way up", {{"./../evil", "x"}}, NULL, NULL, "cannot be unpacked"},
	{"a way up in the middle", {{"./usr/../../evil", "x"}}, NULL, NULL, "cannot be unpacked"},
	{"an absolute name", {{"/tmp/evil", "x"}}, NULL, NULL, "cannot be unpacked"},
	{"through a link", {{"./out", NULL, "/tmp"}, {"./out/ksig-evil", "x"}}, NULL, NULL, "ksig-evil"},
};

enum { LIST_LENGTH = G_N_ELEMENTS(rows[0].members) };

/* ---- by libarchive --------------------------------------------------------------------------------- */

static void write_member(struct archive *out, const struct member *member)
{
	struct archive_entry *entry = archive_entry_new();
	const size_t length = member->text ? strlen(member->text) : 0;

	archive_entry_set_pathname(entry, member->name);
	archive_entry_set_perm(entry, member->text || member->symlink ? 0644 : 0755);
	archive_entry_set_filetype(entry, member->symlink ? AE_IFLNK : member->text ? AE_IFREG : AE_IFDIR);
	archive_entry_set_size(entry, (la_int64_t) length);
	archive_entry_set_ino(entry, member->inode);
	archive_entry_set_nlink(entry, member->inode ? 2 : 1);
	if (member->symlink)
		archive_entry_set_symlink(entry, member->symlink);
	g_assert_cmpint(archive_write_header(out, entry), ==, ARCHIVE_OK);
	if (length)
		archive_write_data(out, member->text, length);
	archive_entry_free(entry);
}

static void write_payload(const struct row *row, const char *path)
{
	struct archive *out = archive_write_new();

	archive_write_set_format_cpio_newc(out);
	g_assert_cmpint(archive_write_open_filename(out, path), ==, ARCHIVE_OK);
	for (size_t i = 0; i < G_N_ELEMENTS(row->members) && row->members[i].name; i++)
		write_member(out, &row->members[i]);
	archive_write_free(out);
}

/* ---- as rpm 6 writes it ---------------------------------------------------------------------------- */

static void write_lead(FD_t fd)
{
	uint8_t lead[96] = {0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0, 0, 1, 'x'};

	lead[77] = 1; /* Linux */
	lead[79] = 5; /* a header of signatures follows */
	g_assert_cmpint(Fwrite(lead, 1, sizeof lead, fd), ==, sizeof lead);
}

static void write_block(FD_t fd, Header header, rpmTag region, bool padded)
{
	static const char zeros[8];
	Header whole = headerReload(headerLink(header), region);

	g_assert_cmpint(headerWrite(fd, whole, HEADER_MAGIC_YES), ==, 0);
	if (padded && Ftell(fd) % 8)
		Fwrite(zeros, 1, 8 - Ftell(fd) % 8, fd);
	headerFree(whole);
}

static uint16_t mode_of(const struct member *member)
{
	return member->symlink ? S_IFLNK | 0777 : member->text ? S_IFREG | 0644 : S_IFDIR | 0755;
}

/* "./usr/a" is installed as "/usr/a". */
static const char *installed(const struct member *member)
{
	return member->name + (member->name[0] == '.');
}

static const char *packer = "gzip"; /* what the header says */

/* Names and sizes of the files, which such a payload has not. */
static Header header_of(const struct row *row)
{
	Header header = headerNew();

	static const rpmTag numbers[] = {RPMTAG_FILEMTIMES, RPMTAG_FILEFLAGS, RPMTAG_FILEVERIFYFLAGS};
	static const rpmTag texts[] = {RPMTAG_FILEUSERNAME, RPMTAG_FILEGROUPNAME, RPMTAG_FILEDIGESTS,
				       RPMTAG_FILELANGS};

	headerPutString(header, RPMTAG_NAME, "x");
	headerPutString(header, RPMTAG_VERSION, "1");
	headerPutString(header, RPMTAG_RELEASE, "1");
	headerPutString(header, RPMTAG_PAYLOADCOMPRESSOR, packer);
	for (size_t i = 0; i < LIST_LENGTH && row->members[i].name; i++) {
		const struct member *member = &row->members[i];
		g_autofree char *folder = g_path_get_dirname(installed(member));
		g_autofree char *parent = g_strconcat(folder, g_str_has_suffix(folder, "/") ? "" : "/", NULL);
		g_autofree char *base = g_path_get_basename(member->name);
		const char *link = member->symlink ? member->symlink : "", *one = base, *other = parent;
		const uint64_t size = member->text ? strlen(member->text) : strlen(link);
		const uint16_t mode = mode_of(member);
		const uint32_t number = (uint32_t) i, device = 1, none = 0;
		const uint16_t no_device = 0;
		const char *empty = "";
		const uint32_t inode = member->inode ? (uint32_t) member->inode : 100 + number;
		headerPutStringArray(header, RPMTAG_BASENAMES, &one, 1);
		headerPutStringArray(header, RPMTAG_DIRNAMES, &other, 1);
		headerPutUint32(header, RPMTAG_DIRINDEXES, &number, 1);
		headerPutStringArray(header, RPMTAG_FILELINKTOS, &link, 1);
		headerPutUint16(header, RPMTAG_FILEMODES, &mode, 1);
		headerPutUint64(header, RPMTAG_LONGFILESIZES, &size, 1);
		headerPutUint32(header, RPMTAG_FILEINODES, &inode, 1);
		headerPutUint32(header, RPMTAG_FILEDEVICES, &device, 1);
		headerPutUint16(header, RPMTAG_FILERDEVS, &no_device, 1);
		for (size_t j = 0; j < G_N_ELEMENTS(numbers); j++)
			headerPutUint32(header, numbers[j], &none, 1);
		for (size_t j = 0; j < G_N_ELEMENTS(texts); j++)
			headerPutStringArray(header, texts[j], &empty, 1);
	}
	return header;
}

static void write_package(const struct row *row, const char *path)
{
	Header signatures = headerNew(), header = header_of(row);
	const uint64_t none = 0;
	FD_t fd = Fopen(path, "w.ufdio");

	headerPutUint64(signatures, RPMTAG_LONGSIGSIZE, &none, 1);
	write_lead(fd);
	write_block(fd, signatures, RPMTAG_HEADERSIGNATURES, true);
	write_block(fd, header, RPMTAG_HEADERIMMUTABLE, false);
	FD_t packed = Fdopen(fdDup(Fileno(fd)), "w.gzdio");
	rpmfiles files = rpmfilesNew(NULL, header, 0, RPMFI_KEEPHEADER);
	rpmfi at = rpmfiNewArchiveWriter(packed, files);
	for (int i; (i = rpmfiNext(at)) >= 0;) {
		const char *text = row->members[i].symlink ? row->members[i].symlink : row->members[i].text;
		g_assert_cmpint(rpmfiArchiveWrite(at, text, strlen(text)), ==, strlen(text));
	}
	g_assert_cmpint(rpmfiArchiveClose(at), ==, 0);
	rpmfiFree(at);
	rpmfilesFree(files);
	Fclose(packed);
	Fclose(fd);
	headerFree(header);
	headerFree(signatures);
}

/* ---- rows ------------------------------------------------------------------------------------------ */

static void test_row(const struct row *row, void (*write)(const struct row *row, const char *path))
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) top = ksig_directory_temporary(NULL, "ksig-test", &error);
	g_autofree char *payload = g_build_filename(top, "payload", NULL);
	g_autofree char *folder = g_build_filename(top, "below", "root", NULL);
	g_autofree char *evil = g_build_filename(top, "below", "evil", NULL);
	g_autofree char *there = g_build_filename(folder, row->there ? row->there : ".", NULL);
	g_autofree char *text = NULL;

	g_assert_true(ksig_directory_make(folder, &error));
	write(row, payload);
	const bool good = ksig_rpm_package_unpack(payload, folder, &error);
	g_assert_false(g_file_test(evil, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test("/tmp/ksig-evil", G_FILE_TEST_EXISTS));
	if (row->refused) {
		g_assert_false(good);
		g_assert_nonnull(strstr(error->message, row->refused));
		g_assert_cmpint(error->code, ==, KSIG_ERROR_INPUT);
		return;
	}
	g_assert_no_error(error);
	if (row->text) {
		g_assert_true(g_file_get_contents(there, &text, NULL, NULL));
		g_assert_cmpstr(text, ==, row->text);
	} else {
		g_assert_true(g_file_test(there, G_FILE_TEST_IS_SYMLINK));
	}
}

static void test_payload(gconstpointer row)
{
	test_row(row, write_payload);
}

static void test_package(gconstpointer row)
{
	test_row(row, write_package);
}

/* rpmio's modes name more than compressions. */
static void test_packer(gconstpointer name)
{
	struct row row = rows[0];

	packer = name;
	row.refused = "no payload that can be read";
	test_row(&row, write_package);
	packer = "gzip";
}

int main(int argc, char **argv)
{
	static const char *const packers[] = {"ufdio", "fdio", "rpmio", "gzdio.ufdio", "w.gzip", "?", ""};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = g_strdup_printf("/unpack/%s", rows[i].name);
		g_autofree char *package = g_strdup_printf("/unpack/as rpm 6 has it: %s", rows[i].name);
		g_test_add_data_func(name, &rows[i], test_payload);
		/* In a header all names are absolute. */
		if (rows[i].members[0].name[0] == '.')
			g_test_add_data_func(package, &rows[i], test_package);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(packers); i++) {
		g_autofree char *name = g_strdup_printf("/unpack/packed by %s", packers[i]);
		g_test_add_data_func(name, packers[i], test_packer);
	}
	return g_test_run();
}
