/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unified difference line by line into a pool. */
#pragma once

#include "upstream/pool-writer-internal.h"
#include "base/diff.h"
#include "upstream/pool.h"
#include "upstream/upstream.h"

/*
 * Reads unified diffs a line at a time into the newest candidate of a writer. Git's extended headers and
 * plain `diff -u` are both understood; what is neither is passed over, so prose between diffs is fine.
 */
struct ksig_diff_reader {
	ksig_pool_writer *writer;
	unsigned strip; /* leading components of the paths that are dropped: -p1 is 1 */
	struct ksig_diff diff;
	bool in_file;
	bool in_hunk;      /* that is kept */
	bool is_cut;       /* a hunk had fewer lines than it says: what follows it is not to be trusted */
	bool is_long;      /* a hunk had more */
	bool changed;      /* a changed line of the hunk was seen */
	uint32_t function; /* that the lines of the hunk so far lead to */
	char *old_name;    /* of the file being read, from "---" or "rename from"; NULL: /dev/null */
	char *new_name;
};

void ksig_diff_reader_init(struct ksig_diff_reader *reader, ksig_pool_writer *writer, unsigned strip);
void ksig_diff_reader_clear(struct ksig_diff_reader *reader);

/* LINE without its newline. Too many lines or files (hostile input) are ignored past their limits. */
void ksig_diff_reader_line(struct ksig_diff_reader *reader, const char *line, size_t length_bytes);

/* The end of a candidate: closes the file that is open. */
void ksig_diff_reader_end(struct ksig_diff_reader *reader);
