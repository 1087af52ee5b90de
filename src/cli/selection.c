/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/selection.h"

struct ksig_selection ksig_selection;

bool ksig_selection_given(void)
{
	const struct ksig_selection *s = &ksig_selection;

	return s->introduced || s->kinds || s->paths || s->sources || s->authors || s->subsystems ||
	       s->cves || s->since || s->until || s->ticket || s->upstream || s->text ||
	       s->min_confidence > 0 || s->ambiguous || s->sort || s->reverse || s->limit > 0;
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

static const char *keep(char *text)
{
	g_ptr_array_add(ksig_selection.texts, text);
	return text;
}

/* A range's revisions, after FROM up to TO, or one alone. */
static bool add_introduced(ksig_catalog *catalog, const char *name, GPtrArray *labels, GError **error)
{
	g_autofree char *from = NULL;
	g_autofree char *to = NULL;

	if (!strstr(name, "..")) {
		char *label = whole_label(catalog, name, error);
		if (label)
			g_ptr_array_add(labels, (gpointer) keep(label));
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
			g_ptr_array_add(labels, (gpointer) keep(g_strdup(revision->label)));
		inside = (inside || g_str_equal(revision->label, from)) && !g_str_equal(revision->label, to);
	}
	if (revisions && labels->len == before)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: no revision stands in between", name);
	return revisions != NULL;
}

static bool read_introduced(ksig_catalog *catalog, struct ksig_filter *filter, GError **error)
{
	g_autoptr(GPtrArray) labels = g_ptr_array_new();

	for (char **name = ksig_selection.introduced; name && *name; name++)
		if (!add_introduced(catalog, *name, labels, error))
			return false;
	if (labels->len == 0)
		return true;
	g_ptr_array_add(labels, NULL);
	filter->revisions = (const char *const *) keep((char *) g_ptr_array_steal(labels, NULL));
	return true;
}

/* A day of ISO 8601; what stands behind it does not count. */
static bool check_day(const char *option, const char *day, GError **error)
{
	static const char form[] = "dddd-dd-dd";

	for (size_t i = 0; day && i < strlen(form); i++)
		if (form[i] == 'd' ? !g_ascii_isdigit(day[i]) : day[i] != form[i])
			return ksig_error_set(error, KSIG_ERROR_USAGE,
					      "--%s: %s: a day expected, as 2026-01-31", option, day);
	return !day || strlen(day) == strlen(form) ||
	       ksig_error_set(error, KSIG_ERROR_USAGE, "--%s: %s: a day expected, as 2026-01-31", option,
			      day);
}

static bool check_order(const char *name, GError **error)
{
	if (!name || g_strv_contains(ksig_catalog_orders(), name))
		return true;
	g_autofree char *all = g_strjoinv(", ", (char **) ksig_catalog_orders());
	return ksig_error_set(error, KSIG_ERROR_USAGE, "--sort: %s: one of %s expected", name, all);
}

static bool check_words(const struct ksig_selection *selection, GError **error)
{
	enum ksig_patch_kind kind;

	for (char **name = selection->kinds; name && *name; name++)
		if (!ksig_catalog_patch_kind_parse(*name, &kind, error))
			return false;
	if (!(selection->min_confidence >= 0 && selection->min_confidence <= 1))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--min-confidence: 0 to 1 expected");
	if (selection->limit < 0)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--limit: 1 or more expected");
	return check_day("since", selection->since, error) && check_day("until", selection->until, error) &&
	       check_order(selection->sort, error);
}

bool ksig_selection_read(ksig_catalog *catalog, GError **error)
{
	struct ksig_selection *selection = &ksig_selection;
	struct ksig_filter *filter = &selection->filter;

	selection->texts = g_ptr_array_new_with_free_func(g_free);
	filter->kinds = (const char *const *) selection->kinds;
	filter->paths = (const char *const *) selection->paths;
	filter->sources = (const char *const *) selection->sources;
	filter->authors = (const char *const *) selection->authors;
	filter->subsystems = (const char *const *) selection->subsystems;
	filter->cves = (const char *const *) selection->cves;
	filter->since = selection->since;
	filter->until = selection->until;
	filter->ticket = selection->ticket;
	filter->upstream = selection->upstream;
	filter->text = selection->text;
	filter->min_confidence = selection->min_confidence;
	filter->ambiguous = selection->ambiguous;
	filter->sort = selection->sort;
	filter->reverse = selection->reverse;
	filter->limit = selection->limit;
	if (!check_words(selection, error) || !read_introduced(catalog, filter, error))
		return false;
	if (selection->at) {
		char *label = whole_label(catalog, selection->at, error);
		filter->at = label ? keep(label) : NULL;
	}
	return !selection->at || filter->at;
}

static bool add_number(struct ksig_patch *patch, gpointer data, GError **error)
{
	(void) error;
	g_hash_table_add(data, g_memdup2(&patch->id, sizeof patch->id));
	return true;
}

GHashTable *ksig_selection_numbers(ksig_catalog *catalog, GError **error)
{
	g_autoptr(GHashTable) numbers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	if (!ksig_catalog_each_patch(catalog, &ksig_selection.filter, add_number, numbers, error))
		return NULL;
	return g_steal_pointer(&numbers);
}
