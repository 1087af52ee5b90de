/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "breakdown/record-internal.h"

#include "breakdown/rebase-internal.h"
#include "upstream/upstream.h"

/* ---- what the catalog knows already -------------------------------------------------------------- */

bool record_last(struct ksig_work *work, git_oid *out_tree, git_oid *out_commit, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(work->catalog, error);

	if (!revisions)
		return false;
	const struct ksig_revision *last = revisions->pdata[revisions->len - 1];
	if (git_oid_fromstr(out_tree, last->tree) != 0 || git_oid_fromstr(out_commit, last->commit) != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "catalog: revision %s has no tree or commit",
				      last->label);
	return true;
}

bool record_write_commit(const ksig_store *store, const git_oid *tree, const git_oid *parent,
			 const char *message, git_oid *out_commit, GError **error)
{
	g_autoptr(git_odb) odb = NULL;
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, "tree %s\n", git_oid_tostr_s(tree));
	if (parent)
		g_string_append_printf(text, "parent %s\n", git_oid_tostr_s(parent));
	g_string_append_printf(text, "author ksig <ksig> 0 +0000\ncommitter ksig <ksig> 0 +0000\n\n%s\n",
			       message);
	int code = git_repository_odb(&odb, ksig_tree_store_repository(store));
	if (code == 0)
		code = git_odb_write(out_commit, odb, text->str, text->len, GIT_OBJECT_COMMIT);
	return code == 0 || ksig_tree_git_error(error, code, "commit");
}

char *record_candidate_key(const struct ksig_pool *origin, uint32_t number)
{
	const struct ksig_candidate *candidate = &origin->candidates[number];

	if (candidate->member)
		return g_strdup_printf("%s\n%s", origin->name,
				       ksig_upstream_pool_string(origin, candidate->member));
	return ksig_upstream_candidate_hex(candidate); /* a git history's: it has one */
}

char *record_candidate_content(const struct ksig_pool *origin, uint32_t number)
{
	const uint64_t content = ksig_upstream_candidate_content(origin, &origin->candidates[number]);

	return content ? g_strdup_printf("%016" G_GINT64_MODIFIER "x", content) : NULL;
}

char *record_patch_key(const struct ksig_patch *patch)
{
	if (patch->member)
		return g_strdup_printf("%s\n%s", patch->source ? patch->source : "", patch->member);
	return g_strdup(patch->upstream ? patch->upstream : "");
}

bool record_carried(struct ksig_work *work, GError **error)
{
	const struct ksig_filter all = {0};
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(work->catalog, &all, error);
	g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	if (!patches)
		return false;
	if (work->rebase) /* all are taken off, and looked for again */
		g_ptr_array_set_size(patches, 0);
	for (guint i = 0; i < patches->len; i++) {
		const struct ksig_patch *patch = patches->pdata[i];
		if (!patch->dropped)
			g_hash_table_add(keys, record_patch_key(patch));
	}
	if (!work->rebase && !record_add_contained(work->catalog, patches, keys, error))
		return false;
	g_free(work->carried);
	work->carried = g_new0(uint8_t, work->pool->n_candidates + 1);
	for (uint32_t c = 0; c < work->pool->n_candidates; c++) {
		uint32_t number = 0;
		const struct ksig_pool *origin = ksig_upstream_pool_origin(work->pool, c, &number);
		g_autofree char *key = record_candidate_key(origin, number);
		work->carried[c] = g_hash_table_contains(keys, key);
	}
	return true;
}

bool record_keep_commit(struct ksig_work *work, const char *name, const char *commit, GError **error)
{
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA1, name, -1);
	g_autofree char *reference_name = g_strdup_printf("refs/ksig/%s", digest);
	g_autoptr(git_reference) reference = NULL;
	git_oid id;
	int code = git_oid_fromstr(&id, commit);

	if (code == 0)
		code = git_reference_create(&reference, ksig_tree_store_repository(work->store),
					    reference_name, &id, 1, NULL);
	return code == 0 || ksig_tree_git_error(error, code, "%s", reference_name);
}

/* ---- a revision ---------------------------------------------------------------------------------- */

static char *message_of_part(uint32_t index, void *data)
{
	const struct ksig_work *work = data;
	const struct part *part = &g_array_index(work->assignment->parts, struct part, index);
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

static void summarise(const struct ksig_work *work, struct ksig_breakdown_revision *result)
{
	result->changed_lines = work->target->changed_lines;
	result->explained_lines = work->assignment->explained;
	result->missing_blobs = work->target->n_missing;
	result->entries_vanished = work->entries ? work->entries->vanished : 0;
	result->dropped = left_behind(work->rebase);
	for (guint p = 0; p < work->assignment->parts->len; p++) {
		const struct part *part = &g_array_index(work->assignment->parts, struct part, p);
		if (part->undoes)
			result->dropped += part->action == KSIG_STEP_DROP && part->lines > 0;
		else if (work->rebase && work->rebase->matches[p])
			result->carried++;
		else
			result->patches[part->kind]++;
	}
}

static const git_oid *last_commit(const GPtrArray *steps, const git_oid *parent)
{
	const git_oid *last = parent;

	for (guint i = 0; i < steps->len; i++) {
		const struct built_step *step = steps->pdata[i];
		if (step->files->len > 0)
			last = &step->commit;
	}
	return last;
}

static bool write_rows(struct ksig_work *work, struct ksig_revision *revision, const GPtrArray *steps,
		       GError **error)
{
	g_autoptr(ksig_progress) progress = ksig_progress_new("recording", steps->len);
	int position = 0;

	if (!ksig_catalog_last_position(work->catalog, NULL, &position, error) ||
	    !ksig_catalog_add_revision(work->catalog, revision, error) ||
	    (work->rebase && !rebase_record_release(work, revision, &position, error)))
		return false;
	for (guint i = 0; i < steps->len; i++) {
		ksig_progress_set(progress, i);
		if (!record_part(work, steps->pdata[i], revision, ++position, error))
			return false;
	}
	return !work->rebase || rebase_record_dropped(work, revision, &position, error);
}

/* The day of the changelog's newest release, which is this one. */
static const char *newest_date(const entry_set *entries)
{
	return entries && entries->releases->len > 0
		       ? ((const struct ksig_changelog_release *) entries->releases->pdata[0])->date
		       : NULL;
}

bool record_revision(struct ksig_work *work, const struct ksig_kernel *kernel, const git_oid *parent,
		     struct ksig_breakdown_revision *result, GError **error)
{
	g_autoptr(GPtrArray) steps = rebuild_chain(work->assignment, parent, message_of_part, work, error);
	char commit[GIT_OID_HEXSZ + 1];

	if (!steps || (work->rebase && !rebase_match(work, steps, error)))
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
		.date = (char *) newest_date(work->entries),
	};
	if (!record_keep_commit(work, kernel->label, commit, error) ||
	    !ksig_catalog_begin(work->catalog, error))
		return false;
	g_autofree int64_t *patch_ids = g_new0(int64_t, steps->len + 1);
	work->patch_ids = patch_ids;
	if (!write_rows(work, &revision, steps, error) || !record_entries(work, &revision, result, error) ||
	    (work->entries && !agreement_keep(work->catalog, &work->rounds->agreement, error)) ||
	    !record_sum_rest(work, revision.id, result, error) ||
	    !ksig_catalog_commit(work->catalog, error)) {
		ksig_catalog_rollback(work->catalog);
		return false;
	}
	return true;
}
