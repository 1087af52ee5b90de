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
	int code = git_repository_odb(&odb, ksig_store_repository(store));
	if (code == 0)
		code = git_odb_write(out_commit, odb, text->str, text->len, GIT_OBJECT_COMMIT);
	return code == 0 || ksig_tree_git_error(error, code, "commit");
}

char *record_candidate_key(const struct ksig_pool *origin, uint32_t number)
{
	const struct ksig_candidate *candidate = &origin->candidates[number];

	if (candidate->member)
		return g_strdup_printf("%s\n%s", origin->name, ksig_pool_string(origin, candidate->member));
	return ksig_candidate_hex(candidate); /* a git history's: it has one */
}

char *record_candidate_content(const struct ksig_pool *origin, uint32_t number)
{
	const uint64_t content = ksig_candidate_content(origin, &origin->candidates[number]);

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
		const struct ksig_pool *origin = ksig_pool_origin(work->pool, c, &number);
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
		code = git_reference_create(&reference, ksig_store_repository(work->store), reference_name,
					    &id, 1, NULL);
	return code == 0 || ksig_tree_git_error(error, code, "%s", reference_name);
}

/* ---- references ---------------------------------------------------------------------------------- */

static bool refer(struct ksig_work *work, int64_t id, const char *kind, const char *value, GError **error)
{
	const struct ksig_reference reference = {
		.patch_id = id, .kind = (char *) kind, .value = (char *) value};

	return ksig_catalog_add_reference(work->catalog, &reference, error);
}

static bool refer_all(struct ksig_work *work, int64_t id, const char *kind, char *const *values,
		      GError **error)
{
	for (; values && *values; values++)
		if (!refer(work, id, kind, *values, error))
			return false;
	return true;
}

static bool refer_list(struct ksig_work *work, int64_t id, const char *kind, const GPtrArray *values,
		       GError **error)
{
	for (guint i = 0; values && i < values->len; i++)
		if (!refer(work, id, kind, values->pdata[i], error))
			return false;
	return true;
}

static bool refer_header(struct ksig_work *work, int64_t id, const struct ksig_header *header, GError **error)
{
	return refer_all(work, id, "cve", header->cves, error) &&
	       refer_all(work, id, "ticket", header->tickets, error) &&
	       refer_list(work, id, "fixes", header->fixes, error) &&
	       refer_list(work, id, "reverts", header->reverts, error);
}

/* ---- patches ------------------------------------------------------------------------------------- */

static char *iso_time(int64_t seconds)
{
	g_autoptr(GDateTime) time = seconds ? g_date_time_new_from_unix_utc(seconds) : NULL;

	return time ? g_date_time_format_iso8601(time) : NULL;
}

static char *upstream_of(const struct ksig_candidate *candidate, const struct ksig_header *header)
{
	char *hex = ksig_candidate_hex(candidate);

	return hex ? hex : g_strdup(header->upstream);
}

static bool add_candidate(struct ksig_work *work, const struct part *part, int64_t *out_id, GError **error)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_pool_origin(work->pool, part->candidate, &number);
	const struct ksig_candidate *candidate = &origin->candidates[number];
	g_autoptr(ksig_header) header = ksig_pool_header(origin, work->store, number, error);

	if (!header)
		return false;
	g_autofree char *upstream = upstream_of(candidate, header);
	g_autofree char *commit_date = iso_time(candidate->commit_time);
	g_autofree char *content = record_candidate_content(origin, number);
	struct ksig_patch patch = {
		.kind = part->kind,
		.confidence = (double) part->confidence,
		.source = origin->name,
		.upstream = upstream,
		.member = candidate->member ? (char *) ksig_pool_string(origin, candidate->member) : NULL,
		.subject = header->subject,
		.author = header->author,
		.email = header->email,
		.author_date = header->date,
		.commit_date = commit_date,
		.purpose = header->message,
		.content = content,
	};
	if (!ksig_catalog_add_patch(work->catalog, &patch, error))
		return false;
	*out_id = patch.id;
	return record_say_evidence(work, patch.id, part->candidate, error) &&
	       record_say_rivals(work, patch.id, part, error) && refer_header(work, patch.id, header, error);
}

/* An import has no commit of its own upstream: it names those that it contains. */
static bool add_import(struct ksig_work *work, const struct part *part, int64_t *out_id, GError **error)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_pool_origin(work->pool, part->candidate, &number);
	g_autofree char *date = iso_time(origin->candidates[number].commit_time);
	g_autofree char *subject = ksig_utf8(part->subject, -1);
	g_autofree char *purpose = record_import_purpose(work, part->import);
	struct ksig_patch patch = {.kind = part->kind,
				   .confidence = (double) part->confidence,
				   .source = origin->name,
				   .subject = subject,
				   .commit_date = date,
				   .purpose = purpose};

	if (!ksig_catalog_add_patch(work->catalog, &patch, error))
		return false;
	*out_id = patch.id;
	return record_say_contained(work, patch.id, part->import, error);
}

static bool add_vendor(struct ksig_work *work, const struct part *part, int64_t *out_id, GError **error)
{
	g_autofree char *subject = ksig_utf8(part->subject, -1);
	g_autofree char *purpose = record_purpose(work, part);
	struct ksig_patch patch = {.kind = KSIG_PATCH_VENDOR,
				   .confidence = (double) part->confidence,
				   .subject = subject,
				   .purpose = purpose};

	if (!ksig_catalog_add_patch(work->catalog, &patch, error))
		return false;
	*out_id = patch.id;
	return record_say_rest(work, patch.id, part, error);
}

static bool add_files(struct ksig_work *work, const struct built_step *built, int64_t step_id, GError **error)
{
	for (guint i = 0; i < built->files->len; i++) {
		const struct built_file *file = &g_array_index(built->files, struct built_file, i);
		const struct ksig_step_file row = {
			.step_id = step_id,
			.path = work->target->files[file->file].change->path,
			.added = file->added,
			.removed = file->removed,
		};
		if (!ksig_catalog_add_step_file(work->catalog, &row, error))
			return false;
	}
	return true;
}

static bool add_patch(struct ksig_work *work, const struct part *part, int64_t *out_id, GError **error)
{
	if (part->import)
		return add_import(work, part, out_id, error);
	return part->set ? add_candidate(work, part, out_id, error) : add_vendor(work, part, out_id, error);
}

/* Why the patch that PART takes back is dropped. */
static char *reason_of(struct ksig_work *work, const struct part *part, GError **error)
{
	g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	g_array_append_val(steps, part->candidate);
	return record_drop_reason(work, part->set->pool, steps, error);
}

static bool add_part(struct ksig_work *work, const struct built_step *built,
		     const struct ksig_revision *revision, int position, GError **error)
{
	const struct part *part = &g_array_index(work->assignment->parts, struct part, built->part);
	struct ksig_step step = {.revision_id = revision->id,
				 .position = position,
				 .action = part->action,
				 .patch_id = part->undoes};
	char commit[GIT_OID_HEXSZ + 1];

	if (part->undoes && built->files->len == 0)
		return true; /* its lines turned out to be others' */
	g_autofree char *reason = NULL;
	if (part->undoes && part->action == KSIG_STEP_DROP) {
		reason = reason_of(work, part, error);
		if (!reason)
			return false;
	}
	step.reason = reason;
	bool taken = false;
	if (work->rebase && !rebase_take(work, built->part, &step, &taken, error))
		return false;
	if (part->undoes == 0 && !taken && !add_patch(work, part, &step.patch_id, error))
		return false;
	work->patch_ids[built->part] = step.patch_id;
	if (built->files->len > 0)
		step.commit = git_oid_tostr(commit, sizeof commit, &built->commit);
	return ksig_catalog_add_step(work->catalog, &step, error) && add_files(work, built, step.id, error);
}

/* ---- the changelog's entries --------------------------------------------------------------------- */

/* The number of the part of each candidate, + 1; 0: not chosen. */
static uint32_t *parts_of_candidates(const struct ksig_work *work)
{
	uint32_t *map = g_new0(uint32_t, work->pool->n_candidates + 1);

	for (guint p = 0; p < work->assignment->parts->len; p++) {
		const struct part *part = &g_array_index(work->assignment->parts, struct part, p);
		if (part->set == work->set)
			map[part->candidate] = p + 1;
		for (guint i = 0; part->import && i < part->import->candidates->len; i++)
			map[g_array_index(part->import->candidates, uint32_t, i)] = p + 1;
	}
	return map;
}

/* The number of the vendor part that each entry names, + 1; 0: none. */
static uint32_t *parts_of_entries(const struct ksig_work *work)
{
	uint32_t *map = g_new0(uint32_t, work->entries->matches->len + 1);

	for (guint p = 0; p < work->assignment->parts->len; p++) {
		const struct part *part = &g_array_index(work->assignment->parts, struct part, p);
		for (guint i = 0; part->entries && i < part->entries->len; i++)
			map[g_array_index(part->entries, uint32_t, i)] = p + 1;
	}
	return map;
}

static uint32_t part_of_match(const struct entry_match *match, const uint32_t *parts)
{
	for (guint c = 0; c < match->candidates->len; c++) {
		const uint32_t part = parts[g_array_index(match->candidates, uint32_t, c)];
		if (part)
			return part;
	}
	return 0;
}

static bool tell_patch(struct ksig_work *work, int64_t patch_id, const struct entry_match *match,
		       GError **error)
{
	return record_say(work, patch_id, "changelog", (double) work->rounds->word[1],
			  g_strdup_printf("named in %s: %s", match->release->label, match->entry->text),
			  error) &&
	       refer_all(work, patch_id, "cve", match->entry->cves, error) &&
	       refer_all(work, patch_id, "ticket", match->entry->tickets, error);
}

static bool add_entry(struct ksig_work *work, const struct ksig_revision *revision,
		      const struct entry_match *match, int64_t patch_id, GError **error)
{
	struct ksig_entry entry = {
		.revision_id = revision->id,
		.release = match->release->label,
		.date = match->release->date,
		.position = match->position,
		.subject = match->entry->subject,
		.subsystem = match->entry->subsystem,
		.author = match->entry->author,
		.text = match->entry->text,
		.patch_id = patch_id,
	};

	return ksig_catalog_add_entry(work->catalog, &entry, error);
}

static bool add_entries(struct ksig_work *work, const struct ksig_revision *revision,
			struct ksig_breakdown_revision *result, GError **error)
{
	if (!work->entries)
		return true;
	g_autofree uint32_t *parts = parts_of_candidates(work);
	g_autofree uint32_t *named = parts_of_entries(work);
	for (guint i = 0; i < work->entries->matches->len; i++) {
		const struct entry_match *match = &g_array_index(work->entries->matches, struct entry_match,
								 i);
		const uint32_t part = named[i] ? named[i] : part_of_match(match, parts);
		const int64_t patch_id = part ? work->patch_ids[part - 1] : 0;
		result->entries += match->entry_id == 0;
		result->entries_found += patch_id != 0;
		if (match->entry_id == 0 && !add_entry(work, revision, match, patch_id, error))
			return false;
		if (match->entry_id && patch_id &&
		    !ksig_catalog_link_entry(work->catalog, match->entry_id, patch_id, error))
			return false;
		if (patch_id && !tell_patch(work, patch_id, match, error))
			return false;
	}
	return true;
}

/* ---- a revision ---------------------------------------------------------------------------------- */

static char *message_of_part(uint32_t index, void *data)
{
	const struct ksig_work *work = data;
	const struct part *part = &g_array_index(work->assignment->parts, struct part, index);
	const char *subject = part->set && !part->import
				      ? ksig_pool_string(part->set->pool,
							 part->set->pool->candidates[part->candidate].subject)
				      : part->subject;

	g_autofree char *text = ksig_utf8(subject, -1);
	if (part->undoes == 0)
		return g_steal_pointer(&text);
	return g_strdup_printf("%s: %s", ksig_step_action_name(part->action), text);
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
		if (!add_part(work, steps->pdata[i], revision, ++position, error))
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
	if (!write_rows(work, &revision, steps, error) || !add_entries(work, &revision, result, error) ||
	    (work->entries && !agreement_keep(work->catalog, &work->rounds->agreement, error)) ||
	    !record_sum_rest(work, revision.id, result, error) ||
	    !ksig_catalog_commit(work->catalog, error)) {
		ksig_catalog_rollback(work->catalog);
		return false;
	}
	return true;
}
