/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a kernel was there, and what its base had then. */
#pragma once

#include "breakdown/work-internal.h"

/* DAY (ISO, as --date has it) as the last second of that day. */
bool dates_parse(const char *day, int64_t *out_seconds, GError **error);

/* Fills what QUESTION asks of dates for KERNEL, whose changelog is read. */
void dates_ask(const struct ksig_work *work, const struct ksig_kernel *kernel,
	       struct ksig_match_question *question);

/*
 * One flag a candidate of the pool: BASE is a commit of its history, and has it. NULL: BASE is none. Free
 * with g_free().
 */
uint8_t *dates_in_base(const struct ksig_work *work, const struct ksig_kernel *base);
