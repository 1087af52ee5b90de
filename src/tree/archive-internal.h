/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tarball, entry by entry into a builder. */
#pragma once

#include "tree/tar-internal.h"
#include "tree/tree-internal.h"
#include "tree/tree.h"

#include <archive.h>
#include <archive_entry.h>

/*
 * The data of the entry that ARCHIVE stands at, at most LIMIT_BYTES, NUL-terminated; free with g_free().
 * PATH and NAME stand in the messages.
 */
char *ksig_archive_read(struct archive *archive, struct archive_entry *entry, uint64_t limit_bytes,
			const char *name, size_t *out_length_bytes, GError **error);

/* The path of ENTRY in its own bytes, without "./" and doubled slashes; empty for the root. Free with
 * g_free().
 */
char *ksig_archive_path(struct archive_entry *entry, const char *name, GError **error);

/* Reads TAR to its end into a tree of STORE. SIZE_BYTES: of the compressed file, for progress. */
bool ksig_archive_import(ksig_store *store, ksig_tar *tar, const char *name, uint64_t size_bytes,
			 const struct ksig_import_limits *limits, git_oid *out_tree, GError **error);
