/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Composes each file's states, writes a commit for each part that changes something, and proves that the last
 * tree is the vendor's.
 */
#include "assign/rebuild.h"
#include "assign/compose-internal.h"

#include <string.h>

/* ---- which part touches which file --------------------------------------------------------------- */

struct touched {
	uint32_t part;
	struct ksig_built_file file;
};

static int compare_touched(const void *a, const void *b)
{
	const struct touched *left = a;
	const struct touched *right = b;

	if (left->part != right->part)
		return left->part < right->part ? -1 : 1;
	return left->file.file < right->file.file ? -1 : left->file.file > right->file.file;
}

static struct ksig_built_file *touch(GHashTable *seen, uint32_t part, uint32_t file)
{
	struct touched *touched = g_hash_table_lookup(seen, GUINT_TO_POINTER(part));

	if (!touched) {
		touched = g_new0(struct touched, 1);
		touched->part = part;
		touched->file.file = file;
		g_hash_table_insert(seen, GUINT_TO_POINTER(part), touched);
	}
	return &touched->file;
}

static void touch_side(const ksig_assignment *assignment, GHashTable *seen, uint32_t file, int added)
{
	const struct ksig_target_file *f = &assignment->target->files[file];
	const struct ksig_target_side *side = added ? &f->new_side : &f->old_side;

	for (uint32_t i = 0; i < side->lines.count; i++) {
		if (!ksig_match_side_is_changed(side, i))
			continue;
		struct ksig_built_file *built = touch(seen, ksig_assign_owner(assignment, added, file, i),
						      file);
		if (!f->opaque)
			*(added ? &built->added : &built->removed) += 1;
	}
}

/* ---- the chain ----------------------------------------------------------------------------------- */

struct chain {
	ksig_store *store;
	const ksig_assignment *assignment;
	git_repository *repository;
	git_odb *odb;
	git_oid tree;
	git_oid commit;
	GString *bytes;
	ksig_assign_message_fn *message;
	void *data;
};

static bool git_fails(int code, const char *what, GError **error)
{
	return code < 0 && !ksig_tree_git_error(error, code, "%s", what);
}

/* ---- files --------------------------------------------------------------------------------------- */

/* The file after the part, written where it is not there yet. */
static bool compose_touched(struct chain *chain, struct touched *touched, GError **error)
{
	struct ksig_built_file *file = &touched->file;

	if (!compose_file(chain->assignment, file->file, touched->part, chain->bytes, &file->mode,
			  &file->blob)) {
		file->mode = 0;
		return true;
	}
	return !git_oid_is_zero(&file->blob) ||
	       !git_fails(git_odb_write(&file->blob, chain->odb, chain->bytes->str, chain->bytes->len,
					GIT_OBJECT_BLOB),
			  chain->assignment->target->files[file->file].change->path, error);
}

/* All states of FILE, one after the other: its text is read once, and only one file's is in memory. */
static bool compose_states(struct chain *chain, uint32_t file, GHashTable *seen, GArray *list, GError **error)
{
	struct ksig_target_file *f = &chain->assignment->target->files[file];
	GHashTableIter iterator;
	gpointer touched = NULL;

	if (g_hash_table_size(seen) == 0)
		return true;
	if (!ksig_match_target_file_open(chain->assignment->target, f, error))
		return false;
	g_hash_table_iter_init(&iterator, seen);
	while (g_hash_table_iter_next(&iterator, NULL, &touched)) {
		if (!compose_touched(chain, touched, error))
			return false;
		g_array_append_vals(list, touched, 1);
	}
	ksig_match_target_file_close(f);
	g_hash_table_remove_all(seen);
	return true;
}

/* Every (part, file) that changes, sorted by part. */
static GArray *list_touched(struct chain *chain, GError **error)
{
	const ksig_assignment *assignment = chain->assignment;
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct touched));
	g_autoptr(GHashTable) seen = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	g_autoptr(ksig_progress) progress = ksig_progress_new("writing files", assignment->target->n_files);

	for (uint32_t f = 0; f < assignment->target->n_files; f++) {
		ksig_progress_set(progress, f);
		touch_side(assignment, seen, f, 0);
		touch_side(assignment, seen, f, 1);
		if (assignment->file_owner[f] != KSIG_NO_OWNER)
			touch(seen, assignment->file_owner[f], f);
		if (!compose_states(chain, f, seen, list, error) ||
		    !ksig_tree_hold_relieve(chain->store, error))
			return NULL;
	}
	g_array_sort(list, compare_touched);
	return g_steal_pointer(&list);
}

/* ---- commits ------------------------------------------------------------------------------------- */

static void update_of(const struct chain *chain, const struct ksig_built_file *file, uint32_t part,
		      git_tree_update *update)
{
	update->path = compose_path(chain->assignment, file->file, part);
	update->action = file->mode ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
	update->id = file->blob;
	update->filemode = (git_filemode_t) file->mode;
}

/* Whether PATH is in TREE: libgit2 refuses to remove what is not there. */
static bool in_tree(git_tree *tree, const char *path)
{
	git_tree_entry *entry = NULL;
	const bool there = git_tree_entry_bypath(&entry, tree, path) == 0;

	git_tree_entry_free(entry);
	return there;
}

/* The removal of a renamed file's old name, in the step that renames it. */
static size_t leave_old_name(const struct chain *chain, git_tree *tree, uint32_t file, uint32_t part,
			     git_tree_update *update)
{
	const struct ksig_change *from = chain->assignment->target->files[file].renamed_from;

	if (!from || compose_path(chain->assignment, file, part) == from->path || !in_tree(tree, from->path))
		return 0;
	*update = (git_tree_update){.action = GIT_TREE_UPDATE_REMOVE, .path = from->path};
	return 1;
}

static bool next_tree(struct chain *chain, const GArray *files, uint32_t part, git_oid *out_tree,
		      GError **error)
{
	g_autofree git_tree_update *updates = g_new0(git_tree_update, 2 * files->len + 1);
	g_autoptr(git_tree) tree = NULL;
	size_t n = 0;

	if (git_fails(git_tree_lookup(&tree, chain->repository, &chain->tree), "tree", error))
		return false;
	for (guint i = 0; i < files->len; i++) {
		const struct ksig_built_file *file = &g_array_index(files, struct ksig_built_file, i);
		update_of(chain, file, part, &updates[n]);
		if (updates[n].action == GIT_TREE_UPDATE_UPSERT || in_tree(tree, updates[n].path))
			n++;
		n += leave_old_name(chain, tree, file->file, part, &updates[n]);
	}
	return !git_fails(ksig_tree_update(chain->repository, tree, n, updates, out_tree), "tree", error);
}

/* Nobody signs a step, and its time is that of the git epoch: the same input makes the same commit. */
static bool write_commit(struct chain *chain, const git_oid *tree_id, uint32_t part, GError **error)
{
	g_autofree char *message = chain->message(part, chain->data);
	char parent[GIT_OID_HEXSZ + 1];
	char tree[GIT_OID_HEXSZ + 1];
	git_oid commit;

	git_oid_tostr(parent, sizeof parent, &chain->commit);
	git_oid_tostr(tree, sizeof tree, tree_id);
	g_autofree char *text = g_strdup_printf(
		"tree %s\nparent %s\nauthor ksig <ksig> 0 +0000\ncommitter ksig <ksig> 0 "
		"+0000\n\n%s\n",
		tree, parent, message);
	if (git_fails(git_odb_write(&commit, chain->odb, text, strlen(text), GIT_OBJECT_COMMIT), "commit",
		      error))
		return false;
	chain->commit = commit;
	chain->tree = *tree_id;
	return true;
}

static void built_step_free(void *data)
{
	struct ksig_built_step *step = data;

	g_array_unref(step->files);
	g_free(step);
}

static bool build_step(struct chain *chain, struct ksig_built_step *step, GError **error)
{
	git_oid tree;

	if (step->files->len == 0)
		return true;
	if (!next_tree(chain, step->files, step->part, &tree, error))
		return false;
	if (git_oid_equal(&tree, &chain->tree)) {
		g_array_set_size(step->files, 0);
		return true;
	}
	if (!write_commit(chain, &tree, step->part, error))
		return false;
	step->commit = chain->commit;
	return true;
}

/* The proof. */
static bool prove(const struct chain *chain, GError **error)
{
	const ksig_target *target = chain->assignment->target;
	g_autoptr(GPtrArray) differences = NULL;

	if (git_oid_equal(&chain->tree, &target->new_tree))
		return true;
	differences = ksig_tree_changes(target->store, &chain->tree, &target->new_tree, error);
	if (!differences)
		return false;
	const char *path = differences->len ? ((struct ksig_change *) differences->pdata[0])->path : "a mode";
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "the series does not rebuild the tree: %u paths differ, the first is %s",
			      differences->len, path);
}

static bool open_chain(struct chain *chain, const git_oid *parent, GError **error)
{
	chain->repository = ksig_tree_store_repository(chain->assignment->target->store);
	chain->tree = chain->assignment->target->old_tree;
	chain->commit = *parent;
	return !git_fails(git_repository_odb(&chain->odb, chain->repository), "objects", error);
}

static GPtrArray *make_chain(ksig_store *store, const ksig_assignment *assignment, const git_oid *parent,
			     ksig_assign_message_fn *message, void *data, GError **error)
{
	g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(built_step_free);
	g_autoptr(ksig_progress) progress = ksig_progress_new("rebuilding", assignment->parts->len);
	g_autoptr(GString) bytes = g_string_new(NULL);
	g_autoptr(git_odb) odb = NULL;
	struct chain chain = {
		.store = store, .assignment = assignment, .bytes = bytes, .message = message, .data = data};
	guint at = 0;

	if (!open_chain(&chain, parent, error))
		return NULL;
	odb = chain.odb;
	g_autoptr(GArray) touched = list_touched(&chain, error);
	if (!touched)
		return NULL;
	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		struct ksig_built_step *step = g_new0(struct ksig_built_step, 1);
		step->part = p;
		step->files = g_array_new(FALSE, FALSE, sizeof(struct ksig_built_file));
		g_ptr_array_add(steps, step);
		ksig_progress_set(progress, p);
		for (; at < touched->len && g_array_index(touched, struct touched, at).part == p; at++)
			g_array_append_val(step->files, g_array_index(touched, struct touched, at).file);
		if (!build_step(&chain, step, error) || !ksig_tree_hold_relieve(store, error))
			return NULL;
	}
	return prove(&chain, error) ? g_steal_pointer(&steps) : NULL;
}

GPtrArray *ksig_assign_rebuild(ksig_store *store, const ksig_assignment *assignment, const git_oid *parent,
			       ksig_assign_message_fn *message, void *data, GError **error)
{
	if (!ksig_tree_hold_begin(store, error))
		return NULL;
	g_autoptr(GPtrArray) steps = make_chain(store, assignment, parent, message, data, error);
	if (!ksig_tree_hold_end(store, steps ? error : NULL))
		return NULL;
	return g_steal_pointer(&steps);
}
