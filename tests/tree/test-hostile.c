/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives that lie, climb or swell: a message that names archive and entry, and nothing left behind. */
#include "archives.h"
#include "tree/archive-internal.h"
#include "tree/edit-internal.h"

#include <archive.h>

struct row {
	const char *name;
	const char *message; /* a part of what is said */
	struct ksig_import_limits limits;
	struct entry entries[8];
};

#define PLENTY                                                                                               \
	{                                                                                                    \
		1000, 1000000, 10000000                                                                      \
	}

static const struct row rows[] = {
	{"parent", "../evil: not a path that stays inside", PLENTY, {{'0', "../evil", "x"}}},
	{"parent-below", "k/../../evil: not a path", PLENTY, {{'0', "k/../../evil", "x"}}},
	{"absolute", "/etc/evil: not a path", PLENTY, {{'0', "/etc/evil", "x"}}},
	{"dot-git", "k/.GIT/config: not a path", PLENTY, {{'0', "k/.GIT/config", "x"}}},
	{"through-link",
	 "goes through l, which is no folder",
	 PLENTY,
	 {{'2', "k/l", "d"}, {'0', "k/l/f", "x"}}},
	{"through-file",
	 "goes through f, which is no folder",
	 PLENTY,
	 {{'0', "k/f", "x"}, {'0', "k/f/g", "x"}}},
	{"file-over-folder", "k/d: is a folder and a file", PLENTY, {{'0', "k/d/f", "x"}, {'0', "k/d", "x"}}},
	{"fifo", "k/p: neither file, folder nor link", PLENTY, {{'6', "k/p", NULL}}},
	{"device", "k/c: neither file, folder nor link", PLENTY, {{'3', "k/c", NULL}}},
	{"hard-link-nowhere", "a hard link to k/no, which is no file", PLENTY, {{'1', "k/h", "k/no"}}},
	{"hard-link-out", "a hard link to /etc/passwd, which is no", PLENTY, {{'1', "k/h", "/etc/passwd"}}},
	{"hard-link-to-folder", "which is no file of it", PLENTY, {{'0', "k/d/f", "x"}, {'1', "k/h", "k/d"}}},
	{"hard-link-bomb",
	 "more than 35 bytes in all",
	 {1000, 1000, 35},
	 {{'0', "k/a", "0123456789"}, {'1', "k/b", "k/a"}, {'1', "k/c", "k/b"}, {'1', "k/d", "k/a"}}},
	{"entries",
	 "more than 3 entries",
	 {3, 10, 100},
	 {{'5', "k/"}, {'5', "k/a"}, {'5', "k/b"}, {'5', "k/c"}}},
	{"large-file", "k/a: more than 5 bytes", {10, 5, 100}, {{'0', "k/a", "0123456789"}}},
	{"claims-a-tebibyte", "k/a: more than 1000000 bytes", PLENTY, {{'0', "k/a", "x", 0, 0, 1ULL << 32}}},
	{"claims-more-than-there-is", "Truncated", PLENTY, {{'0', "k/a", "x", 0, 0, 100000}}},
	{"empty", "holds no files", PLENTY, {{'5', "k/"}, {'5', "k/d/"}}},
};

static unsigned count_files(const char *folder, const char *prefix)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name = NULL;
	unsigned count = 0;

	while (dir && (name = g_dir_read_name(dir)))
		count += g_str_has_prefix(name, prefix);
	return count;
}

static void check_nothing_left(const struct place *place)
{
	g_autofree char *packs = place_path(place, "ws/objects.git/objects/pack");
	g_autofree char *refs = place_path(place, "ws/objects.git/refs/ksig");

	g_assert_cmpuint(count_files(packs, ""), ==, 0);
	g_assert_false(g_file_test(refs, G_FILE_TEST_EXISTS));
}

static void test_row(struct place *place, gconstpointer data)
{
	const struct row *row = data;
	g_autofree char *path = place_write_tar(place, "hostile.tar.gz", row->entries);
	g_autoptr(ksig_tar) tar = ksig_tar_open(path, NULL);
	g_autoptr(GError) error = NULL;
	git_oid tree;

	g_assert_false(ksig_archive_import(place->store, tar, path, 0, &row->limits, &tree, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	g_assert_true(g_str_has_prefix(error->message, path));
	if (!strstr(error->message, row->message))
		g_error("%s", error->message);
	check_nothing_left(place);
}

/* Cut anywhere, a compressed tarball is refused. */
static void test_truncated(struct place *place, gconstpointer suffix)
{
	static const struct entry entries[] = {{'0', "k/a", "some text\n"}, {'0', "k/b", "more text\n"}, {0}};
	g_autofree char *name = g_strconcat("whole.tar", suffix, NULL);
	g_autofree char *path = place_write_tar(place, name, entries);
	g_autofree char *bytes = NULL;
	gsize length_bytes = 0;

	g_assert_true(g_file_get_contents(path, &bytes, &length_bytes, NULL));
	/* The end of archive of a plain tar is 1024 zeros, and what follows does not matter. */
	const gsize end_bytes = *(const char *) suffix ? 40 : 1024;
	for (gsize keep = 1; keep + end_bytes <= length_bytes; keep += 7) {
		g_autoptr(GError) error = NULL;
		g_autofree char *cut = place_write_file(place, "cut", bytes, (gssize) keep);
		g_autoptr(ksig_kernel) kernel = ksig_tree_kernel_import(place->store, cut, &error);
		g_assert_null(kernel);
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
		g_assert_true(g_str_has_prefix(error->message, cut));
	}
	check_nothing_left(place);
}

static void test_missing(struct place *place, gconstpointer argument)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(ksig_tree_kernel_import(place->store, argument, &error));
	g_assert_nonnull(strstr(error->message, argument));
	g_assert_cmpint(ksig_error_exit_status(error), ==,
			strstr(argument, "no-revision") ? KSIG_ERROR_USAGE : KSIG_ERROR_INPUT);
}

/* A text file is no archive, whatever it is called. */
static void test_not_an_archive(struct place *place, gconstpointer data)
{
	g_autofree char *path = place_write_file(place, "text.tar.xz", "this is text\n", -1);
	g_autoptr(GError) error = NULL;

	(void) data;
	g_assert_null(ksig_tree_kernel_import(place->store, path, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	g_assert_true(g_str_has_prefix(error->message, path));
}

/* A folder is the user's own: links out of it are data, and are not followed. */
static void test_folder_links(struct place *place, gconstpointer data)
{
	g_autofree char *folder = place_path(place, "kernel");
	g_autofree char *link = place_path(place, "kernel/out");
	g_free(place_write_file(place, "kernel/file", "x\n", -1));
	g_autoptr(GError) error = NULL;

	(void) data;
	g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
	g_autoptr(ksig_kernel) kernel = ksig_tree_kernel_import(place->store, folder, &error);
	g_assert_no_error(error);
	g_autofree char *target = ksig_tree_text(place->store, &kernel->tree, "out");
	g_assert_cmpstr(target, ==, "/etc/passwd");
	g_autofree char *expected = place_git_tree(place, folder);
	g_assert_cmpstr(git_oid_tostr_s(&kernel->tree), ==, expected);
}

int main(int argc, char **argv)
{
	static const char *const suffixes[] = {"", ".gz", ".bz2", ".xz", ".zst"};
	static const char *const missing[] = {"no-such-kernel.tar.xz", "git:no-such-repository@v1",
					      "git:no-revision"};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/tree/hostile/%s", rows[i].name);
		g_test_add(path, struct place, &rows[i], place_set_up, test_row, place_tear_down);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
		g_autofree char *path = g_strdup_printf("/tree/truncated/tar%s", suffixes[i]);
		g_test_add(path, struct place, suffixes[i], place_set_up, test_truncated, place_tear_down);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(missing); i++) {
		g_autofree char *path = g_strdup_printf("/tree/missing/%zu", i);
		g_test_add(path, struct place, missing[i], place_set_up, test_missing, place_tear_down);
	}
	g_test_add("/tree/not-an-archive", struct place, NULL, place_set_up, test_not_an_archive,
		   place_tear_down);
	g_test_add("/tree/folder-links", struct place, NULL, place_set_up, test_folder_links,
		   place_tear_down);
	return g_test_run();
}
