/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an import is made of: a pack that objects are written to, a builder that holds the paths of one tree,
 * readers that fill it (archives, folders), and a patcher that changes a few files of a finished tree.
 */
#pragma once

#include "tree/tree.h"

#include <archive.h>

static inline void ksig_archive_free(struct archive *archive)
{
	archive_read_free(archive);
}
typedef struct archive ksig_archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_archive, ksig_archive_free)

/* ---- limits on what is read ---------------------------------------------------------------------- */

/* What one import may hold at most. A kernel of 2026 has 90,000 entries, 1.6 GB, and no file above 25 MB. */
struct ksig_import_limits {
	uint64_t entries;
	uint64_t file_bytes;
	uint64_t total_bytes; /* a hard link counts as the file it names */
};

extern const struct ksig_import_limits ksig_import_limits_default;

/* ---- kinds of KERNEL ----------------------------------------------------------------------------- */

/* A Debian source control file, read. Every string is owned by it. */
struct ksig_dsc_file {
	char *name;
	char *sha256;
	uint64_t size_bytes;
};

struct ksig_dsc {
	char *format;
	char *source;
	char *version;
	GPtrArray *files; /* struct ksig_dsc_file * */
};
typedef struct ksig_dsc ksig_dsc;
