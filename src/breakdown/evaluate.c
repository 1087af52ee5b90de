/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig evaluate: precision and recall against a TSV of commits, counts by band of confidence, and why each
 * wrong commit was believed and each missing one is missed.
 */
#include "breakdown/evaluate.h"

#include <math.h>
#include <string.h>

enum {
	TRUTH_LIMIT_BYTES = 256 << 20,
	ID_DIGITS = 40,
	COLUMN_UPSTREAM = 0,
	COLUMN_REVISION = 2,
	COLUMN_SUBJECT = 3,
};

static const double bands[] = {0, 0.7, 0.85, 0.95, 1.01};

static void verdict_free(void *data)
{
	struct ksig_evaluation_row *verdict = data;

	g_free(verdict->upstream);
	g_free(verdict->subject);
	g_free(verdict->revision);
	g_free(verdict->true_revision);
	g_free(verdict->reason);
	g_free(verdict);
}

void ksig_breakdown_evaluation_free(struct ksig_evaluation *evaluation)
{
	if (!evaluation)
		return;
	g_ptr_array_unref(evaluation->wrong);
	g_ptr_array_unref(evaluation->missed);
	g_free(evaluation);
}

static bool is_id(const char *text)
{
	return strlen(text) == ID_DIGITS && strspn(text, "0123456789abcdef") == ID_DIGITS;
}

/* Upstream id → struct ksig_evaluation_row with subject and true revision. Lines without a full id are no
 * rows. */
static GHashTable *read_truth(const char *path, GError **error)
{
	size_t length_bytes = 0;
	g_autofree char *text = ksig_file_read(path, TRUTH_LIMIT_BYTES, &length_bytes, error);

	if (!text)
		return NULL;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GHashTable) truth = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, verdict_free);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) cells = g_strsplit(*line, "\t", -1);
		const guint n = g_strv_length(cells);
		if (n == 0 || !is_id(cells[COLUMN_UPSTREAM]) ||
		    g_hash_table_contains(truth, cells[COLUMN_UPSTREAM]))
			continue;
		struct ksig_evaluation_row *verdict = g_new0(struct ksig_evaluation_row, 1);
		verdict->upstream = g_strdup(cells[COLUMN_UPSTREAM]);
		verdict->true_revision = g_strdup(n > COLUMN_REVISION ? cells[COLUMN_REVISION] : "");
		verdict->subject = ksig_utf8(n > COLUMN_SUBJECT ? cells[COLUMN_SUBJECT] : "", -1);
		g_hash_table_insert(truth, verdict->upstream, verdict);
	}
	if (g_hash_table_size(truth) == 0) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no line begins with a full commit id", path);
		return NULL;
	}
	return g_steal_pointer(&truth);
}

/* ---- counting ------------------------------------------------------------------------------------ */

static void count_band(struct ksig_evaluation *evaluation, double confidence, bool right)
{
	for (size_t b = 0; b < KSIG_EVALUATION_BANDS; b++) {
		if (confidence < bands[b] || confidence >= bands[b + 1])
			continue;
		evaluation->bands[b].from = bands[b];
		evaluation->bands[b].found++;
		evaluation->bands[b].right += right;
	}
}

/* Why a patch is believed: its evidence, one line. */
static char *evidence_of(ksig_catalog *catalog, int64_t patch_id, GError **error)
{
	g_autoptr(GPtrArray) list = ksig_catalog_evidence(catalog, patch_id, error);
	GString *text = g_string_new(NULL);

	for (guint i = 0; list && i < list->len; i++) {
		const struct ksig_evidence *evidence = list->pdata[i];
		if (!g_str_equal(evidence->kind, "prior"))
			g_string_append_printf(text, "%s%s", text->len ? "; " : "", evidence->text);
	}
	return g_string_free(text, FALSE);
}

/* A table may name the upstream commit or the pool's. NULL: it names neither. */
static const struct ksig_evaluation_row *row_of(GHashTable *truth, const struct ksig_patch *patch)
{
	const struct ksig_evaluation_row *row = patch->upstream ? g_hash_table_lookup(truth, patch->upstream)
								: NULL;

	return row || !patch->candidate ? row : g_hash_table_lookup(truth, patch->candidate);
}

static bool count_patch(ksig_catalog *catalog, const struct ksig_patch *patch, GHashTable *truth,
			GHashTable *seen, struct ksig_evaluation *evaluation, GError **error)
{
	const struct ksig_evaluation_row *row = row_of(truth, patch);
	const char *id = row                                         ? row->upstream
			 : patch->upstream && is_id(patch->upstream) ? patch->upstream
								     : patch->candidate;
	if (!id || !is_id(id) || !g_hash_table_add(seen, g_strdup(id)))
		return true;
	evaluation->found++;
	count_band(evaluation, patch->confidence, row != NULL);
	if (row) {
		evaluation->right++;
		evaluation->revision_right += g_strcmp0(row->true_revision, patch->revision) == 0;
		return true;
	}
	struct ksig_evaluation_row *wrong = g_new0(struct ksig_evaluation_row, 1);
	wrong->upstream = g_strdup(id);
	wrong->subject = g_strdup(patch->subject);
	wrong->revision = g_strdup(patch->revision);
	wrong->confidence = patch->confidence;
	wrong->reason = evidence_of(catalog, patch->id, error);
	g_ptr_array_add(evaluation->wrong, wrong);
	return true;
}

/* ---- why one was missed -------------------------------------------------------------------------- */

/* Commit → what the catalog says of it although it is no patch there. */
static void add_import_reasons(GHashTable *reasons, const GPtrArray *references)
{
	for (guint i = 0; i < references->len; i++) {
		const struct ksig_reference *reference = references->pdata[i];
		g_hash_table_insert(reasons, g_strdup(reference->value),
				    g_strdup_printf("came with the import that is patch %" G_GINT64_FORMAT,
						    reference->patch_id));
	}
}

/* What record-words.c writes before the name of an alternative. */
static const char THOSE_OF[] = " those of ";

static void add_alternative_reasons(GHashTable *reasons, const GPtrArray *list)
{
	for (guint i = 0; i < list->len; i++) {
		const struct ksig_evidence *evidence = list->pdata[i];
		const char *name = strstr(evidence->text, THOSE_OF);
		char *commit = g_strndup(name ? name + strlen(THOSE_OF) : "", ID_DIGITS);
		if (is_id(commit) && !g_hash_table_contains(reasons, commit))
			g_hash_table_insert(reasons, commit,
					    g_strdup_printf("its lines went to patch %" G_GINT64_FORMAT
							    ", of which it is an alternative",
							    evidence->patch_id));
		else
			g_free(commit);
	}
}

static void add_contained_reasons(GHashTable *reasons, const GPtrArray *list)
{
	for (guint i = 0; i < list->len; i++) {
		const struct ksig_contained *one = list->pdata[i];
		const char *ids[] = {one->upstream, one->candidate};
		for (size_t k = 0; k < G_N_ELEMENTS(ids); k++)
			if (ids[k])
				g_hash_table_insert(reasons, g_strdup(ids[k]),
						    g_strdup_printf("contained: %s", one->reason));
	}
}

static GHashTable *collect_reasons(ksig_catalog *catalog, GError **error)
{
	g_autoptr(GPtrArray) imported = ksig_catalog_references_of_kind(catalog, "contains", error);
	g_autoptr(GPtrArray) contained = imported ? ksig_catalog_contained(catalog, 0, NULL, error) : NULL;
	g_autoptr(GPtrArray)
		alternatives = contained ? ksig_catalog_evidence_of_kind(catalog, "alternative", error)
					 : NULL;

	if (!alternatives)
		return NULL;
	GHashTable *reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	add_import_reasons(reasons, imported);
	add_contained_reasons(reasons, contained);
	add_alternative_reasons(reasons, alternatives);
	return reasons;
}

static char *reason_of_miss(GHashTable *reasons, const char *commit)
{
	const char *known = g_hash_table_lookup(reasons, commit);

	return g_strdup(
		known ? known
		      : "too little of it stands in the difference, or it is in no upstream that was given");
}

static int by_confidence(const void *a, const void *b)
{
	const struct ksig_evaluation_row *const *left = a;
	const struct ksig_evaluation_row *const *right = b;

	if ((*left)->confidence != (*right)->confidence)
		return (*left)->confidence > (*right)->confidence ? -1 : 1;
	return strcmp((*left)->upstream, (*right)->upstream);
}

static void collect_missed(GHashTable *truth, GHashTable *seen, GHashTable *reasons,
			   struct ksig_evaluation *evaluation)
{
	GHashTableIter iterator;
	gpointer value = NULL;

	g_hash_table_iter_init(&iterator, truth);
	while (g_hash_table_iter_next(&iterator, NULL, &value)) {
		const struct ksig_evaluation_row *row = value;
		if (g_hash_table_contains(seen, row->upstream))
			continue;
		struct ksig_evaluation_row *missed = g_new0(struct ksig_evaluation_row, 1);
		missed->upstream = g_strdup(row->upstream);
		missed->subject = g_strdup(row->subject);
		missed->true_revision = g_strdup(row->true_revision);
		missed->reason = reason_of_miss(reasons, row->upstream);
		g_ptr_array_add(evaluation->missed, missed);
	}
	g_ptr_array_sort(evaluation->missed, by_confidence);
	g_ptr_array_sort(evaluation->wrong, by_confidence);
}

struct ksig_evaluation *ksig_breakdown_evaluate(ksig_catalog *catalog, const char *truth_path, GError **error)
{
	const struct ksig_filter all = {0};
	g_autoptr(GHashTable) truth = read_truth(truth_path, error);
	g_autoptr(GPtrArray) patches = truth ? ksig_catalog_patches(catalog, &all, error) : NULL;
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(ksig_evaluation) evaluation = g_new0(ksig_evaluation, 1);

	evaluation->wrong = g_ptr_array_new_with_free_func(verdict_free);
	evaluation->missed = g_ptr_array_new_with_free_func(verdict_free);
	if (!patches)
		return NULL;
	evaluation->truth = g_hash_table_size(truth);
	for (guint i = 0; i < patches->len; i++)
		if (!count_patch(catalog, patches->pdata[i], truth, seen, evaluation, error))
			return NULL;
	g_autoptr(GHashTable) reasons = collect_reasons(catalog, error);
	if (!reasons)
		return NULL;
	collect_missed(truth, seen, reasons, evaluation);
	return g_steal_pointer(&evaluation);
}
