/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tarballs, folders, revisions: the tree id is the one that git gives. */
#include "archives.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* All that git can hold and that is easy to get wrong. */
static const struct entry varied[] = {
	{'5', "linux-1/", NULL},
	{'0', "linux-1/Makefile", "all:\n"},
	{'0', "linux-1/empty", ""},
	{'0', "linux-1/binary", "\0\1\2\n\0\377", 6},
	{'0', "linux-1/crlf.txt", "one\r\ntwo\r\n"},
	{'0', "linux-1/no-newline", "the end"},
	{'0', "linux-1/script.sh", "#!/bin/sh\n", 0, 0755},
	{'0', "linux-1/group-executable", "x\n", 0, 0654},
	{'0', "linux-1/latin-\351.txt", "not UTF-8\n"},
	{'0', "linux-1/utf-\303\251.txt", "UTF-8\n"},
	{'0', "linux-1/with space and \"quotes\"", "x\n"},
	{'0', "linux-1/.gitignore", "*.o\n/ignored\n"},
	{'0', "linux-1/ignored", "is there all the same\n"},
	{'0', "linux-1/.gitattributes", "*.c text eol=lf\n"},
	{'5', "linux-1/empty-folder/", NULL},
	{'0', "linux-1/dir.c", "sorts before dir/\n"},
	{'0', "linux-1/dir/file", "in dir\n"},
	{'0', "linux-1/dir0", "sorts after dir/\n"},
	{'2', "linux-1/link", "dir/file"},
	{'2', "linux-1/dir/up", "../Makefile"},
	{'2', "linux-1/dangling", "nowhere"},
	{'1', "linux-1/hard", "linux-1/script.sh"},
	{'0', "linux-1/same", "all:\n"},
	{0},
};

static char *import_id(const struct place *place, const char *argument)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_kernel) kernel = ksig_tree_kernel_import(place->store, argument, &error);

	g_assert_no_error(error);
	return g_strdup(git_oid_tostr_s(&kernel->tree));
}

static void unpack(const struct place *place, const char *archive)
{
	const char *const argv[] = {"tar", "xf", archive, NULL};

	g_free(place_run(place, argv));
}

static void check_git_agrees(const struct place *place)
{
	g_autofree char *objects = place_path(place, "ws/objects.git");
	const char *const argv[] = {"git", "-C", objects, "fsck", "--full", "--strict", NULL};

	g_free(place_run(place, argv));
}

static void test_tarball(struct place *place, gconstpointer suffix)
{
	g_autofree char *name = g_strdup_printf("linux-1.tar%s", (const char *) suffix);
	g_autofree char *path = place_write_tar(place, name, varied);

	unpack(place, path);
	g_autofree char *expected = place_git_tree(place, "linux-1");
	g_autofree char *tree = import_id(place, path);
	g_assert_cmpstr(tree, ==, expected);
	g_autofree char *folder = place_path(place, "linux-1");
	g_autofree char *folder_tree = import_id(place, folder);
	g_assert_cmpstr(folder_tree, ==, expected);
	check_git_agrees(place);
}

static bool is_loose(const struct place *place, const git_oid *id)
{
	const char *text = git_oid_tostr_s(id);
	g_autofree char *name = g_strdup_printf("ws/objects.git/objects/%.2s/%s", text, text + 2);
	g_autofree char *path = place_path(place, name);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Many small objects are held and packed; a large one is not in memory a second time. */
static void test_held(struct place *place, gconstpointer unused)
{
	git_repository *repository = ksig_tree_store_repository(place->store);
	g_autofree char *large = g_strnfill(8 << 20, 'x');
	g_autoptr(GError) error = NULL;
	git_oid ids[2];

	(void) unused;
	g_assert_true(ksig_tree_hold_begin(place->store, &error));
	g_assert_cmpint(git_blob_create_from_buffer(&ids[0], repository, "small\n", 6), ==, 0);
	g_assert_cmpint(git_blob_create_from_buffer(&ids[1], repository, large, 8 << 20), ==, 0);
	g_assert_false(is_loose(place, &ids[0]));
	g_assert_true(is_loose(place, &ids[1]));
	g_assert_true(ksig_tree_hold_end(place->store, &error));
	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		g_autoptr(git_blob) blob = NULL;
		g_assert_cmpint(git_blob_lookup(&blob, repository, &ids[i]), ==, 0);
		g_assert_cmpint(git_blob_rawsize(blob), ==, i ? 8 << 20 : 6);
	}
	check_git_agrees(place);
}

int main(int argc, char **argv)
{
	static const char *const suffixes[] = {"", ".gz", ".bz2", ".xz", ".zst"};

	g_test_init(&argc, &argv, NULL);
	g_setenv("LC_ALL", "C", TRUE);
	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
		g_autofree char *path = g_strdup_printf("/tree/tarball/tar%s", suffixes[i]);
		g_test_add(path, struct place, suffixes[i], place_set_up, test_tarball, place_tear_down);
	}
	g_test_add("/tree/held", struct place, NULL, place_set_up, test_held, place_tear_down);
	return g_test_run();
}
