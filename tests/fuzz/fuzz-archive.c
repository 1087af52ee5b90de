/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tarball: an error, or a tree that git can read back with every path safe. Wants -detect_leaks=0, which
 * leaves the look at the end: one after each run comes, once in ten thousand, while a thread of the pack
 * ends, and takes what GLib, libgit2 and the pack keep for that thread for leaks.
 */
#include "tree/archive-internal.h"
#include "tree/tree-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ksig_import_limits limits = {200, 1 << 16, 1 << 20};

static ksig_store *store;
static ksig_scratch *folder;

static void clean_up(void)
{
	ksig_tree_store_free(store);
	ksig_scratch_free(folder);
}

static void open_store(void)
{
	if (store)
		return;
	folder = ksig_directory_temporary(NULL, "ksig-fuzz", NULL);
	store = ksig_tree_store_open(folder, NULL);
	g_assert_nonnull(store);
	atexit(clean_up);
}

static int check_entry(const char *parent, const git_tree_entry *entry, void *data)
{
	g_autofree char *path = g_strconcat(parent, git_tree_entry_name(entry), NULL);

	(void) data;
	g_assert_true(ksig_path_is_safe(path));
	return 0;
}

/* Each header has a sum, without which no change of one would be read. */
static void mend_sums(uint8_t *data, size_t size)
{
	for (uint8_t *block = data; size >= 512; block += 512, size -= 512) {
		unsigned sum = 8 * ' ';
		char text[8];
		if (memcmp(block + 257, "ustar", 5) != 0)
			continue;
		for (size_t i = 0; i < 512; i++)
			sum += i < 148 || i >= 156 ? block[i] : 0;
		g_snprintf(text, sizeof text, "%06o", sum);
		memcpy(block + 148, text, sizeof text);
	}
}

static void import(const uint8_t *data, size_t size)
{
	g_autofree uint8_t *bytes = g_memdup2(data, size);
	g_autoptr(git_tree) root = NULL;
	g_autoptr(GError) error = NULL;
	git_oid tree;

	mend_sums(bytes, size);
	g_autoptr(ksig_tar) tar = ksig_tar_open_bytes(bytes, size, "fuzz", &error);
	if (!tar || !ksig_archive_import(store, tar, "fuzz", size, &limits, &tree, &error)) {
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
		return;
	}
	g_assert_cmpint(git_tree_lookup(&root, ksig_tree_store_repository(store), &tree), ==, 0);
	g_assert_cmpint(git_tree_walk(root, GIT_TREEWALK_PRE, check_entry, NULL), ==, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	open_store();
	import(data, size);
	return 0;
}
