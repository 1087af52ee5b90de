/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of a changelog matched with the catalog's rows, by release and text and then by text alone; what
 * vanished, and a gap where the changelog begins anew.
 */
#include "match/changelog-known-internal.h"

#include <string.h>

struct known_entries {
	const GPtrArray *rows;
	const GPtrArray *releases;
	GHashTable *row_of; /* struct ksig_changelog_entry * -> struct ksig_entry * */
	GHashTable *taken;  /* set of struct ksig_entry * */
};

void known_entries_free(known_entries *known)
{
	if (!known)
		return;
	g_hash_table_unref(known->row_of);
	g_hash_table_unref(known->taken);
	g_free(known);
}

static char *key_of(const char *release, const char *text)
{
	return g_strdup_printf("%s\n%s", release ? release : "", text ? text : "");
}

/* Rows that nobody took, by key: a list each, the oldest last, so that it is taken first. */
static GHashTable *rows_by_key(const known_entries *known, bool with_release)
{
	GHashTable *map = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						(GDestroyNotify) g_ptr_array_unref);

	for (guint i = known->rows->len; i-- > 0;) {
		struct ksig_entry *row = known->rows->pdata[i];
		if (g_hash_table_contains(known->taken, row))
			continue;
		g_autofree char *key = key_of(with_release ? row->release : NULL, row->text);
		GPtrArray *list = g_hash_table_lookup(map, key);
		if (!list) {
			list = g_ptr_array_new();
			g_hash_table_insert(map, g_steal_pointer(&key), list);
		}
		g_ptr_array_add(list, row);
	}
	return map;
}

/* Gives the entries that have no row yet one of the same key. */
static void match_by(known_entries *known, guint newest, bool with_release)
{
	g_autoptr(GHashTable) map = rows_by_key(known, with_release);

	for (guint r = known->releases->len; r-- > newest;) {
		const struct ksig_changelog_release *release = known->releases->pdata[r];
		for (guint e = 0; e < release->entries->len; e++) {
			struct ksig_changelog_entry *entry = release->entries->pdata[e];
			g_autofree char *key = key_of(with_release ? release->label : NULL, entry->text);
			GPtrArray *list = g_hash_table_contains(known->row_of, entry)
						  ? NULL
						  : g_hash_table_lookup(map, key);
			if (!list || list->len == 0)
				continue;
			struct ksig_entry *row = g_ptr_array_steal_index(list, list->len - 1);
			g_hash_table_insert(known->row_of, entry, row);
			g_hash_table_add(known->taken, row);
		}
	}
}

known_entries *known_entries_new(const GPtrArray *entries, const GPtrArray *releases, guint newest)
{
	known_entries *known = g_new0(known_entries, 1);

	known->rows = entries;
	known->releases = releases;
	known->row_of = g_hash_table_new(NULL, NULL);
	known->taken = g_hash_table_new(NULL, NULL);
	match_by(known, newest, true);
	match_by(known, newest, false);
	return known;
}

const struct ksig_entry *known_entries_find(const known_entries *known,
					    const struct ksig_changelog_entry *entry)
{
	return g_hash_table_lookup(known->row_of, entry);
}

static const struct ksig_changelog_release *oldest_dated(const known_entries *known)
{
	for (guint r = known->releases->len; r-- > 0;) {
		const struct ksig_changelog_release *release = known->releases->pdata[r];
		if (release->date)
			return release;
	}
	return NULL;
}

/* Whether the changelog begins after ROW was written. */
static bool is_cut_off(const struct ksig_changelog_release *oldest, const struct ksig_entry *row)
{
	return oldest && row->date && strcmp(row->date, oldest->date) < 0;
}

unsigned known_entries_vanished(const known_entries *known)
{
	const struct ksig_changelog_release *oldest = oldest_dated(known);
	unsigned vanished = 0;

	for (guint i = 0; i < known->rows->len; i++)
		vanished += !g_hash_table_contains(known->taken, known->rows->pdata[i]) &&
			    !is_cut_off(oldest, known->rows->pdata[i]);
	return vanished;
}

bool known_entries_gap(const known_entries *known, const char **out_from, const char **out_to)
{
	const struct ksig_changelog_release *oldest = oldest_dated(known);
	const struct ksig_entry *newest = NULL;

	if (g_hash_table_size(known->taken) > 0)
		return false;
	for (guint i = 0; i < known->rows->len; i++) {
		const struct ksig_entry *row = known->rows->pdata[i];
		if (!is_cut_off(oldest, row))
			return false;
		if (!newest || strcmp(row->date, newest->date) > 0)
			newest = row;
	}
	if (!newest)
		return false;
	*out_from = newest->release ? newest->release : "?";
	*out_to = oldest->label && *oldest->label ? oldest->label : "?";
	return true;
}
