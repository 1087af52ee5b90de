/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which changelog entries are about a piece. */
#pragma once

#include "assign/pieces-internal.h"

#define NO_ENTRY UINT32_MAX

/* What a piece is called, if the changelog names it. */
struct piece_name {
	uint32_t entry; /* of the matches; NO_ENTRY: none, or more than one fits as well */
	uint32_t other; /* the next best one, if it fits as well: of the same ticket, or ambiguous; else
			   NO_ENTRY */
	uint32_t third; /* the one that fits best, if OTHER is ambiguous; else NO_ENTRY */
	float score;
};

/* One a piece: which of the ENTRIES that no part answers is about it. Free with g_free(). */
struct piece_name *naming_of_pieces(const ksig_pieces *pieces, const ksig_entry_set *entries);
