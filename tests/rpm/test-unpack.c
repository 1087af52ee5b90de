/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payloads are unpacked below their folder, and nowhere else: a row a payload. */
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>
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
	{"a way up", {{"./../evil", "x"}}, NULL, NULL, "cannot be unpacked"},
	{"a way up in the middle", {{"./usr/../../evil", "x"}}, NULL, NULL, "cannot be unpacked"},
	{"an absolute name", {{"/tmp/evil", "x"}}, NULL, NULL, "cannot be unpacked"},
	{"through a link", {{"./out", NULL, "/tmp"}, {"./out/ksig-evil", "x"}}, NULL, NULL, "ksig-evil"},
};

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

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) top = ksig_directory_temporary(NULL, "ksig-test", &error);
	g_autofree char *payload = g_build_filename(top, "payload", NULL);
	g_autofree char *folder = g_build_filename(top, "below", "root", NULL);
	g_autofree char *evil = g_build_filename(top, "below", "evil", NULL);
	g_autofree char *there = g_build_filename(folder, row->there ? row->there : ".", NULL);
	g_autofree char *text = NULL;

	g_assert_true(ksig_directory_make(folder, &error));
	write_payload(row, payload);
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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = g_strdup_printf("/unpack/%s", rows[i].name);
		g_test_add_data_func(name, &rows[i], test_row);
	}
	return g_test_run();
}
