/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of what is in without a line of its own, with the reason: history, superseded, series, import, undone.
 */
#include "breakdown/record-contained-internal.h"

#include "breakdown/keys-internal.h"

static const char UNDONE[] = "undone";

static int64_t patch_of(const struct ksig_work *work, uint32_t part)
{
	return part == KSIG_NO_OWNER ? 0 : work->patch_ids[part];
}

static char *reason_of(const struct ksig_work *work, uint32_t c, const char *kind)
{
	if (g_str_equal(kind, "history"))
		return g_strdup_printf(
			"upstream's history leads through it to what %u files are; later commits "
			"rewrote all of its lines",
			work->rounds->set->candidates[c].reached);
	if (g_str_equal(kind, "superseded"))
		return g_strdup("its lines were rewritten by patches that are carried");
	if (g_str_equal(kind, "series"))
		return g_strdup("its series is carried, and others of it rewrote all of its lines");
	if (g_str_equal(kind, "import"))
		return g_strdup("it made files that came in as a whole");
	return g_strdup("it is in, and so is what takes it back: nothing of it is left");
}

static bool add(struct ksig_work *work, const struct ksig_revision *revision, uint32_t c, const char *kind,
		int64_t patch_id, GError **error)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(work->pool, c, &number);
	const struct ksig_candidate *candidate = &origin->candidates[number];
	g_autofree char *upstream = ksig_upstream_pool_upstream(work->pool, c);
	g_autofree char *hex = candidate->member ? NULL : ksig_upstream_candidate_hex(candidate);
	g_autofree char *member = candidate->member
					  ? g_strdup(ksig_upstream_pool_string(origin, candidate->member))
					  : NULL;
	g_autofree char *subject = ksig_utf8(ksig_upstream_pool_string(origin, candidate->subject), -1);
	g_autofree char *reason = reason_of(work, c, kind);
	const struct ksig_contained row = {.revision_id = revision->id,
					   .patch_id = patch_id,
					   .kind = (char *) kind,
					   .source = origin->name,
					   .upstream = upstream,
					   .candidate = hex,
					   .member = member,
					   .subject = subject,
					   .reason = reason};

	return ksig_catalog_add_contained(work->catalog, &row, error);
}

static bool add_prehistory(struct ksig_work *work, const struct ksig_revision *revision, uint32_t p,
			   GError **error)
{
	const struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, p);

	for (guint i = 0; part->import && i < part->import->before->len; i++)
		if (!add(work, revision, g_array_index(part->import->before, uint32_t, i), "import",
			 work->patch_ids[p], error))
			return false;
	return true;
}

bool record_contained(struct ksig_work *work, const struct ksig_revision *revision, GError **error)
{
	const GArray *contained = work->assignment->contained;

	for (guint i = 0; i < contained->len; i++) {
		const struct ksig_contained_part *one = &g_array_index(contained, struct ksig_contained_part,
								       i);
		if (!add(work, revision, one->candidate, one->kind, patch_of(work, one->part), error))
			return false;
	}
	for (guint p = 0; p < work->assignment->parts->len; p++)
		if (!add_prehistory(work, revision, p, error))
			return false;
	return true;
}

bool record_contained_keys(ksig_catalog *catalog, GHashTable *keys, GError **error)
{
	g_autoptr(GPtrArray) contained = ksig_catalog_contained(catalog, 0, NULL, error);

	for (guint i = 0; contained && i < contained->len; i++) {
		const struct ksig_contained *one = contained->pdata[i];
		const struct ksig_patch as_patch = {.source = one->source,
						    .candidate = one->candidate,
						    .upstream = one->upstream,
						    .member = one->member};
		if (!g_str_equal(one->kind, UNDONE))
			g_hash_table_add(keys, key_of_patch(&as_patch));
	}
	return contained != NULL;
}
