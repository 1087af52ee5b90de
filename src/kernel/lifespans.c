/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When each longterm series ends (lifespans.conf), joined with kernel.org's list: maintained, ending within
 * 90 days, overdue, eol or vanished.
 */
#include "kernel/flavour-internal.h"
#include "kernel/kernel-internal.h"

#include <string.h>

enum { DAYS_ENDING = 90 };

static void lifespan_free(gpointer data)
{
	struct ksig_lifespan *lifespan = data;

	g_free(lifespan->series);
	g_free(lifespan->origin);
	g_free(lifespan);
}

/* "2026-12-31", and nothing that GLib's lenient reader would also take. */
static bool parse_date(const char *text, GDate *out_date)
{
	int year, month, day;
	char rest;

	if (!text || sscanf(text, "%4d-%2d-%2d%c", &year, &month, &day, &rest) != 3 ||
	    !g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year))
		return false;
	g_date_clear(out_date, 1);
	g_date_set_dmy(out_date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
	return true;
}

static bool read_lifespan(GPtrArray *lifespans, GKeyFile *file, const char *path, const char *series,
			  GError **error)
{
	struct ksig_lifespan *lifespan = g_new0(struct ksig_lifespan, 1);
	g_autofree char *first = g_key_file_get_string(file, series, "first", NULL);
	g_autofree char *end = g_key_file_get_string(file, series, "end", NULL);

	g_ptr_array_add(lifespans, lifespan);
	lifespan->series = g_strdup(series);
	lifespan->origin = g_key_file_get_string(file, series, "origin", NULL);
	if (!parse_date(first, &lifespan->first) || !parse_date(end, &lifespan->end))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: [%s]: first and end as YYYY-MM-DD expected", path, series);
	return true;
}

GPtrArray *ksig_kernel_lifespans_load(const char *file, GError **error)
{
	g_autofree char *path = file ? g_strdup(file) : kernel_recipe_path("lifespans.conf");
	g_autoptr(GPtrArray) lifespans = g_ptr_array_new_with_free_func(lifespan_free);
	size_t length = 0;

	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_RECIPE_BYTES, &length, error);
	g_autoptr(GKeyFile) keys = text ? ksig_key_file_parse(path, text, length, error) : NULL;
	if (!keys)
		return NULL;
	g_auto(GStrv) groups = g_key_file_get_groups(keys, NULL);
	for (char **group = groups; *group; group++)
		if (!read_lifespan(lifespans, keys, path, *group, error))
			return NULL;
	return g_steal_pointer(&lifespans);
}

static struct ksig_series *find(GArray *list, const char *name)
{
	for (guint i = 0; i < list->len; i++) {
		struct ksig_series *series = &g_array_index(list, struct ksig_series, i);
		if (g_str_equal(series->series, name))
			return series;
	}
	struct ksig_series series = {.series = name};
	g_array_append_val(list, series);
	return &g_array_index(list, struct ksig_series, list->len - 1);
}

static const char *state_of(const struct ksig_series *series)
{
	if (!series->newest)
		return "vanished";
	if (series->newest->is_eol)
		return "eol";
	if (!series->lifespan)
		return "maintained";
	if (series->days_left < 0)
		return "overdue";
	return series->days_left <= DAYS_ENDING ? "ending" : "maintained";
}

static gint newest_first(gconstpointer a, gconstpointer b)
{
	const struct ksig_series *x = a, *y = b;

	return ksig_kernel_version_compare(y->series, x->series);
}

GArray *ksig_kernel_series_list(GPtrArray *releases, GPtrArray *lifespans, const GDate *today)
{
	GArray *list = g_array_new(FALSE, TRUE, sizeof(struct ksig_series));

	for (guint i = 0; i < releases->len; i++) {
		const struct ksig_release *release = g_ptr_array_index(releases, i);
		if (!g_str_equal(release->moniker, "longterm"))
			continue;
		struct ksig_series *series = find(list, release->series);
		if (!series->newest ||
		    ksig_kernel_version_compare(release->version, series->newest->version) > 0)
			series->newest = release;
	}
	for (guint i = 0; i < lifespans->len; i++) {
		const struct ksig_lifespan *lifespan = g_ptr_array_index(lifespans, i);
		struct ksig_series *series = find(list, lifespan->series);
		series->lifespan = lifespan;
		series->days_left = g_date_days_between(today, &lifespan->end);
	}
	for (guint i = 0; i < list->len; i++) {
		struct ksig_series *series = &g_array_index(list, struct ksig_series, i);
		series->state = state_of(series);
	}
	g_array_sort(list, newest_first);
	return list;
}
