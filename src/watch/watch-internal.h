/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "watch/watch.h"

struct watch_step {
	char *name;
	char **argv;
};

struct watch_source {
	char *name, *kind, *location;
	char **patterns;  /* NULL: all */
	char **keys;      /* files; NULL: signatures are not checked */
	GPtrArray *steps; /* of struct watch_step */
};

struct ksig_watch {
	GPtrArray *sources; /* of struct watch_source */
	GHashTable *jobs;   /* name of a job of the plan to the struct ksig_news that it is about */
};

/* sources.c */
bool watch_kind_is_known(const char *kind);
/* What SOURCE has now: item to value. */
GHashTable *watch_source_read(const struct watch_source *source, GError **error);
