/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a patch: what it is, what it refers to, what a revision does with it, in which files. */
#include "breakdown/record-patch-internal.h"

#include "breakdown/drop-reason-internal.h"
#include "breakdown/keys-internal.h"
#include "breakdown/origin-internal.h"
#include "breakdown/rebase-record-internal.h"
#include "breakdown/record-evidence-internal.h"
#include "breakdown/record-import-internal.h"
#include "breakdown/record-words-internal.h"
#include "upstream/upstream.h"

#include <string.h>

/* ---- references ---------------------------------------------------------------------------------- */

static bool refer(struct ksig_work *work, int64_t id, const char *kind, const char *value, GError **error)
{
	const struct ksig_reference reference = {
		.patch_id = id, .kind = (char *) kind, .value = (char *) value};

	return ksig_catalog_add_reference(work->catalog, &reference, error);
}

bool record_refer(struct ksig_work *work, int64_t id, const char *kind, char *const *values, GError **error)
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

/* What a message names is one thing, what it says to fix another. */
static bool refer_cves(struct ksig_work *work, int64_t id, const struct ksig_header *header, GError **error)
{
	g_autofree char *words = g_strdup_printf("%s\n\n%s", header->subject ? header->subject : "",
						 header->message ? header->message : "");

	for (char **cve = header->cves; cve && *cve; cve++) {
		/* One that a field names which the message does not keep is a fix's. */
		const bool is_claimed = ksig_cve_is_claimed(words, *cve) || !strcasestr(words, *cve);
		if (!refer(work, id, is_claimed ? "cve" : "cve-mention", *cve, error))
			return false;
	}
	return true;
}

static bool refer_header(struct ksig_work *work, int64_t id, const struct ksig_header *header, GError **error)
{
	return refer_cves(work, id, header, error) &&
	       record_refer(work, id, "ticket", header->tickets, error) &&
	       refer_list(work, id, "fixes", header->fixes, error) &&
	       refer_list(work, id, "reverts", header->reverts, error);
}

/* The beginning of an id that no pool completes: it is named, and not the patch's own. */
static bool refer_short(struct ksig_work *work, const struct ksig_patch *patch, const char *id,
			GError **error)
{
	enum { ID_DIGITS = 40 };

	if (!id || strlen(id) == ID_DIGITS || (patch->upstream && g_str_has_prefix(patch->upstream, id)))
		return true;
	return refer(work, patch->id, "upstream", id, error);
}

/* ---- patches ------------------------------------------------------------------------------------- */

static char *iso_time(int64_t seconds)
{
	g_autoptr(GDateTime) time = seconds ? g_date_time_new_from_unix_utc(seconds) : NULL;

	return time ? g_date_time_format_iso8601(time) : NULL;
}

/* Its difference was read by git, which takes an object for what its name says. */
static bool verify_candidate(struct ksig_work *work, const struct ksig_candidate *candidate, GError **error)
{
	git_oid id;

	if (!work->verifier)
		work->verifier = ksig_tree_verifier_new(work->store);
	return candidate->member || git_oid_fromraw(&id, candidate->id) != 0 ||
	       ksig_tree_verify_commit(work->verifier, &id, error);
}

static bool add_candidate(struct ksig_work *work, const struct ksig_part *part, int64_t *out_id,
			  GError **error)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(work->pool, part->candidate, &number);
	const struct ksig_candidate *candidate = &origin->candidates[number];
	g_autoptr(ksig_header) header = ksig_upstream_pool_header(origin, work->store, number, error);

	if (!header || !verify_candidate(work, candidate, error))
		return false;
	g_autofree char *upstream = ksig_upstream_pool_upstream(work->pool, part->candidate);
	g_autofree char *hex = candidate->member ? NULL : ksig_upstream_candidate_hex(candidate);
	g_autofree char *commit_date = iso_time(candidate->commit_time);
	g_autofree char *content = key_of_content(origin, number);
	struct ksig_patch patch = {
		.kind = part->kind,
		.confidence = (double) part->confidence,
		.source = origin->name,
		.upstream = upstream,
		.candidate = hex,
		.member = candidate->member ? (char *) ksig_upstream_pool_string(origin, candidate->member)
					    : NULL,
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
	       record_say_label(work, patch.id, part, error) &&
	       record_say_alternatives(work, patch.id, part, error) &&
	       refer_header(work, patch.id, header, error) &&
	       refer_short(work, &patch, header->upstream, error);
}

/* An import has no commit of its own upstream: what it contains is said apart. */
static bool add_import(struct ksig_work *work, const struct ksig_part *part, int64_t *out_id, GError **error)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(work->pool, part->candidate, &number);
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
	return record_say_import(work, patch.id, part->import, error);
}

/* What no candidate is: the vendor's own, if something says so, or unexplained. */
static bool add_remaining(struct ksig_work *work, const struct ksig_part *part,
			  const struct ksig_built_step *built, int64_t *out_id, GError **error)
{
	g_autofree char *subject = ksig_utf8(part->subject, -1);
	g_autofree char *purpose = record_purpose(work, part);
	struct ksig_patch patch = {.kind = part->kind,
				   .confidence = KSIG_NONE,
				   .fit = (double) part->fit,
				   .subject = subject,
				   .purpose = purpose};

	if (!ksig_catalog_add_patch(work->catalog, &patch, error))
		return false;
	*out_id = patch.id;
	return (!origin_is_unsearched(work, built) ||
		record_say(work, patch.id, "unsearched", 0,
			   g_strdup("not searched here: no upstream has a commit in its folders"), error)) &&
	       record_say_unexplained(work, patch.id, part, error);
}

static bool say_vendor(struct ksig_work *work, const struct ksig_part *part, int64_t id, GError **error)
{
	return !part->vendor_reason ||
	       record_say(work, id, "vendor", 0, g_strdup(part->vendor_reason), error);
}

static bool add_files(struct ksig_work *work, const struct ksig_built_step *built, int64_t step_id,
		      GError **error)
{
	for (guint i = 0; i < built->files->len; i++) {
		const struct ksig_built_file *file = &g_array_index(built->files, struct ksig_built_file, i);
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

static bool add_patch(struct ksig_work *work, const struct ksig_part *part,
		      const struct ksig_built_step *built, int64_t *out_id, GError **error)
{
	if (part->import)
		return add_import(work, part, out_id, error);
	return (part->set ? add_candidate(work, part, out_id, error)
			  : add_remaining(work, part, built, out_id, error)) &&
	       say_vendor(work, part, *out_id, error);
}

/* Why the patch that PART takes back is dropped. */
static char *reason_of(struct ksig_work *work, const struct ksig_part *part, GError **error)
{
	g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	g_array_append_val(steps, part->candidate);
	return drop_reason(work, part->set->pool, steps, error);
}

bool record_part(struct ksig_work *work, const struct ksig_built_step *built,
		 const struct ksig_revision *revision, int position, GError **error)
{
	const struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, built->part);
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
	if (part->undoes == 0 && !taken && !add_patch(work, part, built, &step.patch_id, error))
		return false;
	work->patch_ids[built->part] = step.patch_id;
	if (built->files->len > 0)
		step.commit = git_oid_tostr(commit, sizeof commit, &built->commit);
	return ksig_catalog_add_step(work->catalog, &step, error) && add_files(work, built, step.id, error);
}
