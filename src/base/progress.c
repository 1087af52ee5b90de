/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line on a terminal's standard error, rewritten at most every 100 ms, from the first second on;
 * elsewhere nothing.
 */
#include "base/base.h"

#include <unistd.h>

enum { DELAY_US = 1000000, INTERVAL_US = 100000 };

struct ksig_progress {
	char *title;
	uint64_t total;
	gint64 next_us; /* monotonic time of the next line */
	bool visible;
};

static bool disabled;

void ksig_progress_disable(void)
{
	disabled = true;
}

ksig_progress *ksig_progress_new(const char *title, uint64_t total)
{
	if (disabled || !isatty(STDERR_FILENO))
		return NULL;
	ksig_progress *progress = g_new0(ksig_progress, 1);
	progress->title = ksig_shown(title, -1);
	progress->total = total;
	progress->next_us = g_get_monotonic_time() + DELAY_US;
	return progress;
}

void ksig_progress_set(ksig_progress *progress, uint64_t done)
{
	if (!progress)
		return;
	const gint64 now_us = g_get_monotonic_time();
	if (now_us < progress->next_us)
		return;
	progress->next_us = now_us + INTERVAL_US;
	progress->visible = true;
	g_autofree char *number = ksig_number(done);
	if (progress->total == 0) {
		fprintf(stderr, "\r\033[K%s: %s", progress->title, number);
		return;
	}
	g_autofree char *total = ksig_number(progress->total);
	fprintf(stderr, "\r\033[K%s: %3u%% (%s/%s)", progress->title,
		(unsigned) (100.0 * (double) done / (double) progress->total), number, total);
}

void ksig_progress_free(ksig_progress *progress)
{
	if (!progress)
		return;
	if (progress->visible)
		fputs("\r\033[K", stderr);
	g_free(progress->title);
	g_free(progress);
}
