/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commits of a git repository into a pool writer. Private to upstream. */
#pragma once

#include "upstream/pool-writer-internal.h"

struct ksig_git_reader {
	const char *git_dir;
	const char *exclude; /* 40 hex: FROM, or what an index already holds */
	const char *include; /* 40 hex: TO */
	unsigned n_jobs;     /* 0: one a processor */
	bool undo;           /* differences turned round: what takes a commit back */
};

/*
 * Appends the commits of EXCLUDE..INCLUDE to WRITER, no merges, a commit after its parents. Of commits that
 * need a missing object only the names and blobs of the files are known; they are counted in WRITER's
 * n_skipped.
 */
bool ksig_git_reader_run(const struct ksig_git_reader *git, ksig_pool_writer *writer, GError **error);
