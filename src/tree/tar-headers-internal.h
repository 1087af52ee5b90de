/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands before a member of a tar archive (pax(1) headers of types x and g, GNU tar's L and K), so that
 * a reader that shows none of it can be held to what it says.
 */
#pragma once

#include "base/base.h"

#include <archive_entry.h>

/* Of one archive: what its global headers said is kept from member to member. Free with _free(). */
typedef struct ksig_tar_headers ksig_tar_headers;

ksig_tar_headers *ksig_tar_headers_new(void);
void ksig_tar_headers_free(ksig_tar_headers *headers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_tar_headers, ksig_tar_headers_free)

/*
 * BYTES (LENGTH) are the archive from where the member before ended, at least to the end of this one's own
 * header. False if ENTRY, which a reader made of them, is another name, link or size than they say, or if
 * readers of tar do not agree on what they say; ERROR has no name of the archive.
 */
bool ksig_tar_headers_check(ksig_tar_headers *headers, const uint8_t *bytes, size_t length,
			    struct archive_entry *entry, GError **error);
