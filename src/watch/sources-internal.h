/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of sources, and the comparison of what they have with what is known. */
#pragma once

#include "watch/watch.h"

struct watch_source {
	char *name, *kind, *location;
	char **patterns;  /* NULL: all */
	char **keys;      /* files; NULL: signatures are not checked */
	GPtrArray *steps; /* of struct watch_step */
};

/* sources.c */
bool watch_kind_is_known(const char *kind);

/* What SOURCE has now: item to value. */
GHashTable *watch_source_read(const struct watch_source *source, GError **error);
