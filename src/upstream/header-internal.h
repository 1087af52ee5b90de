/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * upstream, patch headers inside: how mail is decoded, and the scanner that reads lines for what they say of
 * other commits.
 */
#pragma once

#include "upstream/upstream.h"

/* ---- mail ---------------------------------------------------------------------------------------- */

/* A header block is "Name: value" lines, folded or not, that a blank line (or whatever is no field) ends. */
struct ksig_field {
	char *name;  /* as written */
	char *value; /* unfolded to one line (DEP-3's Description: lines kept), bytes as they are */
};

/* ---- references ---------------------------------------------------------------------------------- */

/* What is gathered while lines are read. */
struct ksig_header_scan {
	struct ksig_header *header;
	GStrvBuilder *tickets;
	GHashTable *seen; /* tickets, fixes and reverts: each is kept once, and their number is bounded */
	char *upstream;
	unsigned rank;       /* how plainly UPSTREAM is said: 1 is "commit X upstream", 0 nothing found */
	bool in_prose;       /* the line above the one at hand is prose */
	bool is_blank;       /* it is blank, or there is none */
	bool is_below_prose; /* the last line above that is not blank is prose */
};

enum { KSIG_HEADER_ID_DIGITS = 40, KSIG_HEADER_SHORT_ID_DIGITS = 7 };

/* Where the diff begins in AT … END; END if there is none. */
const char *ksig_header_find_diff(const char *at, const char *end);
