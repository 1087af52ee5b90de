/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a patch is not there any more: what the kernel stands on has it now, or another patch does its work;
 * or it was taken back, by whom nobody knows.
 */
#include "breakdown/drop-reason-internal.h"

#include "breakdown/rebase-internal.h"
#include "upstream/presence.h"

static const float CONTAINED = 0.75F; /* of its lines are in the release as the patch leaves them */
static const float SUPERSEDED = 0.5F; /* of its lines another patch writes, or removes, as well */

static uint64_t key_of(const struct ksig_pool *pool, const struct ksig_candidate_file *file, uint32_t line,
		       bool added)
{
	const uint32_t path = file->new_path ? file->new_path : file->old_path;

	return (uint64_t) g_str_hash(ksig_upstream_pool_string(pool, path)) << 32 |
	       ksig_upstream_line_hash(line) << 1 | added;
}

typedef void line_fn(uint64_t key, gpointer data);

/* Calls for each significant line. TURNED: what the candidate adds counts as removed. */
static void each_line(const struct ksig_pool *pool, uint32_t number, bool turned, line_fn *see, gpointer data)
{
	const struct ksig_candidate *candidate = &pool->candidates[number];

	for (uint32_t f = 0; f < candidate->n_files; f++) {
		const struct ksig_candidate_file *file = &pool->files[candidate->first_file + f];
		for (uint32_t h = file->first_hunk; h < file->first_hunk + file->n_hunks; h++)
			for (uint32_t i = 0; i < pool->hunks[h].n_lines; i++) {
				const uint32_t line = pool->lines[pool->hunks[h].first_line + i];
				const bool added = ksig_upstream_line_op(line) == KSIG_LINE_ADDED;
				if (ksig_upstream_line_op(line) != KSIG_LINE_CONTEXT &&
				    ksig_upstream_line_hash(line))
					see(key_of(pool, file, line, added != turned), data);
			}
	}
}

static void keep(uint64_t key, gpointer data)
{
	g_hash_table_add(data, g_memdup2(&key, sizeof key));
}

struct overlap {
	GHashTable *lines; /* of the dropped patch */
	GHashTable *seen;
};

static void look(uint64_t key, gpointer data)
{
	const struct overlap *overlap = data;

	if (g_hash_table_contains(overlap->lines, &key))
		keep(key, overlap->seen);
}

static guint shared(GHashTable *lines, const struct ksig_pool *pool, uint32_t candidate)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	struct overlap overlap = {lines, seen};

	each_line(pool, candidate, false, look, &overlap);
	return g_hash_table_size(seen);
}

/* Is PART a patch that this revision brings, and no import? */
static bool is_new(const struct ksig_work *work, guint p)
{
	const struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, p);

	return part->set == work->rounds->set && !part->import && work->patch_ids[p] > 0 &&
	       !(work->rebase && work->rebase->matches[p]);
}

/* The new patch that does most of what LINES do. NULL: none does half of it. */
static char *find_successor(const struct ksig_work *work, GHashTable *lines)
{
	const struct ksig_part *best = NULL;
	int64_t id = 0;
	guint most = 0;

	for (guint p = 0; p < work->assignment->parts->len; p++) {
		const struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, p);
		const guint n = is_new(work, p) ? shared(lines, work->pool, part->candidate) : 0;
		if (n > most) {
			best = part;
			id = work->patch_ids[p];
			most = n;
		}
	}
	if (!best || (float) most < SUPERSEDED * (float) g_hash_table_size(lines))
		return NULL;
	g_autofree char *subject = ksig_utf8(
		ksig_upstream_pool_string(work->pool, work->pool->candidates[best->candidate].subject), -1);
	return g_strdup_printf("superseded by patch %" G_GINT64_FORMAT ", %s", id, subject);
}

/* How much of the steps must be done to undo them in the release: all, if it has what they did. */
static bool is_contained(struct ksig_work *work, const struct ksig_pool *pool, const GArray *steps,
			 bool *out_contained, GError **error)
{
	g_autoptr(ksig_presence) presence = ksig_upstream_presence_new(
		work->store, git_oid_tostr_s(&work->rebase->tree), error);

	*out_contained = steps->len > 0;
	for (guint i = 0; presence && i < steps->len; i++) {
		const struct ksig_candidate *step = &pool->candidates[g_array_index(steps, uint32_t, i)];
		*out_contained &= ksig_upstream_presence_to_change(presence, pool, step) >=
				  (double) CONTAINED;
	}
	return presence != NULL;
}

char *drop_reason(struct ksig_work *work, const struct ksig_pool *pool, const GArray *steps, GError **error)
{
	const char *release = work->rebase ? work->rebase->label : NULL;
	g_autoptr(GHashTable) lines = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	bool contained = false;

	if (steps->len == 0)
		return g_strdup("not there any more; it had no line of its own to tell why");
	if (release && !is_contained(work, pool, steps, &contained, error))
		return NULL;
	if (contained)
		return g_strdup_printf("%s contains it", release);
	for (guint i = 0; i < steps->len; i++)
		each_line(pool, g_array_index(steps, uint32_t, i), true, keep, lines);
	char *successor = find_successor(work, lines);
	if (successor || !release)
		return successor ? successor : g_strdup("taken back; no candidate that is in does that");
	return g_strdup_printf("not put on again; %s does not contain it", release);
}
