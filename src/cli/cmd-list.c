/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig list: columns of a patch, which of them text shows, and, where a CVE or path finds nothing, the
 * nearest that is known.
 */
#include "cli/cmd-list.h"
#include "cli/cmd.h"
#include "cli/selection.h"

#include "catalog/catalog.h"

static char *format_name;
static char *columns;
static gboolean contained;

static const GOptionEntry entries[] = {
	KSIG_SELECTION_ENTRIES,
	KSIG_SELECTION_CVE,
	{"contained", 0, 0, G_OPTION_ARG_NONE, &contained,
	 "instead of patches: commits that are in without a line of their own", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{"columns", 'c', 0, G_OPTION_ARG_STRING, &columns, "which ones, in which order", "NAMES"},
	{NULL},
};

static const struct ksig_column table_columns[] = {
	{"number", KSIG_COLUMN_NUMBER},
	{"upstream", 0},
	{"candidate", 0},
	{"revision", 0},
	{"dropped", 0},
	{"kind", 0},
	{"confidence", KSIG_COLUMN_NUMBER},
	{"fit", KSIG_COLUMN_NUMBER},
	{"searched", 0},
	{"source", 0},
	{"member", 0},
	{"author", 0},
	{"email", 0},
	{"author_date", 0},
	{"commit_date", 0},
	{"files", KSIG_COLUMN_NUMBER},
	{"added", KSIG_COLUMN_NUMBER},
	{"removed", KSIG_COLUMN_NUMBER},
	{"cve", 0},
	{"alternatives", KSIG_COLUMN_NUMBER},
	{"subject", KSIG_COLUMN_WIDE},
};
static const char text_columns[] = "number,revision,kind,confidence,source,upstream,subject";
static const char ambiguous_columns[] =
	"number,revision,kind,confidence,alternatives,source,upstream,subject";

struct listing {
	ksig_catalog *catalog;
	ksig_table *table;
	bool with_cves; /* a question a patch: asked where the answer is shown */
	bool short_ids;
};

static char *cves_of(const struct listing *listing, int64_t patch_id)
{
	g_autoptr(GPtrArray) references = ksig_catalog_references(listing->catalog, patch_id, NULL);
	g_autoptr(GString) cves = g_string_new(NULL);

	for (guint i = 0; references && i < references->len; i++) {
		const struct ksig_reference *reference = references->pdata[i];
		if (g_str_equal(reference->kind, "cve"))
			g_string_append_printf(cves, "%s%s", cves->len ? " " : "", reference->value);
	}
	return cves->len ? g_string_free(g_steal_pointer(&cves), FALSE) : NULL;
}

static bool add_row(struct ksig_patch *patch, gpointer data, GError **error)
{
	enum { SHORT_ID = 12 };
	const struct listing *listing = data;
	char confidence[KSIG_SHARE_BYTES], fit[KSIG_SHARE_BYTES];
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, patch->id);
	g_autofree char *files = g_strdup_printf("%" G_GINT64_FORMAT, patch->files);
	g_autofree char *added = g_strdup_printf("%" G_GINT64_FORMAT, patch->added);
	g_autofree char *removed = g_strdup_printf("%" G_GINT64_FORMAT, patch->removed);
	g_autofree char *alternatives = g_strdup_printf("%" G_GINT64_FORMAT, patch->alternatives);
	g_autofree char *cves = listing->with_cves ? cves_of(listing, patch->id) : NULL;

	(void) error;
	if (listing->short_ids && patch->upstream && strlen(patch->upstream) > SHORT_ID)
		patch->upstream[SHORT_ID] = '\0';
	const char *const cells[] = {
		number,
		patch->upstream,
		patch->candidate,
		patch->revision,
		patch->dropped,
		ksig_catalog_patch_kind_name(patch->kind),
		ksig_share(confidence, patch->confidence),
		patch->fit > 0 ? ksig_share(fit, patch->fit) : NULL,
		patch->unsearched ? "not searched" : NULL,
		patch->source,
		patch->member,
		patch->author,
		patch->email,
		patch->author_date,
		patch->commit_date,
		files,
		added,
		removed,
		cves,
		alternatives,
		patch->subject,
	};
	G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(table_columns));
	ksig_table_add(listing->table, cells);
	return true;
}

/* Nothing found: was a word of the question wrong? An empty answer to a right question is an answer. */
static bool explain_nothing(ksig_catalog *catalog, GError **error)
{
	const struct ksig_filter *asked = &ksig_selection.filter;
	const char *cve = asked->cves ? asked->cves[0] : NULL;
	const char *word = cve ? cve : asked->paths ? asked->paths[0] : NULL;
	const char *const one[] = {word, NULL};
	const struct ksig_filter alone = {.cves = cve ? one : NULL, .paths = cve ? NULL : one, .limit = 1};
	g_autoptr(GPtrArray) others = word ? ksig_catalog_patches(catalog, &alone, error) : NULL;
	if (!word || (others && others->len > 0))
		return true;
	if (!others)
		return false;
	g_autofree char *nearest = cve ? ksig_catalog_nearest_reference(catalog, "cve", word)
				       : ksig_catalog_nearest_path(catalog, word);
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no patch %s it%s%s", word,
			      cve ? "names" : "changes", nearest ? "; the nearest is " : "",
			      nearest ? nearest : "");
}

/* Commits that are in without a line: of all revisions, or of the one that brought them. */
static int list_contained(ksig_catalog *catalog, enum ksig_format format, GError **error)
{
	const char *label = ksig_selection.introduced ? ksig_selection.introduced[0] : ksig_selection.at;

	return ksig_list_contained(catalog, label, ksig_selection.filter.upstream, format, columns, error);
}

static int list(const struct ksig_context *context, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autoptr(ksig_table) table = ksig_table_new(table_columns, G_N_ELEMENTS(table_columns));
	const bool text = format == KSIG_FORMAT_TEXT;
	struct listing listing = {.catalog = catalog,
				  .table = table,
				  .with_cves = columns ? strstr(columns, "cve") != NULL : !text,
				  .short_ids = text && !columns};

	if (catalog && contained)
		return list_contained(catalog, format, error);
	if (!catalog || !ksig_selection_read(catalog, error) ||
	    !ksig_table_select(table,
			       columns                    ? columns
			       : !text                    ? NULL
			       : ksig_selection.ambiguous ? ambiguous_columns
							  : text_columns,
			       error) ||
	    !ksig_catalog_each_patch(catalog, &ksig_selection.filter, add_row, &listing, error) ||
	    (ksig_table_rows(table) == 0 && !explain_nothing(catalog, error)))
		return KSIG_ERROR_ENVIRONMENT;
	return ksig_command_answer(table, format, error);
}

int ksig_command_list(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "[R|A..B]",
		    "Lists the patches of a breakdown: all, those at revision R, or those that came in "
		    "after A up to B.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc > 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: one revision or A..B expected", argv[2]);
		return KSIG_ERROR_USAGE;
	}
	if (argc > 1 && strstr(argv[1], "..") && !ksig_selection.introduced)
		ksig_selection.introduced = g_strdupv((char *[]){argv[1], NULL});
	else if (argc > 1 && !ksig_selection.at)
		ksig_selection.at = argv[1];
	return list(context, format, error);
}
