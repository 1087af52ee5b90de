/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One CVE at one revision: asked in turn of its record's commits, patches that claim it, the changelog, and
 * (cve-base.c) the base; the first that knows answers.
 */
#include "history/cve-answer-internal.h"
#include "history/cve-base-internal.h"
#include "history/cve-book-internal.h"

#include <string.h>

static bool is_cve(const char *text)
{
	const char *rest = g_str_has_prefix(text, "CVE-") ? text + 4 : "";
	const size_t year = strspn(rest, "0123456789");

	return year == 4 && rest[4] == '-' && strlen(rest + 5) >= 4 &&
	       strspn(rest + 5, "0123456789") == strlen(rest + 5);
}

/* ---- patches ------------------------------------------------------------------------------------- */

/* How a patch that is at hand stands to the fix. */
enum role { ROLE_FIX, ROLE_PART, ROLE_TRACE, ROLE_REMAINDER, ROLE_UNDOES };

static enum role role_of(const struct ksig_patch *patch)
{
	switch (patch->kind) {
	case KSIG_PATCH_EXACT:
	case KSIG_PATCH_CONTEXT:
	case KSIG_PATCH_ADAPTED:
		return patch->files > 0 ? ROLE_FIX : ROLE_TRACE;
	case KSIG_PATCH_PARTIAL:
		return ROLE_PART;
	case KSIG_PATCH_REVERT:
		return ROLE_UNDOES;
	default:
		return ROLE_REMAINDER;
	}
}

/* Keeps PATCH (taken over) as the one to name, unless one that says more is kept. */
static void keep(struct cve_question *question, struct ksig_patch *patch, const char *words)
{
	if (question->weak || !patch) {
		ksig_catalog_patch_free(patch);
		return;
	}
	question->weak = patch;
	question->weak_words = words;
}

/* A patch that is the fix, by its own message or by its number in a record; NULL: PATCH (taken over) is not.
 */
static struct ksig_cve_answer *judge_fix(struct cve_question *question, struct ksig_patch *patch,
					 const char *why)
{
	const struct ksig_patch *undoing = cve_book_undone(question->book, question->revision, patch);

	if (undoing) {
		keep(question, patch, "takes part, but a later patch takes it back");
		return NULL;
	}
	switch (role_of(patch)) {
	case ROLE_FIX:
		return cve_answer_new(KSIG_CVE_FIXED, patch,
				      g_strdup_printf("patch %" G_GINT64_FORMAT " %s; in since %s", patch->id,
						      why, patch->revision));
	case ROLE_PART:
		keep(question, patch, "has only a part of the fix");
		return NULL;
	case ROLE_TRACE:
		keep(question, patch, "is the fix, but no line of its own shows it");
		return NULL;
	case ROLE_UNDOES:
		keep(question, patch, "takes a change back, and names it");
		return NULL;
	default:
		keep(question, patch, "is not known upstream, and names it");
		return NULL;
	}
}

/* The patches whose own words claim the fix: here, or (kept) at a later revision, or dropped by now. */
static struct ksig_cve_answer *by_patches(struct cve_question *question, GError **error)
{
	const GArray *ids = cve_book_patches(question->book, question->cve);

	for (guint i = 0; ids && i < ids->len; i++) {
		g_autoptr(ksig_patch)
			patch = cve_book_patch(question->book, g_array_index(ids, int64_t, i), error);
		if (!patch)
			return NULL;
		if (!cve_book_claims(question->book, patch, question->cve)) {
			question->mention = question->mention ? question->mention : patch->id;
			continue;
		}
		const enum cve_life life = cve_book_life(question->book, question->revision, patch);
		/* Where the record wants several commits, one of them that says so is still one. */
		struct ksig_cve_answer *answer = life == CVE_LIFE_HERE && question->wanted == 0
							 ? judge_fix(question, g_steal_pointer(&patch),
								     "names it")
							 : NULL;
		if (answer)
			return answer;
		if (patch && !question->elsewhere && role_of(patch) == ROLE_FIX)
			question->elsewhere = g_steal_pointer(&patch);
	}
	return NULL;
}

/* A fix that is gone, or came later: the flaw is there now, unless its own patch came later, too. */
static struct ksig_cve_answer *by_other_revision(struct cve_question *question, GError **error)
{
	struct ksig_patch *fix = g_steal_pointer(&question->elsewhere);
	const char *flaw_revision = NULL;

	if (cve_book_life(question->book, question->revision, fix) == CVE_LIFE_GONE)
		return cve_answer_new(KSIG_CVE_AFFECTED, fix,
				      g_strdup_printf("the fix, patch %" G_GINT64_FORMAT
						      ", was dropped in %s",
						      fix->id, fix->dropped));
	if (!cve_book_flaw_is_later(question->book, question->revision, fix, &flaw_revision, error)) {
		ksig_catalog_patch_free(fix);
		return NULL;
	}
	if (flaw_revision)
		return cve_answer_new(KSIG_CVE_NOT_AFFECTED, fix,
				      g_strdup_printf("what patch %" G_GINT64_FORMAT
						      " fixes came later, in %s",
						      fix->id, flaw_revision));
	return cve_answer_new(KSIG_CVE_AFFECTED, fix,
			      g_strdup_printf("the fix, patch %" G_GINT64_FORMAT ", came later, in %s",
					      fix->id, fix->revision));
}

/* ---- the record's commits ------------------------------------------------------------------------ */

/* "mainline" for 5.10, "5.10" for 5.10.7: fixes of one line belong together, those of another are the same
 * again. */
static char *line_of(const struct ksig_cve_pair *pair, guint number)
{
	const char *point = pair->fixed_version ? cve_point(pair->fixed_version) : NULL;

	if (!pair->fixed_version)
		return g_strdup_printf("%u", number);
	return point ? g_strndup(pair->fixed_version, (gsize) (point - pair->fixed_version))
		     : g_strdup("mainline");
}

/* How many of the different fixes of LINE are carried; an answer for the last one if that is all of them. */
static struct ksig_cve_answer *judge_line(struct cve_question *question, const GPtrArray *pairs,
					  const char *line, GError **error)
{
	g_autoptr(GHashTable) fixes = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(ksig_cve_answer) last = NULL;
	guint carried = 0;

	for (guint i = 0; i < pairs->len; i++) {
		const struct ksig_cve_pair *pair = pairs->pdata[i];
		g_autofree char *its_line = line_of(pair, i);
		if (!pair->fixed || !g_str_equal(its_line, line) || !g_hash_table_add(fixes, pair->fixed))
			continue;
		g_autoptr(GError) reason = NULL;
		struct ksig_patch *fix = cve_book_carrier(question->book, question->revision, pair->fixed,
							  &reason);
		struct ksig_cve_answer *answer = fix ? judge_fix(question, fix, "is its fix") : NULL;
		if (reason) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return NULL;
		}
		carried += answer != NULL;
		if (answer) {
			ksig_history_cve_answer_free(last);
			last = answer;
		}
	}
	if (carried == g_hash_table_size(fixes))
		return g_steal_pointer(&last);
	if (carried > 0) {
		question->carried = carried;
		question->wanted = g_hash_table_size(fixes);
		keep(question, g_steal_pointer(&last->patch),
		     "is one of several commits that fix it together");
	}
	return NULL;
}

static struct ksig_cve_answer *by_fixes(struct cve_question *question, GError **error)
{
	const GPtrArray *pairs = question->record->pairs;

	for (guint i = 0; i < pairs->len; i++) {
		g_autoptr(GError) reason = NULL;
		g_autofree char *line = line_of(pairs->pdata[i], i);
		struct ksig_cve_answer *answer = judge_line(question, pairs, line, &reason);
		if (answer)
			return answer;
		if (reason) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return NULL;
		}
	}
	return NULL;
}

/* ---- the changelog ------------------------------------------------------------------------------- */

static struct ksig_cve_answer *by_changelog(struct cve_question *question, GError **error)
{
	bool is_later = false;
	const struct ksig_entry *entry = cve_book_claim(question->book, question->revision, question->cve,
							&is_later, &question->withdrawn);

	if (entry && is_later)
		question->later_entry = entry;
	if (!entry || is_later)
		return NULL;
	g_autoptr(ksig_patch) patch = entry->patch_id ? cve_book_patch(question->book, entry->patch_id, error)
						      : NULL;
	if (entry->patch_id && !patch)
		return NULL;
	const bool is_here = patch &&
			     cve_book_life(question->book, question->revision, patch) == CVE_LIFE_HERE;
	const bool is_fix = is_here && role_of(patch) == ROLE_FIX &&
			    !cve_book_undone(question->book, question->revision, patch);
	struct ksig_cve_answer *answer = NULL;
	if (is_fix)
		answer = cve_answer_new(KSIG_CVE_FIXED, g_steal_pointer(&patch), NULL);
	else
		answer = cve_answer_new(KSIG_CVE_CLAIMED,
					is_here ? g_steal_pointer(&patch) : g_steal_pointer(&question->weak),
					NULL);
	answer->release = g_strdup(entry->release);
	answer->entry = g_strdup(entry->text);
	answer->reason = is_fix ? g_strdup_printf("patch %" G_GINT64_FORMAT
						  " is what the changelog's entry is about; "
						  "in since %s",
						  answer->patch->id, answer->patch->revision)
				: g_strdup_printf("the changelog of %s: %s", entry->release, entry->text);
	return answer;
}

/* ---- nothing certain ----------------------------------------------------------------------------- */

static struct ksig_cve_answer *unknown(struct cve_question *question)
{
	g_autoptr(GString) reason = g_string_new(NULL);
	struct ksig_patch *patch = g_steal_pointer(&question->weak);
	const struct ksig_entry *mention = cve_book_mention(question->book, question->revision,
							    question->cve);

	if (patch && question->wanted > 0)
		g_string_append_printf(reason, "%u of the %u commits that fix it are there",
				       question->carried, question->wanted);
	else if (patch)
		g_string_append_printf(reason, "patch %" G_GINT64_FORMAT " %s", patch->id,
				       question->weak_words);
	else if (question->withdrawn)
		g_string_append_printf(reason, "the changelog names it, and takes it back: %s",
				       question->withdrawn->text);
	else if (question->later_entry)
		g_string_append_printf(reason, "the changelog names it later, in %s: %s",
				       question->later_entry->release, question->later_entry->text);
	else if (question->mention)
		g_string_append_printf(
			reason, "patch %" G_GINT64_FORMAT " mentions it, and does not say that it fixes it",
			question->mention);
	else if (mention)
		g_string_append_printf(
			reason, "the changelog of %s mentions it, and does not say that it is fixed: %s",
			mention->release, mention->text);
	else
		g_string_append(reason, "no patch and no changelog entry names it");
	if (question->why_not)
		g_string_append_printf(reason, "; %s", question->why_not);
	else if (question->has_records && !question->record->is_there)
		g_string_append(reason, "; there is no record of it");
	return cve_answer_new(KSIG_CVE_UNKNOWN, patch, g_string_free(g_steal_pointer(&reason), FALSE));
}

static struct ksig_cve_answer *answer(struct cve_question *question, GError **error)
{
	typedef struct ksig_cve_answer *step_fn(struct cve_question * question, GError * *error);
	/* What is proved, then the vendor's word, then what follows from where the flaw is and is not. */
	static step_fn *const steps[] = {by_fixes, by_patches, by_changelog, cve_by_base};

	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autoptr(GError) reason = NULL;
		struct ksig_cve_answer *found = steps[i](question, &reason);
		if (found)
			return found;
		if (reason) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return NULL;
		}
		/* The record's withdrawal counts less than what somebody calls its fix. */
		if (steps[i] == by_changelog && question->record->is_rejected)
			return cve_answer_new(KSIG_CVE_NOT_AFFECTED, NULL,
					      g_strdup("its record was withdrawn"));
		if (steps[i] == by_changelog && question->elsewhere && !question->withdrawn)
			return by_other_revision(question, error);
	}
	return unknown(question);
}

struct ksig_cve_answer *ksig_history_cve_ask(const ksig_cve_book *book, const struct ksig_revision *revision,
					     const char *cve, const char *records, GError **error)
{
	g_autofree char *name = g_ascii_strup(cve, -1);

	if (!is_cve(name)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a CVE (CVE-2022-2602)", cve);
		return NULL;
	}
	g_autoptr(ksig_cve_record) record = ksig_history_cve_record_read(records, name, error);
	if (!record)
		return NULL;
	struct cve_question question = {.book = book,
					.revision = revision,
					.cve = name,
					.record = record,
					.has_records = records != NULL};
	struct ksig_cve_answer *found = answer(&question, error);
	ksig_catalog_patch_free(question.weak);
	ksig_catalog_patch_free(question.elsewhere);
	g_free(question.why_not);
	return found;
}
