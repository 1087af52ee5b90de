/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The details of a patch as JavaScript data in shards: its words, steps with their differences, evidence,
 * references, entries of the changelog.
 */
#include "export/site-details-internal.h"
#include "export/site-entrant-internal.h"
#include "export/site-figures-internal.h"
#include "export/site-raw-internal.h"
#include "export/site-text-internal.h"
#include "history/upstream-diff.h"

#include <errno.h>

enum { DIFF_LIMIT_BYTES = 256 * 1024 };

static void remember_file(struct ksig_site *site, const char *path, int64_t id)
{
	GArray *ids = g_hash_table_lookup(site->files, path);

	if (!ids) {
		ids = g_array_new(FALSE, FALSE, sizeof id);
		g_hash_table_insert(site->files, ksig_shown(path, -1), ids);
	}
	if (ids->len == 0 || g_array_index(ids, int64_t, ids->len - 1) != id)
		g_array_append_val(ids, id);
}

/* The next of the differences that were asked for at the beginning, if this is the one. */
static GString *read_diff(struct ksig_site *site, const char *commit, GError **error)
{
	if (site->next_commit >= site->commits->len ||
	    !g_str_equal(site->commits->pdata[site->next_commit], commit))
		return ksig_history_commit_diff_text(site->store, commit, error);
	site->next_commit++;
	return ksig_history_diffs_next_text(site->diffs, error);
}

/* The step as a mail, for who takes the patch away. */
static bool take_away(struct ksig_site_entrant *entrant, const struct ksig_step *step, int position,
		      const GString *diff, GError **error)
{
	const struct ksig_site *site = entrant->site;
	const struct ksig_link link = {.step = step,
				       .patch = entrant->patch,
				       .revision = site->revisions->pdata[MAX(position, 0)],
				       .whole = step->action == KSIG_STEP_INTRODUCE};

	if (!site->options->no_raw)
		g_string_append_len(entrant->diffs, diff->str, (gssize) diff->len);
	return ksig_site_add_mail(site, &link, diff, entrant->mails, error);
}

static bool add_diff(struct ksig_site_entrant *entrant, const struct ksig_step *step, int position,
		     GError **error)
{
	if (!step->commit || step->action == KSIG_STEP_CARRY)
		return true;
	if (entrant->patch->kind == KSIG_PATCH_RELEASE) {
		g_string_append_printf(
			entrant->json,
			",\"note\":\"The difference between two releases: ksig show --diff %" G_GINT64_FORMAT
			" prints it.\"",
			entrant->patch->id);
		return true;
	}
	GString *diff = read_diff(entrant->site, step->commit, error);
	if (!diff)
		return false;
	if (!take_away(entrant, step, position, diff, error)) {
		g_string_free(diff, TRUE);
		return false;
	}
	if (diff->len <= DIFF_LIMIT_BYTES) {
		g_string_append(entrant->json, ",\"diff\":");
		ksig_site_json(entrant->json, diff->str);
	} else {
		g_string_append_printf(entrant->json,
				       ",\"note\":\"The difference has %" G_GSIZE_FORMAT
				       " bytes: ksig show --diff %" G_GINT64_FORMAT " prints it.\"",
				       diff->len, entrant->patch->id);
	}
	g_string_free(diff, TRUE);
	return true;
}

static bool add_step_files(struct ksig_site_entrant *entrant, const struct ksig_step *step, GError **error)
{
	g_autoptr(GPtrArray) files = ksig_catalog_step_files(entrant->site->catalog, step->id, error);

	if (entrant->patch->kind == KSIG_PATCH_RELEASE || step->action == KSIG_STEP_CARRY)
		return files != NULL; /* the patch's own step lists them; a release has half the kernel */
	for (guint i = 0; files && i < files->len; i++) {
		const struct ksig_step_file *file = files->pdata[i];
		const int64_t lines = file->added + file->removed;
		g_string_append(entrant->json, i ? ",[" : "[");
		ksig_site_json(entrant->json, file->path);
		g_string_append_printf(entrant->json, ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "]",
				       file->added, file->removed);
		remember_file(entrant->site, file->path, entrant->patch->id);
		if (step->action == KSIG_STEP_INTRODUCE && lines >= entrant->largest) {
			entrant->largest = lines;
			g_free(entrant->subsystem);
			entrant->subsystem = ksig_tree_subsystem_of(file->path);
		}
	}
	return files != NULL;
}

static void note_drop(struct ksig_site_entrant *entrant, const struct ksig_step *step, int position)
{
	entrant->dropped = position;
	g_free(entrant->reason);
	entrant->reason = g_strdup(step->reason);
}

static void note_position(struct ksig_site_entrant *entrant, const struct ksig_step *step, int position)
{
	if (step->action == KSIG_STEP_INTRODUCE)
		entrant->introduced = position;
	else if (step->action == KSIG_STEP_DROP)
		note_drop(entrant, step, position);
	else if (step->action == KSIG_STEP_REWORK && (entrant->reworked = true))
		g_string_append_printf(entrant->reworks, "%s%d", entrant->reworks->len ? "," : "", position);
}

static bool add_steps(struct ksig_site_entrant *entrant, GError **error)
{
	g_autoptr(GPtrArray)
		steps = ksig_catalog_steps_of_patch(entrant->site->catalog, entrant->patch->id, error);

	g_string_append(entrant->json, "\"steps\":[");
	for (guint i = 0; steps && i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		const int position = ksig_site_position(entrant->site->by_id, &step->revision_id);
		note_position(entrant, step, position);
		g_string_append_printf(entrant->json, "%s{\"action\":\"%s\",\"revision\":%d,\"files\":[",
				       i ? "," : "", ksig_catalog_step_action_name(step->action), position);
		if (!add_step_files(entrant, step, error))
			return false;
		g_string_append_c(entrant->json, ']');
		if (step->reason) {
			g_string_append(entrant->json, ",\"reason\":");
			ksig_site_json(entrant->json, step->reason);
		}
		if (!add_diff(entrant, step, position, error))
			return false;
		g_string_append_c(entrant->json, '}');
	}
	g_string_append(entrant->json, "]");
	return steps != NULL;
}

static bool add_evidence(struct ksig_site_entrant *entrant, GError **error)
{
	g_autoptr(GPtrArray)
		evidence = ksig_catalog_evidence(entrant->site->catalog, entrant->patch->id, error);

	g_string_append(entrant->json, ",\"evidence\":[");
	for (guint i = 0; evidence && i < evidence->len; i++) {
		const struct ksig_evidence *fact = evidence->pdata[i];
		char weight[G_ASCII_DTOSTR_BUF_SIZE];
		g_string_append(entrant->json, i ? ",[" : "[");
		ksig_site_json(entrant->json, fact->kind);
		g_string_append_c(entrant->json, ',');
		ksig_site_json(entrant->json, fact->text);
		g_string_append_printf(entrant->json, ",%s]",
				       g_ascii_formatd(weight, sizeof weight, "%.2f", fact->weight));
	}
	g_string_append(entrant->json, "]");
	return evidence != NULL;
}

static bool add_references(struct ksig_site_entrant *entrant, GError **error)
{
	g_autoptr(GPtrArray)
		references = ksig_catalog_references(entrant->site->catalog, entrant->patch->id, error);

	g_string_append(entrant->json, ",\"references\":[");
	for (guint i = 0; references && i < references->len; i++) {
		const struct ksig_reference *reference = references->pdata[i];
		g_string_append(entrant->json, i ? ",[" : "[");
		ksig_site_json(entrant->json, reference->kind);
		g_string_append_c(entrant->json, ',');
		ksig_site_json(entrant->json, reference->value);
		g_string_append_c(entrant->json, ']');
		if (g_str_equal(reference->kind, "cve"))
			g_string_append_printf(entrant->cves, "%s%s", entrant->cves->len ? " " : "",
					       reference->value);
	}
	g_string_append(entrant->json, "]");
	return references != NULL;
}

static bool add_entries(struct ksig_site_entrant *entrant, GError **error)
{
	g_autoptr(GPtrArray)
		entries = ksig_catalog_entries_of_patch(entrant->site->catalog, entrant->patch->id, error);

	g_string_append(entrant->json, ",\"entries\":[");
	for (guint i = 0; entries && i < entries->len; i++) {
		const struct ksig_entry *entry = entries->pdata[i];
		g_string_append(entrant->json, i ? "," : "");
		ksig_site_json(entrant->json, entry->text ? entry->text : entry->subject);
	}
	g_string_append(entrant->json, "]");
	return entries != NULL;
}

/* What the vendor did differently, where that was asked for and can be. */
static bool add_against(struct ksig_site_entrant *entrant, GError **error)
{
	const enum ksig_patch_kind kind = entrant->patch->kind;

	if (!entrant->site->bench ||
	    (kind != KSIG_PATCH_ADAPTED && kind != KSIG_PATCH_PARTIAL && !entrant->reworked))
		return true;
	g_autoptr(ksig_upstream_diff)
		diff = ksig_history_upstream_compare(entrant->site->bench, entrant->patch, error);
	if (!diff)
		return false;
	const bool fits = diff->text && strlen(diff->text) <= DIFF_LIMIT_BYTES;
	const char *const values[] = {ksig_history_upstream_state_name(diff->state), diff->with, diff->reason,
				      fits ? diff->text : NULL};
	g_string_append(entrant->json, ",\"against\":[");
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		g_string_append(entrant->json, i ? "," : "");
		ksig_site_json(entrant->json, values[i]);
	}
	g_string_append_c(entrant->json, ']');
	return true;
}

/* The ways to the patches before and behind it, and to its files. */
static bool add_ways(struct ksig_site_entrant *entrant, GError **error)
{
	const struct ksig_site *site = entrant->site;
	const guint at = (guint) site->n_patches;
	const int64_t *order = (const int64_t *) (void *) site->order->data;
	const bool known = at < site->order->len && order[at] == entrant->patch->id;

	if (known && at > 0)
		g_string_append_printf(entrant->json, ",\"previous\":%" G_GINT64_FORMAT, order[at - 1]);
	if (known && at + 1 < site->order->len)
		g_string_append_printf(entrant->json, ",\"next\":%" G_GINT64_FORMAT, order[at + 1]);
	g_string_append_printf(entrant->json, ",\"raw\":%s}", entrant->mails->len > 0 ? "true" : "false");
	return entrant->mails->len == 0 ||
	       (ksig_site_write_raw(site, entrant->patch->id, "patch", entrant->mails, error) &&
		ksig_site_write_raw(site, entrant->patch->id, "diff", entrant->diffs, error));
}

static void add_text(GString *json, const char *name, const char *text)
{
	g_string_append_printf(json, "\"%s\":", name);
	ksig_site_json(json, text);
	g_string_append_c(json, ',');
}

static void add_words(struct ksig_site_entrant *entrant)
{
	const struct ksig_patch *patch = entrant->patch;
	char confidence[KSIG_SHARE_BYTES], fit[KSIG_SHARE_BYTES];
	const char *shown = ksig_share(confidence, patch->confidence);

	g_string_append_printf(entrant->json, "\"%" G_GINT64_FORMAT "\":{", patch->id);
	add_text(entrant->json, "subject", patch->subject);
	add_text(entrant->json, "kind", ksig_catalog_patch_kind_name(patch->kind));
	g_string_append_printf(entrant->json, "\"confidence\":%s,\"fit\":%s,\"searched\":%s,",
			       shown ? shown : "null", patch->fit > 0 ? ksig_share(fit, patch->fit) : "null",
			       patch->unsearched ? "false" : "true");
	add_text(entrant->json, "source", patch->source);
	add_text(entrant->json, "upstream", patch->upstream);
	add_text(entrant->json, "candidate", patch->candidate);
	add_text(entrant->json, "member", patch->member);
	add_text(entrant->json, "author", patch->author);
	add_text(entrant->json, "date", patch->author_date);
	add_text(entrant->json, "purpose", patch->purpose);
}

/* Appends to the patch's shard, which is begun with its first patch. */
static bool put_detail(struct ksig_site_entrant *entrant, GError **error)
{
	const int number = (int) (entrant->patch->id / KSIG_SITE_DETAIL_SHARD);
	g_autofree char *path = g_strdup_printf("%s/data/patch-%d.js", entrant->site->directory, number);
	const bool first = g_hash_table_add(entrant->site->details, GINT_TO_POINTER(number + 1));
	FILE *stream = fopen(path, "a");

	if (!stream)
		return ksig_error_errno(error, errno, "%s", path);
	if (first)
		fprintf(stream, "ksigShard(\"patch-%d\",{", number);
	fprintf(stream, "%s\n", first ? "" : ",");
	const bool written = fwrite(entrant->json->str, 1, entrant->json->len, stream) == entrant->json->len;
	if (fclose(stream) != 0 || !written)
		return ksig_error_errno(error, errno, "%s", path);
	return true;
}

bool ksig_site_add_details(struct ksig_site_entrant *entrant, GError **error)
{
	add_words(entrant);
	return add_steps(entrant, error) && add_evidence(entrant, error) && add_references(entrant, error) &&
	       add_entries(entrant, error) && add_against(entrant, error) && add_ways(entrant, error) &&
	       put_detail(entrant, error);
}
