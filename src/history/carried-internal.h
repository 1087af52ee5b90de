/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside history: which commits a revision carries. */
#pragma once

#include "history/history.h"
#include "upstream/presence.h"
#include "upstream/upstream.h"

/* A commit that is carried; PREFIX is the first 16 digits of its id. */
struct ksig_carried {
	uint64_t prefix;
	int64_t patch_id; /* 0: the base has it */
	double confidence;
};

/*
 * The commits that the vendor carries at REVISION, sorted by prefix: upstream ids of its patches, the ids
 * that those name themselves ("commit X upstream"), and everything before the range of each git pool.
 * OUT_UNREAD: the pools whose earlier history could not be read.
 */
GArray *ksig_carried_load(ksig_catalog *catalog, const ksig_store *store,
			  const struct ksig_revision *revision, const GPtrArray *pools, unsigned *out_unread,
			  GError **error);

/*
 * The commits of a git pool, the commits that those say they were made from, and everything before its range,
 * sorted by prefix. SUBJECTS gets ksig_carried_words() of each.
 */
GArray *ksig_carried_of_pool(const ksig_store *store, const struct ksig_pool *pool, GHashTable *subjects,
			     unsigned *out_unread);

/* Author and subject of a candidate: what a backport keeps even if it does not name its origin. */
char *ksig_carried_words(const struct ksig_pool *pool, const struct ksig_candidate *candidate);

/* The carried commit whose id begins with the DIGITS digits of PREFIX; NULL if none or more than one. */
const struct ksig_carried *ksig_carried_find(const GArray *carried, uint64_t prefix, unsigned digits);

/* The first 16 digits of an id as a number; false if TEXT has fewer than 16 hex digits. */
bool ksig_carried_prefix(const char *text, uint64_t *out_prefix);
