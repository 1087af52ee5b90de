/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tarball, member by member as GNU tar has them: libarchive reads it, and is held to the headers. */
#pragma once

#include "base/base.h"

#include <archive.h>
#include <archive_entry.h>

/* Sets ERROR from libarchive's last error on ARCHIVE and returns false; NAME names the input. */
bool ksig_archive_error(GError **error, struct archive *archive, const char *name);

typedef struct ksig_tar ksig_tar;

/* In any of the compressions that a kernel comes in. */
ksig_tar *ksig_tar_open(const char *path, GError **error);

/* BYTES stay the caller's, and have to outlive it; NAME stands in messages. */
ksig_tar *ksig_tar_open_bytes(const void *bytes, size_t length, const char *name, GError **error);

void ksig_tar_free(ksig_tar *tar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_tar, ksig_tar_free)

/* The next member, NULL at the end of the archive. One that GNU tar would read differently is an error, and
 * so is an archive that ends without an end.
 */
bool ksig_tar_next(ksig_tar *tar, const char *name, struct archive_entry **out_entry, GError **error);

/* For the data of the member; its own. */
struct archive *ksig_tar_archive(const ksig_tar *tar);

/* How many of the file's bytes have been read. */
uint64_t ksig_tar_position(const ksig_tar *tar);
