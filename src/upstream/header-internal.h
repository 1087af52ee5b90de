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

/*
 * Reads the block at AT, an mbox "From " line before it included. Returns struct ksig_field pointers, empty
 * if there is no block: its first field has to be one that heads patches, as "net: fix it" looks like a
 * field, too. OUT_BODY: what follows.
 */
GPtrArray *ksig_fields_read(const char *at, const char *end, const char **out_body);

/* The value of field NAME (any case), or NULL. */
const char *ksig_fields_find(const GPtrArray *fields, const char *name);

/* TEXT's RFC 2047 words ("=?UTF-8?q?J=C3=B6rg?=") decoded; UTF-8, one line. */
char *ksig_mime_words(const char *text);

/* BODY in the transfer ENCODING that a mail names (NULL: as it is) decoded to bytes. */
GString *ksig_mime_body(const char *body, size_t length_bytes, const char *encoding);

/* Bytes in CHARSET (NULL: UTF-8 if they are, else ISO 8859-1) as UTF-8 without control characters and CR. */
char *ksig_mime_utf8(const char *text, size_t length_bytes, const char *charset);

/* The same with control characters and CR as they are. Free with g_free(). */
char *ksig_mime_recode(const char *text, size_t length_bytes, const char *charset);

/* The mail TEXT (taken over) with its transfer encodings undone, so that its diff can be read. */
GBytes *ksig_mail_decode(char *text, size_t length_bytes);

/* "text/plain; charset=iso-8859-1": the charset, NULL if none is named. */
char *ksig_mime_charset(const char *content_type);

/* The date of a mail, of git or of ISO 8601, as "2022-10-16T21:42:47+01:00"; NULL if not readable. */
char *ksig_mime_date(const char *text);

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

void ksig_header_scan_init(struct ksig_header_scan *scan, struct ksig_header *header);

/* One LINE; NEXT is the text below it. */
void ksig_header_scan_line(struct ksig_header_scan *scan, const char *line, const char *next);
void ksig_header_scan_text(struct ksig_header_scan *scan, const char *text);

/* "Fixes: ID", "Reverts: ID" in one LINE. */
void ksig_header_scan_commits(struct ksig_header_scan *scan, const char *line);

/* "Follow-up for ID", "a bug introduced by commit ID" in TEXT, wherever the lines break: fixes. */
void ksig_header_scan_blames(struct ksig_header_scan *scan, const char *text);

/* "This reverts commit X", "This partially reverts commits X and Y", wherever the lines break. */
void ksig_header_scan_reverts(struct ksig_header_scan *scan, const char *text);

enum { KSIG_HEADER_ID_DIGITS = 40, KSIG_HEADER_SHORT_ID_DIGITS = 7 };

/*
 * The next commit id in what stands behind "Fixes:" in *INOUT_AT … END, "commit ", quotes and commas passed
 * over: moves there. Words of a subject in brackets, numbers behind '#' and addresses are none.
 */
bool ksig_header_next_id(const char **inout_at, const char *end, size_t *out_digits);

/* The number of lower- or upper-case hexadecimal digits at AT. */
size_t ksig_header_hex_length(const char *at);

/* What stands behind WORD (any case), which LINE begins with, blanks and quotes passed over; or NULL. */
const char *ksig_header_skip_word(const char *line, const char *word);

/* Remembers STRING, as of KIND; false if it was seen or there are too many. */
bool ksig_header_is_new(struct ksig_header_scan *scan, const char *kind, const char *string);

/* Tickets of a field that LINE is. */
void ksig_header_scan_tickets(struct ksig_header_scan *scan, const char *line);

/* Tickets that no field says, but a form that means nothing else. */
void ksig_header_add_tickets(struct ksig_header_scan *scan, const char *text);

/* Moves what was found into the header. */
void ksig_header_scan_end(struct ksig_header_scan *scan);

/* Where the diff begins in AT … END; END if there is none. */
const char *ksig_header_find_diff(const char *at, const char *end);
