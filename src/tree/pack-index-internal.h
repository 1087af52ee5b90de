/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version 2 index of a pack. */
#pragma once

#include "tree/tree.h"

struct ksig_pack_entry {
	git_oid id;
	uint32_t crc;
	uint64_t offset;
};

/* The bytes of the version 2 index of a pack with ENTRIES (sorted here) and the checksum PACK_CHECKSUM. */
GByteArray *ksig_pack_index(GArray *entries, const git_oid *pack_checksum);
