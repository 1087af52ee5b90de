/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tickets that a patch's header names, in fields or by a form of their own. */
#pragma once

#include "upstream/header-internal.h"
#include "upstream/upstream.h"

/* Tickets of a field that LINE is. */
void ksig_header_scan_tickets(struct ksig_header_scan *scan, const char *line);

/* Tickets that no field says, but a form that means nothing else. */
void ksig_header_add_tickets(struct ksig_header_scan *scan, const char *text);
