/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool while it grows: what the readers of diffs and messages write into. Private to upstream. */
#pragma once

#include "base/diff.h"
#include "upstream/pool.h"
#include "upstream/upstream.h"

struct ksig_pool_writer {
	GArray *candidates;
	GArray *files;
	GArray *hunks;
	GArray *lines;
	GArray *references;
	GByteArray *strings;
	GHashTable *interned; /* paths and authors: string → offset + 1 */
	uint32_t n_skipped;
};

struct ksig_pool_writer *ksig_pool_writer_new(void);
void ksig_pool_writer_free(struct ksig_pool_writer *writer);
typedef struct ksig_pool_writer ksig_pool_writer;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_pool_writer, ksig_pool_writer_free)

uint32_t ksig_pool_writer_string(ksig_pool_writer *writer, const char *string, size_t length_bytes);
uint32_t ksig_pool_writer_intern(ksig_pool_writer *writer, const char *string, size_t length_bytes);

/* Opens a candidate; files that are added belong to it until the next one. */
struct ksig_candidate *ksig_pool_writer_candidate(ksig_pool_writer *writer);

/* The newest candidate. Valid until the next is opened. */
struct ksig_candidate *ksig_pool_writer_last(ksig_pool_writer *writer);

/* Takes the newest candidate and all that belongs to it back. */
void ksig_pool_writer_drop(ksig_pool_writer *writer);

/* Reads "Fixes:", "This reverts commit", Cc: stable, CVE and syzbot out of MESSAGE into the newest candidate.
 */
void ksig_pool_writer_message(ksig_pool_writer *writer, const char *message, size_t length_bytes);

/*
 * Reads which upstream commit BODY (what stands below the subject) says the newest candidate is, and when
 * that was made.
 */
void ksig_pool_writer_origin(ksig_pool_writer *writer, const char *body);

/* The same from a HEADER that is read already. */
void ksig_pool_writer_set_origin(struct ksig_candidate *candidate, const struct ksig_header *header);

/* Appends all of PIECE (its offsets shifted) behind WRITER's own. */
void ksig_pool_writer_append(ksig_pool_writer *writer, const struct ksig_pool *piece);

/* A view of WRITER as a pool: valid while the writer is, and not grown. */
void ksig_pool_writer_view(const ksig_pool_writer *writer, struct ksig_pool *out_pool);

/* Fills POOL with MEMBERS (struct ksig_patch_file *), which it takes. */
bool ksig_pool_read_members(struct ksig_pool *pool, GPtrArray *members, GError **error);

/* ---- diffs --------------------------------------------------------------------------------------- */

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
