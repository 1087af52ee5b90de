/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool while it grows: what the readers of diffs and messages write into. Private to upstream. */
#pragma once

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
