/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One revision's transaction: the chain is rebuilt, kinds are decided, revision and parts are written, counts
 * summed up. A part's own rows are in record-patch.c.
 */
#include "breakdown/record-internal.h"

#include "assign/rebuild.h"
#include "breakdown/commit-internal.h"
#include "breakdown/origin-internal.h"
#include "breakdown/rebase-internal.h"
#include "breakdown/rebase-record-internal.h"
#include "breakdown/record-contained-internal.h"
#include "breakdown/record-entries-internal.h"
#include "breakdown/record-patch-internal.h"
#include "breakdown/unexplained-places-internal.h"
#include "match/changelog-likelihood.h"
#include "match/nearer-base.h"

#include <math.h>

static char *message_of_part(uint32_t index, void *data)
{
	const struct ksig_work *work = data;
	const struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, index);
	const char *subject = part->set && !part->import
				      ? ksig_upstream_pool_string(
						part->set->pool,
						part->set->pool->candidates[part->candidate].subject)
				      : part->subject;

	g_autofree char *text = ksig_utf8(subject, -1);
	if (part->undoes == 0)
		return g_steal_pointer(&text);
	return g_strdup_printf("%s: %s", ksig_catalog_step_action_name(part->action), text);
}

/* Patches that a newer release leaves behind. */
static uint32_t left_behind(const struct rebase *rebase)
{
	return rebase ? rebase->live->len - g_hash_table_size(rebase->taken) : 0;
}

static void note_nearer(const struct ksig_work *work, struct ksig_breakdown_revision *result)
{
	struct ksig_nearer_base nearer;

	if (!ksig_match_nearer_base_find(work->rounds->set, &nearer))
		return;
	result->nearer = ksig_upstream_candidate_hex(&work->pool->candidates[nearer.candidate]);
	result->nearer_files = nearer.files;
	result->files = nearer.of_files;
}

/* Lines that candidates of the vendor's own pools explain: not upstream's. */
static uint64_t own_lines(const struct ksig_work *work)
{
	uint64_t lines = 0;

	for (guint p = 0; p < work->assignment->parts->len; p++) {
		const struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, p);
		lines += part->set && part->kind == KSIG_PATCH_VENDOR ? part->lines : 0;
	}
	return MIN(lines, work->assignment->explained);
}

static void summarise(const struct ksig_work *work, struct ksig_breakdown_revision *result)
{
	result->changed_lines = work->target->changed_lines;
	result->explained_lines = work->assignment->explained - own_lines(work);
	result->missing_blobs = work->target->n_missing;
	result->entries_vanished = work->entries ? work->entries->vanished : 0;
	result->gap_from = work->entries ? g_strdup(work->entries->gap_from) : NULL;
	result->gap_to = work->entries ? g_strdup(work->entries->gap_to) : NULL;
	result->dropped = left_behind(work->rebase);
	for (guint p = 0; p < work->assignment->parts->len; p++) {
		const struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, p);
		if (part->undoes)
			result->dropped += part->action == KSIG_STEP_DROP && part->lines > 0;
		else if (work->rebase && work->rebase->matches[p])
			result->carried++;
		else
			result->patches[part->kind]++;
	}
	note_nearer(work, result);
	result->contained = work->assignment->contained->len;
	result->late = work->rounds->n_late;
	result->latest = work->rounds->n_latest;
	if (result->latest > 0) {
		g_autoptr(GDateTime) by = g_date_time_new_from_unix_utc(work->rounds->latest_by);
		result->latest_by = g_date_time_format(by, "%F");
	}
}

static const git_oid *last_commit(const GPtrArray *steps, const git_oid *parent)
{
	const git_oid *last = parent;

	for (guint i = 0; i < steps->len; i++) {
		const struct ksig_built_step *step = steps->pdata[i];
		if (step->files->len > 0)
			last = &step->commit;
	}
	return last;
}

static bool put_model(struct ksig_work *work, struct ksig_revision *revision, GError **error)
{
	ksig_model *model = work->model;

	work->catalog_model = (struct ksig_catalog_model){
		.name = model->name, .version = model->version, .checksum = model->checksum};
	if (!ksig_catalog_put_model(work->catalog, &work->catalog_model, model->features, model->meanings,
				    model->together, error))
		return false;
	revision->model_id = work->catalog_model.id;
	return true;
}

static bool write_rows(struct ksig_work *work, struct ksig_revision *revision, const GPtrArray *steps,
		       GError **error)
{
	g_autoptr(ksig_progress) progress = ksig_progress_new("recording", steps->len);
	int position = 0;

	if (!ksig_catalog_last_position(work->catalog, NULL, &position, error) ||
	    !put_model(work, revision, error) || !ksig_catalog_add_revision(work->catalog, revision, error) ||
	    (work->rebase && !rebase_record_release(work, revision, &position, error)))
		return false;
	for (guint i = 0; i < steps->len; i++) {
		ksig_progress_set(progress, i);
		if (!record_part(work, steps->pdata[i], revision, ++position, error))
			return false;
	}
	return !work->rebase || rebase_record_dropped(work, revision, &position, error);
}

bool record_revision(struct ksig_work *work, const struct ksig_kernel *kernel, const git_oid *parent,
		     struct ksig_breakdown_revision *result, GError **error)
{
	g_autoptr(GPtrArray) steps = ksig_assign_rebuild(work->store, work->assignment, parent,
							 message_of_part, work, error);
	char commit[GIT_OID_HEXSZ + 1];

	if (!steps || !origin_decide(work, steps, error) ||
	    (work->rebase && !rebase_match(work->rebase, work->pool, work->assignment, steps, error)))
		return false;
	summarise(work, result);
	git_oid_tostr(commit, sizeof commit, last_commit(steps, parent));
	struct ksig_revision revision = {
		.label = kernel->label,
		.argument = kernel->argument,
		.tree = result->tree,
		.commit = commit,
		.changed_lines = (int64_t) result->changed_lines,
		.explained_lines = (int64_t) result->explained_lines,
		.date = (char *) (work->date      ? work->date
				  : work->entries ? work->entries->date
						  : NULL),
		.threshold = round((double) work->threshold * 1e6) / 1e6 /* 0.7, as it was written */,
	};
	if (!commit_keep(work->store, kernel->label, commit, error) ||
	    !ksig_tree_store_sync(work->store, error) || !ksig_catalog_begin(work->catalog, error))
		return false;
	g_autofree int64_t *patch_ids = g_new0(int64_t, steps->len + 1);
	work->patch_ids = patch_ids;
	if (!write_rows(work, &revision, steps, error) || !record_contained(work, &revision, error) ||
	    !record_entries(work, &revision, result, error) ||
	    (work->entries && !ksig_match_agreement_keep(work->catalog, &work->rounds->agreement, error)) ||
	    !unexplained_places_sum(work, revision.id, result, error) ||
	    !ksig_catalog_commit(work->catalog, error)) {
		ksig_catalog_rollback(work->catalog);
		return false;
	}
	return true;
}
