/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig compare: what became of each patch between two revisions by its steps, and entries of the changelog
 * for which no code was found.
 */
#include "history/history.h"

static const char *const kind_names[] = {
	[KSIG_DIFFERENCE_ADDED] = "added",
	[KSIG_DIFFERENCE_DROPPED] = "dropped",
	[KSIG_DIFFERENCE_REWORKED] = "reworked",
	[KSIG_DIFFERENCE_ANNOUNCED] = "announced",
};

const char *ksig_history_difference_kind_name(enum ksig_difference_kind kind)
{
	return kind_names[kind];
}

void ksig_history_difference_free(struct ksig_difference *difference)
{
	if (!difference)
		return;
	ksig_catalog_patch_free(difference->patch);
	g_free(difference->subsystem);
	g_free(difference->entry);
	g_free(difference->reason);
	g_free(difference);
}

/* What became of a patch between the two positions, told by its steps. */
struct fate {
	bool before; /* carried at the earlier revision */
	bool after;
	bool reworked;
	int64_t step_id;    /* the first one, for its files */
	const char *reason; /* of the drop that it came to; NULL: none */
};

/* The fates of the patches of CHAIN (which ends at the later revision), by patch id. */
static GHashTable *fates_of(const struct ksig_chain *chain, int earlier)
{
	GHashTable *fates = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);

	for (guint i = 0; i < chain->links->len; i++) {
		const struct ksig_link *link = &g_array_index(chain->links, struct ksig_link, i);
		const bool is_there = link->step->action != KSIG_STEP_DROP;
		struct fate *fate = g_hash_table_lookup(fates, &link->patch->id);
		if (!fate) {
			fate = g_new0(struct fate, 1);
			fate->step_id = link->step->id;
			g_hash_table_insert(fates, (gpointer) &link->patch->id, fate);
		}
		fate->after = is_there;
		fate->reason = link->step->reason;
		if (link->revision->position <= earlier)
			fate->before = is_there;
		else if (link->step->action == KSIG_STEP_REWORK)
			fate->reworked = true;
	}
	return fates;
}

static char *subsystem_of_step(ksig_catalog *catalog, int64_t step_id)
{
	g_autoptr(GPtrArray) files = ksig_catalog_step_files(catalog, step_id, NULL);
	const struct ksig_step_file *largest = NULL;

	for (guint i = 0; files && i < files->len; i++) {
		const struct ksig_step_file *file = files->pdata[i];
		if (!largest || file->added + file->removed > largest->added + largest->removed)
			largest = file;
	}
	return largest ? ksig_tree_subsystem_of(largest->path) : g_strdup("");
}

static char *entry_of_patch(ksig_catalog *catalog, int64_t patch_id)
{
	g_autoptr(GPtrArray) entries = ksig_catalog_entries_of_patch(catalog, patch_id, NULL);
	const struct ksig_entry *entry = entries && entries->len > 0 ? entries->pdata[0] : NULL;

	return entry ? g_strdup(entry->text ? entry->text : entry->subject) : NULL;
}

static void add_patch(ksig_catalog *catalog, struct ksig_chain *chain, int64_t id, const struct fate *fate,
		      GPtrArray *differences)
{
	if (fate->before == fate->after && !(fate->after && fate->reworked))
		return;
	struct ksig_difference *difference = g_new0(struct ksig_difference, 1);
	difference->kind = fate->before == fate->after ? KSIG_DIFFERENCE_REWORKED
			   : fate->after               ? KSIG_DIFFERENCE_ADDED
						       : KSIG_DIFFERENCE_DROPPED;
	difference->subsystem = subsystem_of_step(catalog, fate->step_id);
	difference->entry = entry_of_patch(catalog, id);
	difference->reason = difference->kind == KSIG_DIFFERENCE_DROPPED ? g_strdup(fate->reason) : NULL;
	g_hash_table_steal_extended(chain->patches, &id, NULL, (gpointer *) &difference->patch);
	g_ptr_array_add(differences, difference);
}

/* The changelog's entries of REVISION for which no code was found. */
static bool add_announced(ksig_catalog *catalog, int64_t revision_id, GPtrArray *differences, GError **error)
{
	g_autoptr(GPtrArray) entries = ksig_catalog_entries(catalog, revision_id, error);

	for (guint i = 0; entries && i < entries->len; i++) {
		const struct ksig_entry *entry = entries->pdata[i];
		if (entry->patch_id != 0)
			continue;
		struct ksig_difference *difference = g_new0(struct ksig_difference, 1);
		difference->kind = KSIG_DIFFERENCE_ANNOUNCED;
		difference->subsystem = g_strdup(entry->subsystem ? entry->subsystem : "");
		difference->entry = g_strdup(entry->text ? entry->text : entry->subject);
		g_ptr_array_add(differences, difference);
	}
	return entries != NULL;
}

static gint by_kind(gconstpointer a, gconstpointer b)
{
	const struct ksig_difference *one = *(const struct ksig_difference *const *) a;
	const struct ksig_difference *other = *(const struct ksig_difference *const *) b;
	const int subsystem = strcmp(one->subsystem, other->subsystem);

	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	if (subsystem != 0 || !one->patch || !other->patch)
		return subsystem;
	return one->patch->id < other->patch->id ? -1 : one->patch->id > other->patch->id;
}

static void turn_round(GPtrArray *differences)
{
	for (guint i = 0; i < differences->len; i++) {
		struct ksig_difference *difference = differences->pdata[i];
		if (difference->kind == KSIG_DIFFERENCE_ADDED)
			difference->kind = KSIG_DIFFERENCE_DROPPED;
		else if (difference->kind == KSIG_DIFFERENCE_DROPPED)
			difference->kind = KSIG_DIFFERENCE_ADDED;
	}
}

static bool collect(ksig_catalog *catalog, struct ksig_chain *chain, int earlier, GPtrArray *differences,
		    GError **error)
{
	g_autoptr(GHashTable) fates = fates_of(chain, earlier);
	GHashTableIter iter;
	gpointer id = NULL;
	gpointer fate = NULL;

	g_hash_table_iter_init(&iter, fates);
	while (g_hash_table_iter_next(&iter, &id, &fate))
		add_patch(catalog, chain, *(const int64_t *) id, fate, differences);
	for (guint i = (guint) earlier + 1; i < chain->revisions->len; i++) {
		const struct ksig_revision *revision = chain->revisions->pdata[i];
		if (!add_announced(catalog, revision->id, differences, error))
			return false;
	}
	return true;
}

GPtrArray *ksig_history_revisions_compare(ksig_catalog *catalog, const char *one, const char *other,
					  GError **error)
{
	g_autoptr(GPtrArray)
		differences = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_history_difference_free);
	g_autoptr(ksig_revision) first = ksig_catalog_find_revision(catalog, one, error);
	g_autoptr(ksig_revision) second = first ? ksig_catalog_find_revision(catalog, other, error) : NULL;

	if (!second)
		return NULL;
	const bool reversed = first->position > second->position;
	g_autoptr(ksig_chain) chain = ksig_history_chain_load(catalog, reversed ? one : other, error);
	if (!chain || !collect(catalog, chain, MIN(first->position, second->position), differences, error))
		return NULL;
	if (reversed)
		turn_round(differences);
	g_ptr_array_sort(differences, by_kind);
	return g_steal_pointer(&differences);
}
