/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig show PATCH: what the catalog knows of one patch, then the difference of each of its steps; a
 * selection; what is contained. --cve, --features and --against-upstream are in cmd-show-*.c.
 */
#include "cli/cmd-show.h"
#include "cli/cmd.h"
#include "cli/selection.h"

#include "catalog/models.h"
#include "history/history.h"

static char *format_name;
static gboolean diff_only;
static gboolean no_diff;
static char *cve;
static char *records;
static gboolean features_only;
static gboolean against_upstream;

static const GOptionEntry entries[] = {
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{"diff", 'd', 0, G_OPTION_ARG_NONE, &diff_only, "the difference alone, as git apply takes it", NULL},
	{"cve", 0, 0, G_OPTION_ARG_STRING, &cve, "instead of a patch: fixed, affected, not affected, and why",
	 "CVE"},
	{"records", 0, 0, G_OPTION_ARG_FILENAME, &records, "with --cve: a copy of kernel.org's CVE records",
	 "PATH"},
	KSIG_SELECTION_ENTRIES,
	{"features", 0, 0, G_OPTION_ARG_NONE, &features_only,
	 "how its confidence comes about: each feature's value, weight and share", NULL},
	{"against-upstream", 0, 0, G_OPTION_ARG_NONE, &against_upstream,
	 "what the vendor did differently from the upstream commit", NULL},
	{"no-diff", 0, 0, G_OPTION_ARG_NONE, &no_diff, "all but the difference", NULL},
	{NULL},
};

/* What is known of one patch, as rows of a name and a value: the same for people and for programs. */
static const struct ksig_column columns[] = {{"field", 0}, {"value", KSIG_COLUMN_WIDE}};

static void add(ksig_table *table, const char *field, const char *value)
{
	const char *const cells[] = {field, value};

	if (value && *value)
		ksig_table_add(table, cells);
}

static void add_numbers(ksig_table *table, const struct ksig_patch *patch)
{
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, patch->id);
	g_autofree char *size = g_strdup_printf("%" G_GINT64_FORMAT " files, +%" G_GINT64_FORMAT
						" -%" G_GINT64_FORMAT,
						patch->files, patch->added, patch->removed);
	char confidence[KSIG_SHARE_BYTES], fit[KSIG_SHARE_BYTES];

	add(table, "number", number);
	add(table, "kind", ksig_catalog_patch_kind_name(patch->kind));
	add(table, "confidence", ksig_share(confidence, patch->confidence));
	add(table, "fit", patch->fit > 0 ? ksig_share(fit, patch->fit) : NULL);
	add(table, "searched", patch->unsearched ? "no upstream has a commit in its folders" : NULL);
	add(table, "size", size);
}

/* "default 2 (26d0ea454d99), threshold 0.7" */
static char *describe_model(const GPtrArray *models, const struct ksig_revision *revision)
{
	char threshold[G_ASCII_DTOSTR_BUF_SIZE];

	for (guint i = 0; i < models->len; i++) {
		const struct ksig_catalog_model *model = models->pdata[i];
		if (model->id == revision->model_id)
			return g_strdup_printf(
				"%s %s (%.12s), threshold %s", model->name, model->version, model->checksum,
				g_ascii_formatd(threshold, sizeof threshold, "%.3g", revision->threshold));
	}
	return NULL;
}

static bool add_life(ksig_table *table, ksig_catalog *catalog, const struct ksig_patch *patch, GError **error)
{
	static const char *const words[] = {"introduced", "reworked", "dropped", "carried"};
	g_autoptr(GPtrArray) steps = ksig_catalog_steps_of_patch(catalog, patch->id, error);
	g_autoptr(GPtrArray) revisions = steps ? ksig_catalog_revisions(catalog, error) : NULL;
	g_autoptr(GPtrArray) models = revisions ? ksig_catalog_models(catalog, error) : NULL;

	for (guint i = 0; models && i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		for (guint r = 0; r < revisions->len; r++) {
			const struct ksig_revision *revision = revisions->pdata[r];
			if (revision->id == step->revision_id) {
				add(table, words[step->action], revision->label);
				add(table, "reason", step->reason);
				g_autofree char *model = step->action == KSIG_STEP_INTRODUCE
								 ? describe_model(models, revision)
								 : NULL;
				add(table, "model", model);
			}
		}
	}
	return models != NULL;
}

static bool add_facts(ksig_table *table, ksig_catalog *catalog, const struct ksig_patch *patch,
		      GError **error)
{
	g_autoptr(GPtrArray) references = ksig_catalog_references(catalog, patch->id, error);
	g_autoptr(GPtrArray) evidence = references ? ksig_catalog_evidence(catalog, patch->id, error) : NULL;
	g_autoptr(GPtrArray) entry_list = evidence ? ksig_catalog_entries_of_patch(catalog, patch->id, error)
						   : NULL;

	if (!entry_list)
		return false;
	for (guint i = 0; i < references->len; i++) {
		const struct ksig_reference *reference = references->pdata[i];
		add(table, reference->kind, reference->value);
	}
	for (guint i = 0; i < evidence->len; i++) {
		const struct ksig_evidence *fact = evidence->pdata[i];
		g_autofree char *value = g_strdup_printf("%s: %s", fact->kind, fact->text);
		add(table, "evidence", value);
	}
	for (guint i = 0; i < entry_list->len; i++) {
		const struct ksig_entry *entry = entry_list->pdata[i];
		g_autofree char *value = g_strdup_printf("%s: %s", entry->release ? entry->release : "?",
							 entry->text);
		add(table, "changelog", value);
	}
	return true;
}

static ksig_table *describe(ksig_catalog *catalog, const struct ksig_patch *patch, GError **error)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	g_autofree char *author = patch->author && patch->email
					  ? g_strdup_printf("%s <%s>", patch->author, patch->email)
					  : g_strdup(patch->author ? patch->author : patch->email);

	add(table, "subject", patch->subject);
	add_numbers(table, patch);
	add(table, "source", patch->source);
	add(table, "upstream", patch->upstream);
	if (g_strcmp0(patch->candidate, patch->upstream) != 0)
		add(table, "candidate", patch->candidate);
	add(table, "member", patch->member);
	add(table, "author", author);
	add(table, "author_date", patch->author_date);
	add(table, "commit_date", patch->commit_date);
	if (!add_life(table, catalog, patch, error) || !add_facts(table, catalog, patch, error))
		return NULL;
	return g_steal_pointer(&table);
}

/* The difference of each step; a terminal gets no control characters from it. */
static bool print_diffs(const struct ksig_context *context, ksig_catalog *catalog, int64_t patch_id,
			GError **error)
{
	g_autoptr(ksig_store) store = ksig_tree_store_open(context->workspace, error);
	g_autoptr(GPtrArray) steps = store ? ksig_catalog_steps_of_patch(catalog, patch_id, error) : NULL;

	for (guint i = 0; steps && i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		if (!step->commit || step->action == KSIG_STEP_CARRY ||
		    (diff_only && step->action != KSIG_STEP_INTRODUCE))
			continue;
		GString *diff = ksig_history_commit_diff_text(store, step->commit, error);
		if (!diff)
			return false;
		if (!diff_only)
			ksig_print(stdout, "\n%s:\n", ksig_catalog_step_action_name(step->action));
		ksig_show_diff(diff->str, diff->len);
		g_string_free(diff, TRUE);
	}
	return steps != NULL;
}

static bool show(const struct ksig_context *context, ksig_catalog *catalog, const struct ksig_patch *patch,
		 enum ksig_format format, GError **error)
{
	if (features_only)
		return ksig_show_features(catalog, patch, format, error);
	if (diff_only)
		return print_diffs(context, catalog, patch->id, error);
	g_autoptr(ksig_table) table = describe(catalog, patch, error);
	if (!table)
		return false;
	if (format != KSIG_FORMAT_TEXT)
		ksig_table_add(table, (const char *const[]){"purpose", patch->purpose});
	ksig_table_print(table, format, stdout);
	if (format != KSIG_FORMAT_TEXT)
		return true;
	if (patch->purpose) {
		g_autofree char *purpose = g_strdup(patch->purpose);
		ksig_print(stdout, "\n%s\n", g_strchomp(purpose));
	}
	return no_diff || print_diffs(context, catalog, patch->id, error);
}

/* What is in without being a patch. False: nothing of that id is. */
static bool show_contained(ksig_catalog *catalog, const char *id, enum ksig_format format)
{
	enum { ID_DIGITS_LEAST = 7 };
	g_autoptr(GPtrArray)
		list = strlen(id) < ID_DIGITS_LEAST ? NULL : ksig_catalog_contained(catalog, 0, id, NULL);
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	if (!list || list->len == 0)
		return false;
	for (guint i = 0; i < list->len; i++) {
		const struct ksig_contained *one = list->pdata[i];
		g_autofree char *number = one->patch_id ? g_strdup_printf("%" G_GINT64_FORMAT, one->patch_id)
							: NULL;
		add(table, "subject", one->subject);
		add(table, "contained", one->kind);
		add(table, "reason", one->reason);
		add(table, "patch", number);
		add(table, "source", one->source);
		add(table, "upstream", one->upstream);
		add(table, "candidate", one->candidate);
		add(table, "member", one->member);
	}
	ksig_table_print(table, format, stdout);
	return true;
}

/* By number, by an id of its own, or by that of a commit of the exported branch. */
static struct ksig_patch *find_patch(const struct ksig_context *context, ksig_catalog *catalog,
				     const char *name, GError **error)
{
	enum { ID_DIGITS_LEAST = 7 };
	g_autoptr(GError) reason = NULL;
	struct ksig_patch *patch = ksig_catalog_find_patch(catalog, name, &reason);

	if (patch || strlen(name) < ID_DIGITS_LEAST) {
		if (reason)
			g_propagate_error(error, g_steal_pointer(&reason));
		return patch;
	}
	g_autoptr(ksig_store) store = ksig_tree_store_open(context->workspace, NULL);
	const int64_t number = store ? ksig_history_patch_of_commit(catalog, store, name) : 0;
	g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, number);
	if (number > 0)
		return ksig_catalog_find_patch(catalog, digits, error);
	g_propagate_error(error, g_steal_pointer(&reason));
	return NULL;
}

static int show_selected(const struct ksig_context *context, ksig_catalog *catalog, enum ksig_format format,
			 GError **error)
{
	g_autoptr(GPtrArray) patches = ksig_selection_read(catalog, error)
					       ? ksig_catalog_patches(catalog, &ksig_selection.filter, error)
					       : NULL;

	if (patches && patches->len == 0)
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "nothing found");
	if (!patches || patches->len == 0)
		return KSIG_ERROR_NEGATIVE;
	if (against_upstream)
		return ksig_show_upstream(context, catalog, patches, format, error);
	for (guint i = 0; i < patches->len; i++) {
		if (i > 0 && !diff_only)
			ksig_print(stdout, "\n");
		if (!show(context, catalog, patches->pdata[i], format, error))
			return KSIG_ERROR_ENVIRONMENT;
	}
	return 0;
}

static int show_one_against_upstream(const struct ksig_context *context, ksig_catalog *catalog,
				     struct ksig_patch *patch, enum ksig_format format, GError **error)
{
	g_autoptr(GPtrArray) patches = g_ptr_array_new();

	g_ptr_array_add(patches, patch);
	return ksig_show_upstream(context, catalog, patches, format, error);
}

int ksig_show_named(const struct ksig_context *context, ksig_catalog *catalog, const char *name,
		    enum ksig_format format, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(ksig_patch) patch = find_patch(context, catalog, name, &reason);

	if (patch && against_upstream)
		return show_one_against_upstream(context, catalog, patch, format, error);
	if (patch)
		return show(context, catalog, patch, format, error) ? 0 : KSIG_ERROR_ENVIRONMENT;
	if (show_contained(catalog, name, format))
		return 0;
	if (g_error_matches(reason, KSIG_ERROR, KSIG_ERROR_NEGATIVE) &&
	    ksig_show_candidate(context, catalog, name, error))
		return KSIG_ERROR_NEGATIVE;
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	return KSIG_ERROR_ENVIRONMENT;
}

int ksig_command_show(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "PATCH | --cve=CVE | SELECTION",
		    "Shows one patch, by its number or its upstream id: where it comes from, what "
		    "it is for, since when it is there, why ksig believes so, and the difference.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	const bool selected = argc == 1 && !cve && (ksig_selection_given() || ksig_selection.at);
	if (selected && format == KSIG_FORMAT_JSON && !against_upstream) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "one patch expected for JSON; ksig list -f json lists several");
		return KSIG_ERROR_USAGE;
	}
	if (argc != 2 - !!cve && !selected) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "one patch expected (see ksig show --help)");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	if (catalog && cve)
		return ksig_show_cve(catalog, cve, records, ksig_selection.at, format, error);
	if (catalog && selected)
		return show_selected(context, catalog, format, error);
	return catalog ? ksig_show_named(context, catalog, argv[1], format, error) : KSIG_ERROR_ENVIRONMENT;
}
