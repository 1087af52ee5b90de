/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One group for each thing that the vendor seems to have done. Of the pieces (pieces.c), those that one entry
 * of the changelog is about are one (naming.c); so are the files of a folder that is new or gone as a whole,
 * pieces that make the same change in several places, and the pieces of a file that share an identifier. What
 * is left of a file is one.
 */
#include "assign/groups-internal.h"

#include "assign/gather-internal.h"
#include "assign/plausible-internal.h"
#include "assign/titles-internal.h"

#include <string.h>

enum {
	SAME_LINES = 2,     /* significant lines that make a change known elsewhere */
	OWN_LINES = 3,      /* … that make a function's change a patch of its own */
	OWN_FUNCTIONS = 12, /* a file changed in more places than these was changed as a whole */
	SHARED_BY = 8,      /* pieces that an identifier binds together; in more it is common */
	FEW_LINES = 20,     /* of an entry, that need not name what it names */
};

static uint32_t group_new(struct grouping *grouping, char *subject)
{
	const struct group group = {.subject = subject, .entry = NO_ENTRY, .part = KSIG_NO_OWNER};

	g_array_append_val(grouping->groups, group);
	return grouping->groups->len - 1;
}

/* ---- by entry ------------------------------------------------------------------------------------ */

static void group_by_entry(struct grouping *grouping)
{
	const guint n_entries = grouping->entries ? grouping->entries->matches->len : 0;
	g_autofree uint32_t *groups = g_new(uint32_t, n_entries + 1);

	memset(groups, 0xff, (n_entries + 1) * sizeof *groups);
	for (uint32_t i = 0; i < grouping->pieces->list->len; i++) {
		const struct piece_name *name = &grouping->names[i];
		if (name->entry == NO_ENTRY)
			continue;
		if (groups[name->entry] == NO_GROUP) {
			const struct ksig_entry_match *match = &g_array_index(
				grouping->entries->matches, struct ksig_entry_match, name->entry);
			groups[name->entry] = group_new(grouping, g_strdup(match->entry->subject));
			group_at(grouping, groups[name->entry])->entry = name->entry;
		}
		struct group *group = group_at(grouping, groups[name->entry]);
		group->fit = MAX(group->fit, name->score / (name->score + 1));
		grouping->group_of[i] = groups[name->entry];
	}
}

static const struct ksig_changelog_entry *entry_of(const struct grouping *grouping, uint32_t group)
{
	const uint32_t entry = group == NO_GROUP ? NO_ENTRY : group_at(grouping, group)->entry;

	return entry == NO_ENTRY
		       ? NULL
		       : g_array_index(grouping->entries->matches, struct ksig_entry_match, entry).entry;
}

/* What a group changes, and how much of it stands with a symbol that its entry names. */
struct extent {
	uint64_t lines, told;
	bool names_symbols;
};

static void tell_extents(const struct grouping *grouping, struct extent *extents)
{
	g_autofree bool *is_told = g_new0(bool, grouping->pieces->list->len + 1);

	for (uint32_t g = 0; g < grouping->groups->len; g++) {
		const struct ksig_changelog_entry *entry = entry_of(grouping, g);
		g_auto(GStrv) symbols = entry ? entry_symbols(entry->subject) : NULL;
		for (char **symbol = symbols; symbol && *symbol; symbol++) {
			const GArray *postings = pieces_with_word(grouping->pieces, *symbol, strlen(*symbol));
			extents[g].names_symbols = true;
			for (guint i = 0; postings && i < postings->len; i++) {
				const uint32_t piece = g_array_index(postings, struct posting, i).piece;
				is_told[piece] |= grouping->group_of[piece] == g;
			}
		}
	}
	for (uint32_t i = 0; i < grouping->pieces->list->len; i++) {
		if (grouping->group_of[i] == NO_GROUP)
			continue;
		struct extent *extent = &extents[grouping->group_of[i]];
		extent->lines += piece_at(grouping->pieces, i)->lines;
		extent->told += is_told[i] ? piece_at(grouping->pieces, i)->lines : 0;
	}
}

/* An entry that names symbols is about them: most of what it did stands with them. */
static bool is_plausible(const struct ksig_changelog_entry *entry, const struct extent *extent)
{
	if (extent->names_symbols && extent->lines > FEW_LINES && 2 * extent->told < extent->lines)
		return false;
	return entry_is_plausible(entry, extent->lines);
}

/* An entry that cannot have done so much is only possible; its pieces are grouped as if it did not name them.
 */
static void drop_implausible(struct grouping *grouping)
{
	g_autofree struct extent *extents = g_new0(struct extent, grouping->groups->len + 1);

	tell_extents(grouping, extents);
	for (uint32_t i = 0; i < grouping->pieces->list->len; i++) {
		const uint32_t group = grouping->group_of[i];
		const struct ksig_changelog_entry *entry = entry_of(grouping, group);
		if (!entry || is_plausible(entry, &extents[group]))
			continue;
		grouping->names[i].other = grouping->names[i].third = group_at(grouping, group)->entry;
		grouping->names[i].entry = NO_ENTRY;
		grouping->group_of[i] = NO_GROUP;
	}
}

/* ---- folders that came or went ------------------------------------------------------------------- */

/* The old side's and the new side's folders, as a set of paths. */
static GHashTable *folders_of(const ksig_target *target, bool added)
{
	GHashTable *gone_or_new = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTable *folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GHashTableIter iterator;
	gpointer path = NULL;

	for (uint32_t f = 0; f < target->n_files; f++)
		if ((added ? target->files[f].change->old_mode : target->files[f].change->new_mode) == 0)
			g_hash_table_add(gone_or_new, target->files[f].change->path);
	g_hash_table_iter_init(&iterator, target->all_paths);
	while (g_hash_table_iter_next(&iterator, &path, NULL)) {
		if (g_hash_table_contains(gone_or_new, path))
			continue;
		for (char *slash = strrchr(path, '/'); slash;) {
			char *folder = g_strndup(path, (gsize) (slash - (char *) path));
			if (!g_hash_table_add(folders, folder))
				break;
			slash = g_strrstr_len(path, slash - (char *) path, "/");
		}
	}
	g_hash_table_unref(gone_or_new);
	return folders;
}

/* The topmost folder of PATH that is not in FOLDERS; NULL: there is none. */
static char *topmost_missing(GHashTable *folders, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		g_autofree char *folder = g_strndup(path, (gsize) (slash - path));
		if (!g_hash_table_contains(folders, folder))
			return g_steal_pointer(&folder);
	}
	return NULL;
}

static void collect_folder(GHashTable *map, char *folder, uint32_t piece)
{
	GArray *pieces = g_hash_table_lookup(map, folder);

	if (pieces) {
		g_free(folder);
	} else {
		pieces = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_hash_table_insert(map, folder, pieces);
	}
	g_array_append_val(pieces, piece);
}

static void group_folders(struct grouping *grouping, GHashTable *map, const char *what)
{
	GHashTableIter iterator;
	gpointer folder = NULL;
	gpointer value = NULL;

	g_hash_table_iter_init(&iterator, map);
	while (g_hash_table_iter_next(&iterator, &folder, &value)) {
		const GArray *pieces = value;
		if (pieces->len == 1)
			continue;
		const uint32_t group = group_new(grouping, NULL);
		group_at(grouping, group)->what = what;
		for (guint i = 0; i < pieces->len; i++)
			grouping->group_of[g_array_index(pieces, uint32_t, i)] = group;
	}
}

static void group_by_folder(struct grouping *grouping, bool added)
{
	const ksig_target *target = grouping->assignment->target;
	g_autoptr(GHashTable) folders = folders_of(target, added);
	g_autoptr(GHashTable)
		map = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);

	for (uint32_t i = 0; i < grouping->pieces->list->len; i++) {
		const struct ksig_change *change = target->files[piece_at(grouping->pieces, i)->file].change;
		if (grouping->group_of[i] != NO_GROUP || (added ? change->old_mode : change->new_mode) != 0)
			continue;
		char *folder = topmost_missing(folders, change->path);
		if (folder)
			collect_folder(map, folder, i);
	}
	group_folders(grouping, map, added ? "new folder" : "folder gone");
}

/* ---- the same change in several files ------------------------------------------------------------ */

static void group_same_change(struct grouping *grouping, const GArray *pieces)
{
	const uint32_t group = group_new(grouping, NULL);

	group_at(grouping, group)->is_same = true;
	for (guint i = 0; i < pieces->len; i++)
		grouping->group_of[g_array_index(pieces, uint32_t, i)] = group;
}

static void group_by_content(struct grouping *grouping)
{
	g_autoptr(GHashTable) map = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL,
							  (GDestroyNotify) g_array_unref);
	GHashTableIter iterator;
	gpointer value = NULL;

	for (uint32_t i = 0; i < grouping->pieces->list->len; i++) {
		struct piece *piece = piece_at(grouping->pieces, i);
		if (grouping->group_of[i] != NO_GROUP || piece->significant < SAME_LINES)
			continue;
		GArray *same = g_hash_table_lookup(map, &piece->content);
		if (!same) {
			same = g_array_new(FALSE, FALSE, sizeof(uint32_t));
			g_hash_table_insert(map, &piece->content, same);
		}
		g_array_append_val(same, i);
	}
	g_hash_table_iter_init(&iterator, map);
	while (g_hash_table_iter_next(&iterator, NULL, &value))
		if (((GArray *) value)->len > 1)
			group_same_change(grouping, value);
}

/* ---- one file ------------------------------------------------------------------------------------ */

/* Whether the pieces have an identifier in common that few others have. */
static bool are_related(const struct grouping *grouping, uint32_t a, uint32_t b)
{
	const GArray *words = piece_at(grouping->pieces, a)->words;

	for (guint i = 0; i < words->len; i++) {
		const struct piece_word *word = &g_array_index(words, struct piece_word, i);
		const GArray *postings = grouping->pieces->postings->pdata[word->word];
		if (!word->binds || postings->len > SHARED_BY)
			continue;
		for (guint p = 0; p < postings->len; p++) {
			const struct posting *posting = &g_array_index(postings, struct posting, p);
			if (posting->piece == b && posting->binds)
				return true;
		}
	}
	return false;
}

/* By piece of the file: the first one that it belongs together with. */
static void unite(const struct grouping *grouping, const GArray *pieces, uint32_t *roots)
{
	for (guint a = 0; a < pieces->len; a++) {
		roots[a] = a;
		for (guint b = 0; b < a; b++) {
			if (roots[b] == roots[a] || !are_related(grouping, g_array_index(pieces, uint32_t, a),
								 g_array_index(pieces, uint32_t, b)))
				continue;
			const uint32_t from = MAX(roots[a], roots[b]);
			const uint32_t to = MIN(roots[a], roots[b]);
			for (guint i = 0; i <= a; i++)
				roots[i] = roots[i] == from ? to : roots[i];
		}
	}
}

static void count_roots(const struct grouping *grouping, const GArray *pieces, const uint32_t *roots,
			uint32_t *significant)
{
	for (guint i = 0; i < pieces->len; i++)
		significant[roots[i]] +=
			piece_at(grouping->pieces, g_array_index(pieces, uint32_t, i))->significant;
}

/* Groups the pieces that have none yet: those that belong together, if they are enough to stand alone. */
static void group_file(struct grouping *grouping, const GArray *pieces)
{
	g_autofree uint32_t *roots = g_new0(uint32_t, pieces->len + 1);
	g_autofree uint32_t *significant = g_new0(uint32_t, pieces->len + 1);
	g_autofree uint32_t *groups = g_new(uint32_t, pieces->len + 1);
	const guint first_group = grouping->groups->len;
	uint32_t rest = NO_GROUP;

	memset(groups, 0xff, (pieces->len + 1) * sizeof *groups);
	if (pieces->len <= OWN_FUNCTIONS) {
		unite(grouping, pieces, roots);
		count_roots(grouping, pieces, roots, significant);
	}
	for (guint i = 0; i < pieces->len; i++) {
		const bool alone = pieces->len <= OWN_FUNCTIONS && significant[roots[i]] >= OWN_LINES;
		uint32_t *group = alone ? &groups[roots[i]] : &rest;
		if (*group == NO_GROUP)
			*group = group_new(grouping, NULL);
		grouping->group_of[g_array_index(pieces, uint32_t, i)] = *group;
	}
	for (guint group = first_group; group < grouping->groups->len; group++)
		group_at(grouping, group)->of_file = true;
}

static void group_by_file(struct grouping *grouping)
{
	const guint n = grouping->pieces->list->len;
	g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t file = piece_at(grouping->pieces, i)->file;
		if (grouping->group_of[i] == NO_GROUP)
			g_array_append_val(open, i);
		if (i + 1 < n && piece_at(grouping->pieces, i + 1)->file == file)
			continue;
		if (open->len > 0)
			group_file(grouping, open);
		g_array_set_size(open, 0);
	}
}

void groups_form(struct grouping *grouping)
{
	group_by_entry(grouping);
	drop_implausible(grouping);
	group_by_folder(grouping, true);
	group_by_folder(grouping, false);
	group_by_content(grouping);
	group_by_file(grouping);
	groups_gather(grouping);
	titles_give(grouping);
}
