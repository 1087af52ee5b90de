/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which commit a candidate is upstream, and which candidate a commit is. */
#include "upstream/ids-internal.h"

#include <string.h>

enum { ID_DIGITS = 40, PREFIX_DIGITS = 16, PLAIN_RANK = 3, MANY = 4 };

void ids_count(struct ksig_pool *pool)
{
	uint64_t named = 0;

	for (uint32_t c = 0; c < pool->n_candidates; c++)
		named += pool->candidates[c].named_digits > 0;
	pool->names_upstream = named * MANY >= pool->n_candidates;
}

static char *hex_of(const uint8_t *id, size_t digits)
{
	char *hex = g_malloc(digits + 1);

	for (size_t i = 0; i < digits; i++)
		hex[i] = "0123456789abcdef"[i % 2 ? id[i / 2] & 15 : id[i / 2] >> 4];
	hex[digits] = '\0';
	return hex;
}

/* Whether what CANDIDATE names is what it is. */
static bool is_named(const struct ksig_pool *pool, const struct ksig_candidate *candidate)
{
	return candidate->named_digits > 0 &&
	       (candidate->member || pool->names_upstream || candidate->named_rank <= PLAIN_RANK);
}

char *ksig_upstream_candidate_hex(const struct ksig_candidate *candidate)
{
	static const uint8_t none[sizeof candidate->id];

	if (memcmp(candidate->id, none, sizeof none) == 0)
		return NULL;
	char *hex = g_malloc(ID_DIGITS + 1);
	for (size_t i = 0; i < sizeof candidate->id; i++)
		g_snprintf(hex + 2 * i, 3, "%02x", candidate->id[i]);
	return hex;
}

char *ksig_upstream_candidate_upstream(const struct ksig_pool *pool, const struct ksig_candidate *candidate)
{
	if (is_named(pool, candidate) && candidate->named_digits == ID_DIGITS)
		return hex_of(candidate->named, ID_DIGITS);
	return ksig_upstream_candidate_hex(candidate);
}

int64_t ksig_upstream_candidate_born(const struct ksig_candidate *candidate)
{
	const int64_t times[] = {candidate->author_time, candidate->commit_time, candidate->quoted_time};
	int64_t born = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
		if (times[i] > 0 && (born == 0 || times[i] < born))
			born = times[i];
	return born;
}

/* ---- the ids of a joined pool -------------------------------------------------------------------- */

struct known_id {
	uint64_t prefix;
	uint32_t candidate;
	uint32_t named; /* 1: the candidate only names it */
};

static uint64_t prefix_of(const uint8_t *id)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 8; i++)
		value = value << 8 | id[i];
	return value;
}

static int compare_ids(const void *a, const void *b)
{
	const struct known_id *left = a;
	const struct known_id *right = b;

	if (left->prefix != right->prefix)
		return left->prefix < right->prefix ? -1 : 1;
	if (left->named != right->named)
		return left->named < right->named ? -1 : 1;
	return left->candidate < right->candidate ? -1 : left->candidate > right->candidate;
}

void ids_sort(struct ksig_pool *joined)
{
	joined->ids = g_array_sized_new(FALSE, FALSE, sizeof(struct known_id), joined->n_candidates);
	for (uint32_t c = 0; c < joined->n_candidates; c++) {
		const struct ksig_candidate *candidate = &joined->candidates[c];
		uint32_t number = 0;
		const struct known_id own = {prefix_of(candidate->id), c, 0};
		const struct known_id named = {prefix_of(candidate->named), c, 1};
		if (own.prefix)
			g_array_append_val(joined->ids, own);
		if (candidate->named_digits >= PREFIX_DIGITS &&
		    is_named(ksig_upstream_pool_origin(joined, c, &number), candidate))
			g_array_append_val(joined->ids, named);
	}
	g_array_sort(joined->ids, compare_ids);
}

static const struct known_id *find(const struct ksig_pool *joined, uint64_t prefix, unsigned digits)
{
	const struct known_id *ids = (const struct known_id *) joined->ids->data;
	const uint64_t mask = ~0ULL << (64 - 4 * CLAMP(digits, 1, PREFIX_DIGITS));
	guint low = 0;
	guint high = joined->ids->len;

	while (low < high) {
		const guint middle = low + (high - low) / 2;
		if (ids[middle].prefix < (prefix & mask))
			low = middle + 1;
		else
			high = middle;
	}
	return low < joined->ids->len && (ids[low].prefix & mask) == (prefix & mask) ? &ids[low] : NULL;
}

uint32_t ksig_upstream_pool_find(const struct ksig_pool *joined, uint64_t prefix, unsigned digits)
{
	const struct known_id *known = find(joined, prefix, digits);

	return known ? known->candidate : UINT32_MAX;
}

char *ksig_upstream_pool_upstream(const struct ksig_pool *joined, uint32_t candidate)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(joined, candidate, &number);
	const struct ksig_candidate *own = &origin->candidates[number];

	if (is_named(origin, own) && own->named_digits < ID_DIGITS) {
		const struct known_id *known = find(joined, prefix_of(own->named), own->named_digits);
		const struct ksig_candidate *other = known ? &joined->candidates[known->candidate] : NULL;
		if (other && !(known->named && other->named_digits < ID_DIGITS))
			return hex_of(known->named ? other->named : other->id, ID_DIGITS);
	}
	return ksig_upstream_candidate_upstream(origin, own);
}
