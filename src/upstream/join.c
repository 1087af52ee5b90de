/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several pools as one: twins (the same changed lines in another pool) and versions (the same upstream id,
 * subject or file name in another series) are chained.
 */
#include "upstream/ids-internal.h"
#include "upstream/origins-internal.h"
#include "upstream/pool-writer-internal.h"
#include "base/diff.h"

#include <string.h>
#include <xxhash.h>

uint32_t ksig_upstream_pool_twin(const struct ksig_pool *joined, uint32_t candidate)
{
	return joined->twins ? joined->twins[candidate] : candidate;
}

uint32_t ksig_upstream_pool_next_twin(const struct ksig_pool *joined, uint32_t candidate)
{
	return joined->next_twins ? joined->next_twins[candidate] : UINT32_MAX;
}

uint64_t ksig_upstream_candidate_content(const struct ksig_pool *pool, const struct ksig_candidate *candidate)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	bool tells = false;

	for (uint32_t f = candidate->first_file; f < candidate->first_file + candidate->n_files; f++) {
		const struct ksig_candidate_file *file = &pool->files[f];
		const char *path = ksig_upstream_pool_string(pool, file->new_path ? file->new_path
										  : file->old_path);
		g_byte_array_append(bytes, (const guint8 *) path, (guint) strlen(path) + 1);
		for (uint32_t h = file->first_hunk; h < file->first_hunk + file->n_hunks; h++) {
			for (uint32_t i = 0; i < pool->hunks[h].n_lines; i++) {
				const uint32_t line = pool->lines[pool->hunks[h].first_line + i];
				if (ksig_upstream_line_op(line) == KSIG_LINE_CONTEXT)
					continue;
				tells |= ksig_upstream_line_hash(line) != 0;
				g_byte_array_append(bytes, (const guint8 *) &line, sizeof line);
			}
		}
	}
	return tells ? XXH3_64bits(bytes->data, bytes->len) : 0;
}

static bool may_be_twins(const struct ksig_pool *joined, uint32_t a, uint32_t b)
{
	uint32_t number = 0;
	const struct ksig_pool *pool = ksig_upstream_pool_origin(joined, a, &number);

	return pool->git_dir == NULL || pool != ksig_upstream_pool_origin(joined, b, &number);
}

/* In one git history the same change twice is a change, its revert and the change again: no twins. */
static void find_twins(struct ksig_pool *joined, GArray *candidates)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	g_autofree uint32_t *last = g_new(uint32_t, candidates->len + 1); /* of a candidate's twins */
	joined->twins = g_new(uint32_t, candidates->len + 1);
	joined->next_twins = g_new(uint32_t, candidates->len + 1);
	memset(joined->next_twins, 0xff, (candidates->len + 1) * sizeof *joined->next_twins);
	for (uint32_t c = 0; c < candidates->len; c++) {
		struct ksig_candidate *candidate = &g_array_index(candidates, struct ksig_candidate, c);
		const int64_t key = (int64_t) ksig_upstream_candidate_content(joined, candidate);
		const guint known = key ? GPOINTER_TO_UINT(g_hash_table_lookup(seen, &key)) : 0;
		joined->twins[c] = last[c] = c;
		if (known && may_be_twins(joined, known - 1, c)) {
			joined->twins[c] = known - 1;
			joined->next_twins[last[known - 1]] = c;
			last[known - 1] = c;
			candidate->n_files = 0;
		} else if (key && !known) {
			g_hash_table_insert(seen, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(c + 1));
		}
	}
}

uint32_t ksig_upstream_pool_next_version(const struct ksig_pool *joined, uint32_t candidate)
{
	return joined->next_versions ? joined->next_versions[candidate] : UINT32_MAX;
}

uint32_t ksig_upstream_pool_version_group(const struct ksig_pool *joined, uint32_t candidate)
{
	return joined->version_groups ? joined->version_groups[candidate] : 0;
}

/* What names a patch whatever became of its text: its upstream id, else its subject. NULL: nothing does. */
static char *version_key(const struct ksig_pool *joined, uint32_t c)
{
	const struct ksig_candidate *candidate = &joined->candidates[c];
	char *hex = ksig_upstream_pool_upstream(joined, c);

	if (hex)
		return hex;
	return candidate->subject ? g_strdup(ksig_upstream_pool_string(joined, candidate->subject)) : NULL;
}

/* The second patch of a name in one series is another patch, not another version: so the how-many-eth counts
 * as well. */
static char *numbered(GHashTable *seen, const struct ksig_pool *origin, char *key)
{
	g_autofree char *name = key;
	char *in_pool = g_strdup_printf("%p %s", (const void *) origin, name);
	const guint before = GPOINTER_TO_UINT(g_hash_table_lookup(seen, in_pool));

	g_hash_table_insert(seen, in_pool, GUINT_TO_POINTER(before + 1));
	return g_strdup_printf("%u %s", before, name);
}

/* The name of the patch's file, by which vendors keep a patch whose subject they reword. NULL: it has none.
 */
static char *file_key(const struct ksig_pool *joined, const struct ksig_candidate *candidate)
{
	const char *name = ksig_upstream_pool_string(joined, candidate->member);

	if (!g_str_has_suffix(name, ".patch") && !g_str_has_suffix(name, ".diff"))
		return NULL;
	return g_strconcat("file ", name, NULL);
}

/* The group that one of the KEYS has, else one that begins with CANDIDATE; from now on all of them have it.
 */
static uint32_t group_of(GHashTable *groups, char *keys[2], uint32_t candidate)
{
	guint group = 0;

	for (int k = 0; k < 2 && group == 0; k++)
		group = keys[k] ? GPOINTER_TO_UINT(g_hash_table_lookup(groups, keys[k])) : 0;
	if (group == 0)
		group = candidate + 1;
	for (int k = 0; k < 2; k++)
		if (keys[k])
			g_hash_table_insert(groups, keys[k], GUINT_TO_POINTER(group));
	return group;
}

static void group_versions(struct ksig_pool *joined, const GArray *candidates)
{
	g_autoptr(GHashTable) groups = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);

	joined->version_groups = g_new0(uint32_t, candidates->len + 1);
	for (uint32_t c = 0; c < candidates->len; c++) {
		const struct ksig_candidate *candidate = &g_array_index(candidates, struct ksig_candidate, c);
		uint32_t number = 0;
		const struct ksig_pool *origin = ksig_upstream_pool_origin(joined, c, &number);
		char *key = version_key(joined, c);
		char *keys[2] = {key ? numbered(seen, origin, key) : NULL, file_key(joined, candidate)};
		if (keys[0] || keys[1])
			joined->version_groups[c] = group_of(groups, keys, c);
	}
}

static void chain_versions(struct ksig_pool *joined, uint32_t n)
{
	g_autofree uint32_t *last = g_new0(uint32_t, n + 2); /* by group: its last candidate so far + 1 */

	joined->next_versions = g_new(uint32_t, n + 1);
	memset(joined->next_versions, 0xff, (n + 1) * sizeof *joined->next_versions);
	for (uint32_t c = 0; c < n; c++) {
		const uint32_t group = joined->version_groups[c];
		if (group && last[group])
			joined->next_versions[last[group] - 1] = c;
		if (group)
			last[group] = c + 1;
	}
}

struct ksig_pool *ksig_upstream_pool_join(const GPtrArray *pools)
{
	struct ksig_pool *joined = g_new0(struct ksig_pool, 1);
	const struct ksig_pool *only = pools->len == 1 ? pools->pdata[0] : NULL;

	if (only && only->git_dir) {
		*joined = *only;
		joined->name = joined->argument = joined->git_dir = NULL;
		joined->members = NULL;
		joined->mapping = joined->storage = NULL;
		joined->origins = origins_new();
		origins_add(joined, only, 0);
		ids_sort(joined);
		return joined;
	}
	ksig_pool_writer *writer = ksig_pool_writer_new();
	g_autoptr(GArray) origins = origins_new();
	joined->origins = origins;
	for (guint i = 0; i < pools->len; i++) {
		origins_add(joined, pools->pdata[i], writer->candidates->len);
		ksig_pool_writer_append(writer, pools->pdata[i]);
	}
	ksig_pool_writer_view(writer, joined);
	joined->origins = g_steal_pointer(&origins);
	joined->storage = writer;
	find_twins(joined, writer->candidates);
	ids_sort(joined);
	group_versions(joined, writer->candidates);
	chain_versions(joined, joined->n_candidates);
	return joined;
}
