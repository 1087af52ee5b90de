/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both sides of every changed file as sorted fingerprints with functions; what is binary or lacks its blob
 * becomes one line; a rename that upstream names joins two files unless most differs.
 */
#include "match/target.h"

#include <stdlib.h>
#include <string.h>

void ksig_match_target_free(ksig_target *target)
{
	if (!target)
		return;
	for (uint32_t i = 0; i < target->n_files; i++) {
		ksig_match_side_clear(&target->files[i].old_side);
		ksig_match_side_clear(&target->files[i].new_side);
		g_clear_pointer(&target->files[i].runs, g_array_unref);
	}
	g_free(target->files);
	g_clear_pointer(&target->changes, g_ptr_array_unref);
	g_clear_pointer(&target->by_path, g_hash_table_unref);
	g_clear_pointer(&target->all_paths, g_hash_table_unref);
	g_free(target);
}

static void mark_changed(ksig_target *target, struct ksig_target_file *file)
{
	for (guint i = 0; i < file->runs->len; i++) {
		const struct ksig_run *run = &g_array_index(file->runs, struct ksig_run, i);
		ksig_match_side_mark(&file->old_side, run->old_start, run->old_count);
		ksig_match_side_mark(&file->new_side, run->new_start, run->new_count);
		target->changed_lines += run->old_count + run->new_count;
	}
	ksig_match_side_count_marked(&file->old_side);
	ksig_match_side_count_marked(&file->new_side);
}

uint64_t ksig_match_target_blob_prefix(const git_oid *id)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 8; i++)
		value = value << 8 | id->id[i];
	return value;
}

uint32_t ksig_match_target_opaque_fingerprint(uint64_t blob_prefix)
{
	char text[17];

	g_snprintf(text, sizeof text, "%016" G_GINT64_MODIFIER "x", blob_prefix);
	return ksig_upstream_line_fingerprint(text, 16);
}

/* The beginning of a blob's id in the place of its bytes: what of an opaque file can be compared. */
static void opaque_side(struct ksig_target_side *side, const git_oid *id, uint16_t mode)
{
	g_autofree char *text = mode ? g_strdup_printf("%016" G_GINT64_MODIFIER "x",
						       ksig_match_target_blob_prefix(id))
				     : g_strdup("");
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

	ksig_tree_lines_clear(&side->lines);
	ksig_tree_lines_init_bytes(&side->lines, bytes);
}

static bool is_plain(uint16_t mode)
{
	return mode == 0 || mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

static bool load_side(const ksig_target *target, struct ksig_target_side *side, const git_oid *id,
		      uint16_t mode, bool *opaque, GError **error)
{
	if (!is_plain(mode)) {
		*opaque = true;
		return true;
	}
	if (!ksig_tree_lines_load(target->store, mode ? id : NULL, &side->lines, error))
		return false;
	*opaque |= side->lines.count == 1 && memchr(side->lines.data, '\0', side->lines.starts[1]) != NULL;
	return true;
}

/* What stands for a text that is not one stays: it is short, and in no repository. */
static bool keeps_text(const struct ksig_target_file *file)
{
	return file->opaque || file->absorbed;
}

static bool open_side(const ksig_target *target, struct ksig_target_side *side, const git_oid *id,
		      uint16_t mode, GError **error)
{
	return side->lines.bytes ||
	       ksig_tree_lines_load(target->store, mode ? id : NULL, &side->lines, error);
}

bool ksig_match_target_file_open(const ksig_target *target, struct ksig_target_file *file, GError **error)
{
	const struct ksig_change *old = file->renamed_from ? file->renamed_from : file->change;

	if (keeps_text(file))
		return true;
	if (open_side(target, &file->old_side, &old->old_blob, old->old_mode, error) &&
	    open_side(target, &file->new_side, &file->change->new_blob, file->change->new_mode, error))
		return true;
	g_prefix_error(error, "%s: ", file->change->path);
	return false;
}

static void side_close(struct ksig_target_side *side)
{
	const uint32_t count = side->lines.count;

	ksig_tree_lines_clear(&side->lines);
	side->lines.data = NULL;
	side->lines.count = count;
}

void ksig_match_target_file_close(struct ksig_target_file *file)
{
	if (keeps_text(file))
		return;
	side_close(&file->old_side);
	side_close(&file->new_side);
}

/* Repositories lack large blobs at times: such a file is opaque, not a reason to give up. */
static bool load_file(ksig_target *target, struct ksig_target_file *file, GError **error)
{
	const struct ksig_change *change = file->change;
	g_autoptr(GError) reason = NULL;

	if (!load_side(target, &file->old_side, &change->old_blob, change->old_mode, &file->opaque,
		       &reason) ||
	    !load_side(target, &file->new_side, &change->new_blob, change->new_mode, &file->opaque,
		       &reason)) {
		if (reason->code != KSIG_ERROR_INPUT) {
			g_propagate_prefixed_error(error, g_steal_pointer(&reason), "%s: ", change->path);
			return false;
		}
		file->opaque = true;
		target->n_missing++;
	}
	if (file->opaque) {
		opaque_side(&file->old_side, &change->old_blob, change->old_mode);
		opaque_side(&file->new_side, &change->new_blob, change->new_mode);
	}
	ksig_match_side_index(&file->old_side);
	ksig_match_side_index(&file->new_side);
	ksig_match_side_find_functions(&file->old_side);
	ksig_match_side_find_functions(&file->new_side);
	file->runs = ksig_tree_lines_diff(&file->old_side.lines, &file->new_side.lines, error);
	if (!file->runs)
		return false;
	mark_changed(target, file);
	ksig_match_target_file_close(file);
	return true;
}

struct paths_walk {
	GHashTable *paths;
	bool old; /* it is the old tree, which comes first */
};

static int add_path(const char *root, const git_tree_entry *entry, void *payload)
{
	const struct paths_walk *walk = payload;
	const uint64_t blob = walk->old ? ksig_match_target_blob_prefix(git_tree_entry_id(entry)) : 0;

	if (git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		return 0;
	char *path = g_strconcat(root, git_tree_entry_name(entry), NULL);
	if (walk->old || !g_hash_table_contains(walk->paths, path))
		g_hash_table_insert(walk->paths, path, GSIZE_TO_POINTER(blob));
	else
		g_free(path);
	return 0;
}

static bool collect_paths(ksig_target *target, const git_oid *id, bool old, GError **error)
{
	struct paths_walk walk = {target->all_paths, old};
	g_autoptr(git_tree) tree = NULL;
	int code = git_tree_lookup(&tree, ksig_tree_store_repository(target->store), id);

	if (code == 0)
		code = git_tree_walk(tree, GIT_TREEWALK_PRE, add_path, &walk);
	if (code < 0)
		return ksig_tree_git_error(error, code, "tree %s", git_oid_tostr_s(id));
	return true;
}

ksig_target *ksig_match_target_new(const ksig_store *store, const git_oid *old_tree, const git_oid *new_tree,
				   GError **error)
{
	g_autoptr(ksig_target) target = g_new0(ksig_target, 1);

	target->store = store;
	target->old_tree = *old_tree;
	target->new_tree = *new_tree;
	target->by_path = g_hash_table_new(g_str_hash, g_str_equal);
	target->all_paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	target->changes = ksig_tree_changes(store, old_tree, new_tree, error);
	if (!target->changes || !collect_paths(target, old_tree, true, error) ||
	    !collect_paths(target, new_tree, false, error))
		return NULL;
	target->files = g_new0(struct ksig_target_file, target->changes->len + 1);
	for (uint32_t i = 0; i < target->changes->len; i++) {
		target->files[i].change = target->changes->pdata[i];
		target->n_files++;
		if (!load_file(target, &target->files[i], error))
			return NULL;
		g_hash_table_insert(target->by_path, target->files[i].change->path, GUINT_TO_POINTER(i + 1));
	}
	return g_steal_pointer(&target);
}

/* ---- renames ------------------------------------------------------------------------------------- */

static void side_move(struct ksig_target_side *to, struct ksig_target_side *from)
{
	ksig_match_side_clear(to);
	*to = *from;
	memset(from, 0, sizeof *from);
	ksig_match_side_unmark(to);
}

static void side_empty(struct ksig_target_side *side)
{
	g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);

	ksig_tree_lines_init_bytes(&side->lines, nothing);
	ksig_match_side_index(side);
}

static uint64_t lines_of(const GArray *runs)
{
	uint64_t lines = 0;

	for (guint i = 0; i < runs->len; i++) {
		const struct ksig_run *run = &g_array_index(runs, struct ksig_run, i);
		lines += run->old_count + run->new_count;
	}
	return lines;
}

/* GONE was deleted, CAME was added, and upstream says that the one became the other. */
static bool join_rename(ksig_target *target, struct ksig_target_file *gone, struct ksig_target_file *came,
			GError **error)
{
	if (!ksig_match_target_file_open(target, gone, error) ||
	    !ksig_match_target_file_open(target, came, error))
		return false;
	g_autoptr(GArray) runs = ksig_tree_lines_diff(&gone->old_side.lines, &came->new_side.lines, error);
	ksig_match_target_file_close(gone);
	ksig_match_target_file_close(came);
	const uint64_t all = (uint64_t) gone->old_side.lines.count + came->new_side.lines.count;

	if (!runs)
		return false;
	if (lines_of(runs) * 2 > all)
		return true;
	target->changed_lines -= all;
	side_move(&came->old_side, &gone->old_side);
	ksig_match_side_unmark(&came->new_side);
	side_empty(&gone->old_side);
	g_array_set_size(gone->runs, 0);
	g_array_unref(came->runs);
	came->runs = g_steal_pointer(&runs);
	came->renamed_from = gone->change;
	gone->absorbed = true;
	mark_changed(target, came);
	g_hash_table_insert(target->by_path, gone->change->path,
			    GUINT_TO_POINTER((guint) (came - target->files) + 1));
	return true;
}

bool ksig_match_target_join_renames(ksig_target *target, const struct ksig_pool *pool, GError **error)
{
	for (uint32_t i = 0; i < pool->n_files; i++) {
		const struct ksig_candidate_file *file = &pool->files[i];
		if (!(file->flags & KSIG_FILE_RENAMED))
			continue;
		const uint32_t from = ksig_match_target_find(target,
							     ksig_upstream_pool_string(pool, file->old_path));
		const uint32_t to = ksig_match_target_find(target,
							   ksig_upstream_pool_string(pool, file->new_path));
		if (from == KSIG_TARGET_NO_FILE || to == KSIG_TARGET_NO_FILE || from == to)
			continue;
		struct ksig_target_file *gone = &target->files[from];
		struct ksig_target_file *came = &target->files[to];
		if (gone->change->new_mode == 0 && came->change->old_mode == 0 && !gone->absorbed &&
		    !came->renamed_from && !gone->opaque && !came->opaque &&
		    !join_rename(target, gone, came, error))
			return false;
	}
	return true;
}

uint32_t ksig_match_target_find(const ksig_target *target, const char *path)
{
	const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(target->by_path, path));

	return found ? found - 1 : (uint32_t) KSIG_TARGET_NO_FILE;
}

uint64_t *ksig_match_target_number_changed(const ksig_target *target, int added, uint64_t *out_count)
{
	uint64_t *base = g_new(uint64_t, target->n_files + 1);

	*out_count = 0;
	for (uint32_t f = 0; f < target->n_files; f++) {
		base[f] = *out_count;
		*out_count += ksig_match_file_side(&target->files[f], added)->n_changed;
	}
	return base;
}
