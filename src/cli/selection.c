/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options --at, --introduced, --kind, --path, … of list, show, compare and export, checked and made a
 * filter of the catalog.
 */
#include "cli/selection.h"

struct ksig_selection ksig_selection;

bool ksig_selection_given(void)
{
	const struct ksig_filter *f = &ksig_selection.filter;

	return ksig_selection.introduced || ksig_selection.ambiguous || ksig_selection.reverse || f->kinds ||
	       f->paths || f->sources || f->authors || f->subsystems || f->cves || f->since || f->until ||
	       f->ticket || f->upstream || f->text || f->min_confidence > 0 || f->sort || f->limit > 0;
}

static char *whole_label(ksig_catalog *catalog, const char *label, GError **error)
{
	g_autoptr(ksig_revision) revision = ksig_catalog_find_revision(catalog, label, error);

	return revision ? g_strdup(revision->label) : NULL;
}

bool ksig_selection_range(ksig_catalog *catalog, const char *name, char **out_from, char **out_to,
			  GError **error)
{
	const char *dots = strstr(name, "..");
	g_autoptr(GPtrArray) revisions = dots ? ksig_catalog_revisions(catalog, error) : NULL;

	if (!dots)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: A..B expected", name);
	if (!revisions)
		return false;
	if (revisions->len == 0)
		return whole_label(catalog, NULL, error) != NULL;
	const struct ksig_revision *base = revisions->pdata[0];
	g_autofree char *from = g_strndup(name, (gsize) (dots - name));
	*out_from = whole_label(catalog, *from ? from : base->label, error);
	*out_to = *out_from ? whole_label(catalog, dots[2] ? dots + 2 : NULL, error) : NULL;
	return *out_to != NULL;
}

/* A range's revisions, after FROM up to TO, or one alone. */
static bool add_introduced(ksig_catalog *catalog, const char *name, GPtrArray *labels, GError **error)
{
	g_autofree char *from = NULL;
	g_autofree char *to = NULL;

	if (!strstr(name, "..")) {
		char *label = whole_label(catalog, name, error);
		if (label)
			g_ptr_array_add(labels, label);
		return label != NULL;
	}
	if (!ksig_selection_range(catalog, name, &from, &to, error))
		return false;
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);
	bool inside = false;
	const guint before = labels->len;
	for (guint i = 0; revisions && i < revisions->len; i++) {
		const struct ksig_revision *revision = revisions->pdata[i];
		if (inside)
			g_ptr_array_add(labels, g_strdup(revision->label));
		inside = (inside || g_str_equal(revision->label, from)) && !g_str_equal(revision->label, to);
	}
	if (revisions && labels->len == before)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: no revision stands in between", name);
	return revisions != NULL;
}

static bool read_introduced(ksig_catalog *catalog, struct ksig_filter *filter, GError **error)
{
	g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);

	for (char **name = ksig_selection.introduced; name && *name; name++)
		if (!add_introduced(catalog, *name, labels, error))
			return false;
	if (labels->len == 0)
		return true;
	g_ptr_array_add(labels, NULL);
	filter->revisions = (const char *const *) g_ptr_array_steal(labels, NULL);
	return true;
}

bool ksig_selection_check_day(const char *option, const char *day, GError **error)
{
	static const char form[] = "dddd-dd-dd";
	bool good = !day || strlen(day) == strlen(form);

	for (size_t i = 0; good && day && form[i]; i++)
		good = form[i] == 'd' ? g_ascii_isdigit(day[i]) : day[i] == form[i];
	if (good && day) {
		g_autofree char *noon = g_strconcat(day, "T12:00:00Z", NULL);
		g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(noon, NULL);
		good = time != NULL;
	}
	return good || ksig_error_set(error, KSIG_ERROR_USAGE, "--%s: %s: a day expected, as 2026-01-31",
				      option, day);
}

static bool check_order(const char *name, GError **error)
{
	if (!name || g_strv_contains(ksig_catalog_orders(), name))
		return true;
	g_autofree char *all = g_strjoinv(", ", (char **) ksig_catalog_orders());
	return ksig_error_set(error, KSIG_ERROR_USAGE, "--sort: %s: one of %s expected", name, all);
}

static bool check_words(const struct ksig_filter *filter, GError **error)
{
	enum ksig_patch_kind kind;

	for (const char *const *name = filter->kinds; name && *name; name++)
		if (!ksig_catalog_patch_kind_parse(*name, &kind, error))
			return false;
	if (!(filter->min_confidence >= 0 && filter->min_confidence <= 1))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--min-confidence: 0 to 1 expected");
	if (filter->limit < 0)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--limit: 1 or more expected");
	return ksig_selection_check_day("since", filter->since, error) &&
	       ksig_selection_check_day("until", filter->until, error) && check_order(filter->sort, error);
}

bool ksig_selection_read(ksig_catalog *catalog, GError **error)
{
	struct ksig_filter *filter = &ksig_selection.filter;

	filter->ambiguous = ksig_selection.ambiguous;
	filter->reverse = ksig_selection.reverse;
	if (!check_words(filter, error) || !read_introduced(catalog, filter, error))
		return false;
	if (ksig_selection.at)
		filter->at = whole_label(catalog, ksig_selection.at, error);
	return !ksig_selection.at || filter->at;
}

static bool add_number(struct ksig_patch *patch, gpointer data, GError **error)
{
	(void) error;
	g_hash_table_insert(data, g_memdup2(&patch->id, sizeof patch->id),
			    GINT_TO_POINTER(g_hash_table_size(data) + 1));
	return true;
}

GHashTable *ksig_selection_numbers(ksig_catalog *catalog, GError **error)
{
	g_autoptr(GHashTable) numbers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	if (!ksig_catalog_each_patch(catalog, &ksig_selection.filter, add_number, numbers, error))
		return NULL;
	return g_steal_pointer(&numbers);
}
