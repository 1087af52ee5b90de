/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of a candidate's lines are still to be added to or removed from a tree's files, by fingerprints; for
 * missing as they are, for drop reasons without lines that are only moved.
 */
#include "upstream/presence.h"

struct ksig_presence {
	const ksig_store *store;
	git_tree *tree;
	GHashTable *files; /* path -> GHashTable of line fingerprints, or NULL: not there */
	GError *damage;    /* of an object that is there and could not be read; NULL: none */
};

ksig_presence *ksig_upstream_presence_new(const ksig_store *store, const char *tree, GError **error)
{
	g_autoptr(ksig_presence) presence = g_new0(ksig_presence, 1);
	git_oid id;
	int code = tree ? git_oid_fromstr(&id, tree) : GIT_ENOTFOUND;

	presence->store = store;
	presence->files = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free,
						(GDestroyNotify) g_hash_table_unref);
	if (code == 0)
		code = git_tree_lookup(&presence->tree, ksig_tree_store_repository(store), &id);
	if (code < 0) {
		ksig_tree_git_error(error, code, "%s: tree %s", ksig_tree_store_path(store),
				    tree ? tree : "(none)");
		return NULL;
	}
	return g_steal_pointer(&presence);
}

void ksig_upstream_presence_free(ksig_presence *presence)
{
	if (!presence)
		return;
	git_tree_free(presence->tree);
	g_clear_pointer(&presence->files, g_hash_table_unref);
	g_clear_error(&presence->damage);
	g_free(presence);
}

bool ksig_upstream_presence_check(const ksig_presence *presence, GError **error)
{
	if (presence->damage && error)
		*error = g_error_copy(presence->damage);
	return !presence->damage;
}

/* A partial copy of a repository lacks objects; what is not as its name says is another thing. */
static bool load(ksig_presence *presence, const char *path, struct ksig_lines *out_text)
{
	g_autoptr(git_tree_entry) entry = NULL;
	g_autoptr(git_odb) odb = NULL;
	GError **damage = presence->damage ? NULL : &presence->damage;
	const int code = git_tree_entry_bypath(&entry, presence->tree, path);

	if (code == GIT_EMISMATCH)
		ksig_tree_git_error(damage, code, "%s", path);
	if (code != 0 || git_tree_entry_type(entry) != GIT_OBJECT_BLOB ||
	    git_repository_odb(&odb, ksig_tree_store_repository(presence->store)) != 0 ||
	    !git_odb_exists(odb, git_tree_entry_id(entry)))
		return false;
	return ksig_tree_lines_load(presence->store, git_tree_entry_id(entry), out_text, damage);
}

/* The fingerprints of a file's lines; empty for what is not there. */
static GHashTable *read_file(ksig_presence *presence, const char *path)
{
	GHashTable *lines = g_hash_table_new(NULL, NULL);
	struct ksig_lines text = {NULL};

	if (!load(presence, path, &text))
		return lines;
	for (uint32_t i = 0; i < text.count; i++) {
		const uint32_t fingerprint = ksig_upstream_line_fingerprint(
			text.data + text.starts[i], text.starts[i + 1] - text.starts[i]);
		g_hash_table_add(lines, GUINT_TO_POINTER(fingerprint + 1));
	}
	ksig_tree_lines_clear(&text);
	return lines;
}

static GHashTable *lines_of(ksig_presence *presence, const char *path)
{
	GHashTable *lines = g_hash_table_lookup(presence->files, path);

	if (!lines) {
		lines = read_file(presence, path);
		g_hash_table_insert(presence->files, g_strdup(path), lines);
	}
	return lines;
}

struct tally {
	unsigned lines;
	unsigned to_do;
	unsigned files_there;
};

static void count_hunk(const struct ksig_pool *pool, const struct ksig_hunk *hunk, GHashTable *present,
		       struct tally *tally)
{
	for (uint32_t i = 0; i < hunk->n_lines; i++) {
		const uint32_t line = pool->lines[hunk->first_line + i];
		const unsigned op = ksig_upstream_line_op(line);
		const uint32_t hash = ksig_upstream_line_hash(line);
		if (op == KSIG_LINE_CONTEXT || hash == 0)
			continue;
		const bool there = g_hash_table_contains(present, GUINT_TO_POINTER(hash + 1));
		tally->lines++;
		tally->to_do += op == KSIG_LINE_ADDED ? !there : there;
	}
}

double ksig_upstream_presence_to_do(ksig_presence *presence, const struct ksig_pool *pool,
				    const struct ksig_candidate *candidate)
{
	static const double NO_FILES = 0.1;
	struct tally tally = {0};

	for (uint32_t i = 0; i < candidate->n_files; i++) {
		const struct ksig_candidate_file *file = &pool->files[candidate->first_file + i];
		GHashTable *present = lines_of(presence, ksig_upstream_pool_string(pool, file->new_path));
		if (g_hash_table_size(present) == 0)
			present = lines_of(presence, ksig_upstream_pool_string(pool, file->old_path));
		tally.files_there += g_hash_table_size(present) > 0;
		for (uint32_t hunk = 0; hunk < file->n_hunks; hunk++)
			count_hunk(pool, &pool->hunks[file->first_hunk + hunk], present, &tally);
	}
	if (tally.files_there == 0)
		return NO_FILES;
	return tally.lines > 0 ? (double) tally.to_do / tally.lines : NO_FILES;
}

/* ---- without what is moved ----------------------------------------------------------------------- */

enum { ADDS = 1 << 0, REMOVES = 1 << 1 };

/* Line -> what the candidate does to it in FILE. A line that it moves, or only indents, it adds and removes.
 */
static GHashTable *changes_of(const struct ksig_pool *pool, const struct ksig_candidate_file *file)
{
	GHashTable *changes = g_hash_table_new(NULL, NULL);

	for (uint32_t h = file->first_hunk; h < file->first_hunk + file->n_hunks; h++)
		for (uint32_t i = 0; i < pool->hunks[h].n_lines; i++) {
			const uint32_t line = pool->lines[pool->hunks[h].first_line + i];
			const gpointer hash = GUINT_TO_POINTER(ksig_upstream_line_hash(line));
			if (ksig_upstream_line_op(line) == KSIG_LINE_CONTEXT || !hash)
				continue;
			const guint before = GPOINTER_TO_UINT(g_hash_table_lookup(changes, hash));
			const guint now = ksig_upstream_line_op(line) == KSIG_LINE_ADDED ? ADDS : REMOVES;
			g_hash_table_insert(changes, hash, GUINT_TO_POINTER(before | now));
		}
	return changes;
}

/* What is moved tells nothing: the file holds it before and after. */
static void count_file(const struct ksig_pool *pool, const struct ksig_candidate_file *file,
		       GHashTable *present, struct tally *tally)
{
	g_autoptr(GHashTable) changes = changes_of(pool, file);
	GHashTableIter iter;
	gpointer hash = NULL;
	gpointer what = NULL;

	g_hash_table_iter_init(&iter, changes);
	while (g_hash_table_iter_next(&iter, &hash, &what)) {
		const bool there = g_hash_table_contains(present,
							 GUINT_TO_POINTER(GPOINTER_TO_UINT(hash) + 1));
		if (GPOINTER_TO_UINT(what) == (ADDS | REMOVES))
			continue;
		tally->lines++;
		tally->to_do += GPOINTER_TO_UINT(what) == ADDS ? !there : there;
	}
}

double ksig_upstream_presence_to_change(ksig_presence *presence, const struct ksig_pool *pool,
					const struct ksig_candidate *candidate)
{
	struct tally tally = {0};

	for (uint32_t i = 0; i < candidate->n_files; i++) {
		const struct ksig_candidate_file *file = &pool->files[candidate->first_file + i];
		count_file(pool, file, lines_of(presence, ksig_upstream_pool_string(pool, file->new_path)),
			   &tally);
	}
	return tally.lines > 0 ? (double) tally.to_do / tally.lines : 0;
}
