/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare --account (a row a subsystem, the changelog's names for subsystems turned into the code's by
 * majority) and --pairs (an entry and a change that share rare names).
 */
#include "history/account.h"
#include "history/history.h"
#include "upstream/symbols.h"

#include <string.h>

enum {
	SYMBOL_LENGTH = 6, /* at least, of a word with an underscore that is taken for a symbol */
	FEW = 3,           /* a name that more changes have ties none to an entry */
};

void ksig_history_likely_pair_free(struct ksig_likely_pair *pair)
{
	if (!pair)
		return;
	g_free(pair->subsystem);
	g_free(pair->subject);
	g_free(pair->release);
	g_free(pair->entry);
	g_free(pair->why);
	g_free(pair);
}

static void row_free(void *data)
{
	struct ksig_account_row *row = data;

	g_free(row->subsystem);
	g_ptr_array_unref(row->told_to_none);
	g_ptr_array_unref(row->unannounced);
	g_free(row);
}

void ksig_history_account_free(struct ksig_account *account)
{
	if (!account)
		return;
	g_ptr_array_unref(account->rows);
	g_ptr_array_unref(account->entries);
	g_ptr_array_unref(account->differences);
	g_free(account);
}

/* ---- both sides ---------------------------------------------------------------------------------- */

struct sides {
	ksig_revision *to;      /* the later revision */
	GPtrArray *differences; /* owns what the next two point to */
	GHashTable *added;      /* patch id -> struct ksig_difference *, of the patches that came */
	GPtrArray *entries;     /* struct ksig_entry *, of the revisions between */
	GHashTable
		*places; /* subsystem of the changelog -> that of the code, where most of its entries stand */
};

typedef struct sides both_sides;
static void sides_clear(struct sides *sides)
{
	g_clear_pointer(&sides->to, ksig_catalog_revision_free);
	g_clear_pointer(&sides->differences, g_ptr_array_unref);
	g_clear_pointer(&sides->added, g_hash_table_unref);
	g_clear_pointer(&sides->entries, g_ptr_array_unref);
	g_clear_pointer(&sides->places, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(both_sides, sides_clear)

static bool is_upstream(const struct ksig_patch *patch)
{
	return patch->kind != KSIG_PATCH_UNEXPLAINED && patch->kind != KSIG_PATCH_VENDOR;
}

/* An unexplained change that no entry is told to. */
static bool is_open(const struct ksig_difference *difference)
{
	return difference->patch->kind == KSIG_PATCH_UNEXPLAINED && !difference->entry;
}

static bool collect_entries(ksig_catalog *catalog, int after, int upto, GPtrArray *entries, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);

	for (guint i = 0; revisions && i < revisions->len; i++) {
		const struct ksig_revision *revision = revisions->pdata[i];
		if (revision->position <= after || revision->position > upto)
			continue;
		g_autoptr(GPtrArray) more = ksig_catalog_entries(catalog, revision->id, error);
		if (!more)
			return false;
		g_ptr_array_extend_and_steal(entries, g_steal_pointer(&more));
	}
	return revisions != NULL;
}

/* Which subsystem of the code has most of the entries that the changelog puts under one name. */
static GHashTable *places_of(const struct sides *sides)
{
	GHashTable *places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) votes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) most = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < sides->entries->len; i++) {
		const struct ksig_entry *entry = sides->entries->pdata[i];
		const struct ksig_difference *difference = g_hash_table_lookup(sides->added,
									       &entry->patch_id);
		if (!difference || !entry->subsystem)
			continue;
		char *key = g_strconcat(entry->subsystem, "\n", difference->subsystem, NULL);
		const guint n = GPOINTER_TO_UINT(g_hash_table_lookup(votes, key)) + 1;
		g_hash_table_replace(votes, key, GUINT_TO_POINTER(n));
		if (n <= GPOINTER_TO_UINT(g_hash_table_lookup(most, entry->subsystem)))
			continue;
		g_hash_table_insert(most, entry->subsystem, GUINT_TO_POINTER(n));
		g_hash_table_insert(places, g_strdup(entry->subsystem), difference->subsystem);
	}
	/* where no entry votes, a name that both use is one subsystem */
	for (guint i = 0; i < sides->differences->len; i++) {
		const struct ksig_difference *difference = sides->differences->pdata[i];
		if (difference->kind == KSIG_DIFFERENCE_ADDED &&
		    !g_hash_table_contains(places, difference->subsystem))
			g_hash_table_insert(places, g_strdup(difference->subsystem), difference->subsystem);
	}
	return places;
}

static bool sides_load(ksig_catalog *catalog, const char *one, const char *other, struct sides *sides,
		       GError **error)
{
	g_autoptr(ksig_revision) from = ksig_catalog_find_revision(catalog, one, error);
	g_autoptr(ksig_revision) to = from ? ksig_catalog_find_revision(catalog, other, error) : NULL;

	if (!to)
		return false;
	if (from->position >= to->position)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s is not before %s", from->label, to->label);
	sides->differences = ksig_history_revisions_compare(catalog, from->label, to->label, error);
	if (!sides->differences)
		return false;
	sides->added = g_hash_table_new(g_int64_hash, g_int64_equal);
	for (guint i = 0; i < sides->differences->len; i++) {
		struct ksig_difference *difference = sides->differences->pdata[i];
		if (difference->kind == KSIG_DIFFERENCE_ADDED)
			g_hash_table_insert(sides->added, &difference->patch->id, difference);
	}
	sides->entries = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_catalog_entry_free);
	if (!collect_entries(catalog, from->position, to->position, sides->entries, error))
		return false;
	sides->places = places_of(sides);
	sides->to = g_steal_pointer(&to);
	return true;
}

static char *place_of(const struct sides *sides, const struct ksig_entry *entry)
{
	const char *subsystem = entry->subsystem ? entry->subsystem : "";
	const char *place = g_hash_table_lookup(sides->places, subsystem);

	return place ? g_strdup(place) : g_strdup_printf("[%s]", subsystem);
}

/* ---- the account --------------------------------------------------------------------------------- */

/* The row of SUBSYSTEM, which is taken. */
static struct ksig_account_row *row_of(GHashTable *rows, char *subsystem)
{
	struct ksig_account_row *row = g_hash_table_lookup(rows, subsystem);

	if (row) {
		g_free(subsystem);
		return row;
	}
	row = g_new0(struct ksig_account_row, 1);
	row->subsystem = subsystem;
	row->told_to_none = g_ptr_array_new();
	row->unannounced = g_ptr_array_new();
	g_hash_table_insert(rows, row->subsystem, row);
	return row;
}

static void count_entry(const struct sides *sides, GHashTable *rows, const struct ksig_entry *entry)
{
	const struct ksig_difference *difference = g_hash_table_lookup(sides->added, &entry->patch_id);
	struct ksig_account_row *row = row_of(rows, difference ? g_strdup(difference->subsystem)
							       : place_of(sides, entry));

	row->entries++;
	if (entry->patch_id == 0) {
		row->open++;
		g_ptr_array_add(row->told_to_none, (gpointer) entry);
	} else if (!difference || is_upstream(difference->patch)) {
		row->upstream++; /* a patch of an earlier revision that this one reworks is told, too */
	} else {
		row->others++;
	}
}

static void count_change(GHashTable *rows, const struct ksig_difference *difference)
{
	struct ksig_account_row *row = row_of(rows, g_strdup(difference->subsystem));

	row->remainders++;
	row->lines += difference->patch->added + difference->patch->removed;
	g_ptr_array_add(row->unannounced, difference->patch);
}

static void sum_up(struct ksig_account_row *all, const struct ksig_account_row *row)
{
	all->entries += row->entries;
	all->upstream += row->upstream;
	all->others += row->others;
	all->open += row->open;
	all->remainders += row->remainders;
	all->lines += row->lines;
}

static gint by_open(gconstpointer a, gconstpointer b)
{
	const struct ksig_account_row *one = *(const struct ksig_account_row *const *) a;
	const struct ksig_account_row *other = *(const struct ksig_account_row *const *) b;
	const unsigned left = one->open + one->remainders;
	const unsigned right = other->open + other->remainders;

	return left != right ? (left > right ? -1 : 1) : strcmp(one->subsystem, other->subsystem);
}

ksig_account *ksig_history_account_make(ksig_catalog *catalog, const char *one, const char *other,
					GError **error)
{
	g_auto(both_sides) sides = {NULL};
	g_autoptr(GHashTable) rows = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter iterator;
	gpointer value = NULL;

	if (!sides_load(catalog, one, other, &sides, error))
		return NULL;
	ksig_account *account = g_new0(ksig_account, 1);
	account->rows = g_ptr_array_new_with_free_func(row_free);
	for (guint i = 0; i < sides.entries->len; i++)
		count_entry(&sides, rows, sides.entries->pdata[i]);
	for (guint i = 0; i < sides.differences->len; i++) {
		const struct ksig_difference *difference = sides.differences->pdata[i];
		if (difference->kind == KSIG_DIFFERENCE_ADDED && is_open(difference))
			count_change(rows, difference);
	}
	g_hash_table_iter_init(&iterator, rows);
	while (g_hash_table_iter_next(&iterator, NULL, &value)) {
		sum_up(&account->all, value);
		g_ptr_array_add(account->rows, value);
	}
	g_ptr_array_sort(account->rows, by_open);
	account->entries = g_steal_pointer(&sides.entries);
	account->differences = g_steal_pointer(&sides.differences);
	return account;
}

/* ---- likely pairs -------------------------------------------------------------------------------- */

struct pairing {
	ksig_catalog *catalog;
	const struct sides *sides;
	GHashTable *names; /* name -> GArray of int64_t, the open changes that touch it */
	GPtrArray *pairs;
};

static bool touching(struct pairing *pairing, const struct ksig_filter *filter, GArray *ids, GError **error)
{
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(pairing->catalog, filter, error);

	for (guint i = 0; patches && i < patches->len; i++) {
		const struct ksig_patch *patch = patches->pdata[i];
		const struct ksig_difference *difference = g_hash_table_lookup(pairing->sides->added,
									       &patch->id);
		if (difference && is_open(difference))
			g_array_append_val(ids, patch->id);
	}
	return patches != NULL;
}

/* The open changes that touch the function or symbol NAME, asked once; NULL with ERROR set. */
static const GArray *changes_of(struct pairing *pairing, const char *name, GError **error)
{
	GArray *ids = g_hash_table_lookup(pairing->names, name);
	const char *at = pairing->sides->to->label;
	const struct ksig_filter function = {.at = at, .function = name};
	const struct ksig_filter symbol = {.at = at, .symbol = name};

	if (ids)
		return ids;
	ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
	g_hash_table_insert(pairing->names, g_strdup(name), ids);
	if (!touching(pairing, &function, ids, error) ||
	    (ids->len == 0 && !touching(pairing, &symbol, ids, error)))
		return NULL;
	return ids;
}

static void add_pair(struct pairing *pairing, const struct ksig_entry *entry, int64_t patch_id, GString *why)
{
	const struct ksig_difference *difference = g_hash_table_lookup(pairing->sides->added, &patch_id);
	struct ksig_likely_pair *pair = g_new0(struct ksig_likely_pair, 1);

	pair->subsystem = g_strdup(difference->subsystem);
	pair->patch_id = patch_id;
	pair->entry_id = entry->id;
	pair->subject = g_strdup(difference->patch->subject);
	pair->release = g_strdup(entry->release);
	pair->entry = g_strdup(entry->text ? entry->text : entry->subject);
	pair->why = g_strdup(why->str);
	g_ptr_array_add(pairing->pairs, pair);
}

/* The change with which ENTRY shares most, a name counting the less the more changes have it. */
static bool pair_entry(struct pairing *pairing, const struct ksig_entry *entry, GError **error)
{
	g_auto(GStrv) names = ksig_upstream_symbols(entry->subject ? entry->subject : "", SYMBOL_LENGTH);
	g_autoptr(GHashTable) scores = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	g_autoptr(GString) why = g_string_new(NULL);
	int64_t best = 0;
	guint most = 0;

	for (char **name = names; *name; name++) {
		const GArray *ids = changes_of(pairing, *name, error);
		if (!ids)
			return false;
		if (ids->len == 0 || ids->len > FEW)
			continue;
		g_string_append_printf(why, "%s%s", why->len ? ", " : "", *name);
		for (guint i = 0; i < ids->len; i++) {
			int64_t id = g_array_index(ids, int64_t, i);
			const guint score = GPOINTER_TO_UINT(g_hash_table_lookup(scores, &id)) +
					    60 / ids->len;
			g_hash_table_replace(scores, g_memdup2(&id, sizeof id), GUINT_TO_POINTER(score));
			if (score > most) {
				most = score;
				best = id;
			}
		}
	}
	if (best)
		add_pair(pairing, entry, best, why);
	return true;
}

static gint by_change(gconstpointer a, gconstpointer b)
{
	const struct ksig_likely_pair *one = *(const struct ksig_likely_pair *const *) a;
	const struct ksig_likely_pair *other = *(const struct ksig_likely_pair *const *) b;
	const int subsystem = strcmp(one->subsystem, other->subsystem);

	return subsystem != 0                    ? subsystem
	       : one->patch_id < other->patch_id ? -1
						 : one->patch_id > other->patch_id;
}

GPtrArray *ksig_history_likely_pairs(ksig_catalog *catalog, const char *one, const char *other,
				     GError **error)
{
	g_auto(both_sides) sides = {NULL};
	g_autoptr(GPtrArray)
		pairs = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_history_likely_pair_free);
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
							    (GDestroyNotify) g_array_unref);
	struct pairing pairing = {catalog, &sides, names, pairs};

	if (!sides_load(catalog, one, other, &sides, error))
		return NULL;
	for (guint i = 0; i < sides.entries->len; i++) {
		const struct ksig_entry *entry = sides.entries->pdata[i];
		if (entry->patch_id == 0 && !pair_entry(&pairing, entry, error))
			return NULL;
	}
	g_ptr_array_sort(pairs, by_change);
	return g_steal_pointer(&pairs);
}
