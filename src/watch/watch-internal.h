/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "watch/watch.h"

struct watch_step {
	char *name;
	char **argv;
};

struct ksig_watch {
	GPtrArray *sources; /* of struct watch_source */
	GHashTable *jobs;   /* name of a job of the plan to the struct ksig_news that it is about */
};
