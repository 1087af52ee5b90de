/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writers of archives, and a scratch folder with a store, for the tests of tree. */
#pragma once

#include "tree/tree.h"

/* An entry of an archive that a test writes. TYPE as in tar: '0' file, '1' hard link, '2' symbolic link, '5'
 * folder, '6' fifo. */
struct entry {
	char type;
	const char *path;
	const char *content;    /* or the link's target */
	size_t content_bytes;   /* 0: strlen of the content */
	unsigned mode;          /* 0: 0644 */
	uint64_t claimed_bytes; /* not 0: the size in the header, whatever the content is */
};

/* Each test has its own folder, with a workspace below it. */
struct place {
	char *folder;
	ksig_store *store;
};

void place_set_up(struct place *place, gconstpointer data);
void place_tear_down(struct place *place, gconstpointer data);

/* FOLDER/NAME; free with g_free(). */
char *place_path(const struct place *place, const char *name);

/* Writes ENTRIES (until an entry without a path) to FOLDER/NAME; the suffix says the compression. */
char *place_write_tar(const struct place *place, const char *name, const struct entry *entries);

char *place_write_file(const struct place *place, const char *name, const char *text, gssize length_bytes);

/* Runs ARGV in FOLDER; a failure is the test's. Returns its standard output without the last newline. */
char *place_run(const struct place *place, const char *const *argv);

/* The tree id that "git add" gives for the folder at PATH. */
char *place_git_tree(const struct place *place, const char *path);
