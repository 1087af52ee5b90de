/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that name other commits, tickets and CVEs. */
#pragma once

#include "upstream/header-internal.h"
#include "upstream/upstream.h"

void ksig_header_scan_init(struct ksig_header_scan *scan, struct ksig_header *header);

/* One LINE; NEXT is the text below it. */
void ksig_header_scan_line(struct ksig_header_scan *scan, const char *line, const char *next);
void ksig_header_scan_text(struct ksig_header_scan *scan, const char *text);

/* Moves what was found into the header. */
void ksig_header_scan_end(struct ksig_header_scan *scan);
