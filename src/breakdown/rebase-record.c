/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of a rebase: the release's own step with its files, which part is an earlier patch carried or
 * reworked, and a drop for each that is not put on again.
 */
#include "breakdown/rebase-record-internal.h"

#include "breakdown/drop-reason-internal.h"
#include "breakdown/keys-internal.h"
#include "breakdown/rebase-internal.h"

/* How many lines of CHANGE differ; a binary file counts as none. */
static bool count_lines(struct ksig_work *work, const struct ksig_change *change, struct ksig_step_file *row,
			GError **error)
{
	struct ksig_lines old_lines = {NULL};
	struct ksig_lines new_lines = {NULL};
	g_autoptr(GError) reason = NULL;
	g_autoptr(GArray) runs = NULL;

	if (ksig_tree_lines_load(work->store, &change->old_blob, &old_lines, &reason) &&
	    ksig_tree_lines_load(work->store, &change->new_blob, &new_lines, &reason))
		runs = ksig_tree_lines_diff(&old_lines, &new_lines, &reason);
	for (guint i = 0; runs && i < runs->len; i++) {
		const struct ksig_run *run = &g_array_index(runs, struct ksig_run, i);
		row->removed += run->old_count;
		row->added += run->new_count;
	}
	ksig_tree_lines_clear(&old_lines);
	ksig_tree_lines_clear(&new_lines);
	if (reason && !g_error_matches(reason, KSIG_ERROR, KSIG_ERROR_NEGATIVE))
		g_propagate_error(error, g_steal_pointer(&reason));
	return runs != NULL || !reason;
}

static bool record_files(struct ksig_work *work, int64_t step_id, GError **error)
{
	const struct rebase *rebase = work->rebase;
	g_autoptr(GPtrArray)
		changes = ksig_tree_changes(work->store, &rebase->from_tree, &rebase->tree, error);
	g_autoptr(ksig_progress)
		progress = ksig_progress_new("reading the release", changes ? changes->len : 0);

	for (guint i = 0; changes && i < changes->len; i++) {
		const struct ksig_change *change = changes->pdata[i];
		struct ksig_step_file row = {.step_id = step_id, .path = change->path};
		ksig_progress_set(progress, i);
		if (!count_lines(work, change, &row, error) ||
		    !ksig_catalog_add_step_file(work->catalog, &row, error))
			return false;
	}
	return changes != NULL;
}

bool rebase_record_release(struct ksig_work *work, const struct ksig_revision *revision, int *position,
			   GError **error)
{
	const struct rebase *rebase = work->rebase;
	g_autofree char *subject = g_strdup_printf("%s to %s", rebase->from_label, rebase->label);
	char commit[GIT_OID_HEXSZ + 1];
	struct ksig_patch patch = {
		.kind = KSIG_PATCH_RELEASE,
		.confidence = KSIG_NONE,
		.source = (char *) "release",
		.member = rebase->label,
		.subject = subject,
		.purpose =
			(char *) "The way from one upstream release to the next. The patches of the revision "
				 "before are taken off here; those of this one are put on again after it."};

	if (!ksig_catalog_add_patch(work->catalog, &patch, error))
		return false;
	struct ksig_step step = {.patch_id = patch.id,
				 .revision_id = revision->id,
				 .position = ++*position,
				 .action = KSIG_STEP_INTRODUCE,
				 .commit = git_oid_tostr(commit, sizeof commit, &rebase->commit)};
	return ksig_catalog_add_step(work->catalog, &step, error) && record_files(work, step.id, error);
}

bool rebase_take(struct ksig_work *work, uint32_t part, struct ksig_step *step, bool *out_taken,
		 GError **error)
{
	struct ksig_patch *patch = work->rebase->matches[part];
	const struct ksig_part *one = &g_array_index(work->assignment->parts, struct ksig_part, part);
	uint32_t number = 0;

	*out_taken = patch != NULL;
	if (!patch)
		return true;
	step->patch_id = patch->id;
	step->action = work->rebase->actions[part];
	if (!one->set)
		return true;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(work->pool, one->candidate, &number);
	const struct ksig_candidate *candidate = &origin->candidates[number];
	g_autofree char *upstream = ksig_upstream_pool_upstream(work->pool, one->candidate);
	g_autofree char *hex = candidate->member ? NULL : ksig_upstream_candidate_hex(candidate);
	g_autofree char *content = key_of_content(origin, number);
	const struct ksig_patch moved = {
		.id = patch->id,
		.source = origin->name,
		.upstream = upstream ? upstream : patch->upstream,
		.candidate = hex,
		.member = candidate->member ? (char *) ksig_upstream_pool_string(origin, candidate->member)
					    : NULL,
		.content = content};
	return ksig_catalog_move_patch(work->catalog, &moved, error);
}

/* Why PATCH is in all the same; NULL: it is not. */
static char *still_in(const struct ksig_work *work, const struct ksig_patch *patch)
{
	const struct ksig_contained_part *one = g_hash_table_lookup(work->rebase->contained, &patch->id);

	if (!one)
		return NULL;
	if (one->part == KSIG_NO_OWNER)
		return g_strdup("still in, without a line of its own");
	return g_strdup_printf("still in: patch %" G_GINT64_FORMAT " rewrote all of its lines",
			       work->patch_ids[one->part]);
}

/* Why PATCH is not put on again. */
static char *reason_of(struct ksig_work *work, const struct ksig_patch *patch, GError **error)
{
	const struct rebase *rebase = work->rebase;
	char *still = still_in(work, patch);

	if (still)
		return still;
	g_autoptr(GPtrArray) steps = ksig_catalog_steps_of_patch(work->catalog, patch->id, error);
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (guint i = 0; steps && i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		const guint known = step->commit ? GPOINTER_TO_UINT(
							   g_hash_table_lookup(rebase->step_of, step->commit))
						 : 0;
		const uint32_t number = known - 1;
		if (known)
			g_array_append_val(numbers, number);
	}
	return steps ? drop_reason(work, rebase->steps, numbers, error) : NULL;
}

bool rebase_record_dropped(struct ksig_work *work, const struct ksig_revision *revision, int *position,
			   GError **error)
{
	const struct rebase *rebase = work->rebase;

	for (guint i = 0; i < rebase->live->len; i++) {
		const struct ksig_patch *patch = rebase->live->pdata[i];
		if (g_hash_table_contains(rebase->taken, &patch->id))
			continue;
		g_autofree char *reason = reason_of(work, patch, error);
		struct ksig_step step = {.patch_id = patch->id,
					 .revision_id = revision->id,
					 .position = ++*position,
					 .action = KSIG_STEP_DROP,
					 .reason = reason};
		if (!reason)
			return false;
		if (!ksig_catalog_add_step(work->catalog, &step, error))
			return false;
	}
	return true;
}
