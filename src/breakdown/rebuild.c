/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "breakdown/assign-internal.h"

#include <string.h>

/* ---- which part touches which file --------------------------------------------------------------- */

struct touched {
	uint32_t part;
	struct built_file file;
};

static int compare_touched(const void *a, const void *b)
{
	const struct touched *left = a;
	const struct touched *right = b;

	if (left->part != right->part)
		return left->part < right->part ? -1 : 1;
	return left->file.file < right->file.file ? -1 : left->file.file > right->file.file;
}

static struct built_file *touch(GHashTable *seen, uint32_t part, uint32_t file)
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
	const struct target_file *f = &assignment->target->files[file];
	const struct target_side *side = added ? &f->new_side : &f->old_side;

	for (uint32_t i = 0; i < side->lines.count; i++) {
		if (!side->changed[i])
			continue;
		struct built_file *built = touch(seen, *assignment_owner(assignment, added, file, i), file);
		if (!f->opaque)
			*(added ? &built->added : &built->removed) += 1;
	}
}

/* Every (part, file) that changes, sorted by part. */
static GArray *list_touched(const ksig_assignment *assignment)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct touched));
	g_autoptr(GHashTable) seen = g_hash_table_new_full(NULL, NULL, NULL, g_free);

	for (uint32_t f = 0; f < assignment->target->n_files; f++) {
		GHashTableIter iterator;
		gpointer touched = NULL;
		touch_side(assignment, seen, f, 0);
		touch_side(assignment, seen, f, 1);
		if (assignment->file_owner[f] != NO_OWNER)
			touch(seen, assignment->file_owner[f], f);
		g_hash_table_iter_init(&iterator, seen);
		while (g_hash_table_iter_next(&iterator, NULL, &touched))
			g_array_append_vals(list, touched, 1);
		g_hash_table_remove_all(seen);
	}
	g_array_sort(list, compare_touched);
	return list;
}

/* ---- commits ------------------------------------------------------------------------------------- */

struct chain {
	const ksig_assignment *assignment;
	git_repository *repository;
	git_odb *odb;
	git_oid tree;
	git_oid commit;
	GString *bytes;
	part_message_fn *message;
	void *data;
};

static bool git_fails(int code, const char *what, GError **error)
{
	return code < 0 && !ksig_tree_git_error(error, code, "%s", what);
}

static bool update_of(struct chain *chain, uint32_t file, uint32_t part, git_tree_update *update,
		      GError **error)
{
	uint16_t mode = 0;
	git_oid blob;

	update->path = compose_path(chain->assignment, file, part);
	if (!compose_file(chain->assignment, file, part, chain->bytes, &mode, &blob)) {
		update->action = GIT_TREE_UPDATE_REMOVE;
		return true;
	}
	if (git_oid_is_zero(&blob) &&
	    git_fails(git_odb_write(&blob, chain->odb, chain->bytes->str, chain->bytes->len, GIT_OBJECT_BLOB),
		      update->path, error))
		return false;
	update->action = GIT_TREE_UPDATE_UPSERT;
	update->id = blob;
	update->filemode = (git_filemode_t) mode;
	return true;
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
		const struct built_file *file = &g_array_index(files, struct built_file, i);
		if (!update_of(chain, file->file, part, &updates[n], error))
			return false;
		if (updates[n].action == GIT_TREE_UPDATE_UPSERT || in_tree(tree, updates[n].path))
			n++;
		n += leave_old_name(chain, tree, file->file, part, &updates[n]);
	}
	return !git_fails(git_tree_create_updated(out_tree, chain->repository, tree, n, updates), "tree",
			  error);
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
	struct built_step *step = data;

	g_array_unref(step->files);
	g_free(step);
}

static bool build_step(struct chain *chain, struct built_step *step, GError **error)
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
	chain->repository = ksig_store_repository(chain->assignment->target->store);
	chain->tree = chain->assignment->target->old_tree;
	chain->commit = *parent;
	return !git_fails(git_repository_odb(&chain->odb, chain->repository), "objects", error);
}

GPtrArray *rebuild_chain(const ksig_assignment *assignment, const git_oid *parent, part_message_fn *message,
			 void *data, GError **error)
{
	g_autoptr(GArray) touched = list_touched(assignment);
	g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(built_step_free);
	g_autoptr(ksig_progress) progress = ksig_progress_new("rebuilding", assignment->parts->len);
	g_autoptr(GString) bytes = g_string_new(NULL);
	g_autoptr(git_odb) odb = NULL;
	struct chain chain = {.assignment = assignment, .bytes = bytes, .message = message, .data = data};
	guint at = 0;

	if (!open_chain(&chain, parent, error))
		return NULL;
	odb = chain.odb;
	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		struct built_step *step = g_new0(struct built_step, 1);
		step->part = p;
		step->files = g_array_new(FALSE, FALSE, sizeof(struct built_file));
		g_ptr_array_add(steps, step);
		ksig_progress_set(progress, p);
		for (; at < touched->len && g_array_index(touched, struct touched, at).part == p; at++)
			g_array_append_val(step->files, g_array_index(touched, struct touched, at).file);
		if (!build_step(&chain, step, error))
			return NULL;
	}
	return prove(&chain, error) ? g_steal_pointer(&steps) : NULL;
}
