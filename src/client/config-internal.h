/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/* What the owner says in /etc/ksig/live.conf (docs/live.md). */
struct client_config {
	char **sources;
	bool manual;                    /* the timer applies nothing */
	gint64 hold_back_days;          /* since a patch was issued */
	gint64 cut_off;                 /* issued later: not applied; 0: none */
	char **windows;                 /* "Sat,Sun 02:00-05:00", local time; empty: always */
	char *pin;                      /* the one id that is applied; NULL: the newest */
	char **blocked;                 /* globs of ids */
	bool test_needed;               /* only what passed the release gate */
	gint64 deadline_s, probation_s; /* 0: not said */
};

bool client_config_parse(struct client_config *config, const char *what, const char *text, gsize length,
			 GError **error);
bool client_config_load(struct client_config *config, const char *path, GError **error);
void client_config_clear(struct client_config *config);
/* Whether one of the windows is open at TIME. */
bool client_window_is_open(const struct client_config *config, GDateTime *time);
