/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "upstream/writer-internal.h"

#include <string.h>
#include <xxhash.h>

struct origin {
	uint32_t first; /* candidate of the joined pool */
	const struct ksig_pool *pool;
};

const struct ksig_pool *ksig_pool_origin(const struct ksig_pool *joined, uint32_t candidate,
					 uint32_t *out_candidate)
{
	guint i = joined->origins->len - 1;

	while (g_array_index(joined->origins, struct origin, i).first > candidate)
		i--;
	const struct origin *origin = &g_array_index(joined->origins, struct origin, i);
	*out_candidate = candidate - origin->first;
	return origin->pool;
}

uint32_t ksig_pool_twin(const struct ksig_pool *joined, uint32_t candidate)
{
	return joined->twins ? joined->twins[candidate] : candidate;
}

/* What a candidate changes, wherever it stands: paths and changed lines, no context. 0: nothing that tells.
 */
static uint64_t signature(const struct ksig_pool *pool, const struct ksig_candidate *candidate)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	bool tells = false;

	for (uint32_t f = candidate->first_file; f < candidate->first_file + candidate->n_files; f++) {
		const struct ksig_candidate_file *file = &pool->files[f];
		const char *path = ksig_pool_string(pool, file->new_path ? file->new_path : file->old_path);
		g_byte_array_append(bytes, (const guint8 *) path, (guint) strlen(path) + 1);
		for (uint32_t h = file->first_hunk; h < file->first_hunk + file->n_hunks; h++) {
			for (uint32_t i = 0; i < pool->hunks[h].n_lines; i++) {
				const uint32_t line = pool->lines[pool->hunks[h].first_line + i];
				if (ksig_line_op(line) == KSIG_LINE_CONTEXT)
					continue;
				tells |= ksig_line_hash(line) != 0;
				g_byte_array_append(bytes, (const guint8 *) &line, sizeof line);
			}
		}
	}
	return tells ? XXH3_64bits(bytes->data, bytes->len) : 0;
}

static bool may_be_twins(const struct ksig_pool *joined, uint32_t a, uint32_t b)
{
	uint32_t number = 0;
	const struct ksig_pool *pool = ksig_pool_origin(joined, a, &number);

	return pool->git_dir == NULL || pool != ksig_pool_origin(joined, b, &number);
}

/* In one git history the same change twice is a change, its revert and the change again: no twins. */
static void find_twins(struct ksig_pool *joined, GArray *candidates)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	joined->twins = g_new(uint32_t, candidates->len + 1);
	for (uint32_t c = 0; c < candidates->len; c++) {
		struct ksig_candidate *candidate = &g_array_index(candidates, struct ksig_candidate, c);
		const int64_t key = (int64_t) signature(joined, candidate);
		const guint known = key ? GPOINTER_TO_UINT(g_hash_table_lookup(seen, &key)) : 0;
		joined->twins[c] = c;
		if (known && may_be_twins(joined, known - 1, c)) {
			joined->twins[c] = known - 1;
			candidate->n_files = 0;
		} else if (key && !known) {
			g_hash_table_insert(seen, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(c + 1));
		}
	}
}

static void add_origin(struct ksig_pool *joined, const struct ksig_pool *pool, uint32_t first)
{
	const struct origin origin = {first, pool};

	g_array_append_val(joined->origins, origin);
}

struct ksig_pool *ksig_pool_join(const GPtrArray *pools)
{
	struct ksig_pool *joined = g_new0(struct ksig_pool, 1);
	const struct ksig_pool *only = pools->len == 1 ? pools->pdata[0] : NULL;

	if (only && only->git_dir) {
		*joined = *only;
		joined->name = joined->argument = joined->git_dir = NULL;
		joined->members = NULL;
		joined->mapping = joined->storage = NULL;
		joined->origins = g_array_new(FALSE, FALSE, sizeof(struct origin));
		add_origin(joined, only, 0);
		return joined;
	}
	ksig_pool_writer *writer = ksig_pool_writer_new();
	g_autoptr(GArray) origins = g_array_new(FALSE, FALSE, sizeof(struct origin));
	joined->origins = origins;
	for (guint i = 0; i < pools->len; i++) {
		add_origin(joined, pools->pdata[i], writer->candidates->len);
		ksig_pool_writer_append(writer, pools->pdata[i]);
	}
	ksig_pool_writer_view(writer, joined);
	joined->origins = g_steal_pointer(&origins);
	joined->storage = writer;
	find_twins(joined, writer->candidates);
	return joined;
}
