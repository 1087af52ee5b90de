/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commits that a message says it fixes or takes back, in fields and in prose. */
#pragma once

#include "upstream/header-internal.h"
#include "upstream/upstream.h"

/* "Fixes: ID", "Reverts: ID" in one LINE. */
void ksig_header_scan_commits(struct ksig_header_scan *scan, const char *line);

/* "Follow-up for ID", "a bug introduced by commit ID" in TEXT, wherever the lines break: fixes. */
void ksig_header_scan_blames(struct ksig_header_scan *scan, const char *text);

/* "This reverts commit X", "This partially reverts commits X and Y", wherever the lines break. */
void ksig_header_scan_reverts(struct ksig_header_scan *scan, const char *text);

/*
 * The next commit id in what stands behind "Fixes:" in *INOUT_AT … END, "commit ", quotes and commas passed
 * over: moves there. Words of a subject in brackets, numbers behind '#' and addresses are none.
 */
bool ksig_header_next_id(const char **inout_at, const char *end, size_t *out_digits);
