/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Upstream's history is walked in order; a rename hands the file's identity from the old name to the new one.
 * An identity keeps all names it ever had. A candidate's file is the vendor's file of the same name if there
 * is one, else the vendor's file under another name of the same identity, else (new files in a folder that
 * was renamed as a whole) the file of the same base name in the folder's other name.
 */
#include "match/paths.h"

#include <string.h>

enum { NAMES_LIMIT = 64 };

struct walk {
	const struct ksig_pool *pool;
	const ksig_target *target;
	GHashTable *identity_of; /* path offset → identity + 1, as names stand at this point of history */
	GPtrArray *names;        /* by identity: GArray of path offsets, oldest first */
	GHashTable *folder_of;   /* folder → folder that its files came from, or went to */
};

static uint32_t identity_new(struct walk *walk, uint32_t path)
{
	GArray *names = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	g_array_append_val(names, path);
	g_ptr_array_add(walk->names, names);
	g_hash_table_insert(walk->identity_of, GUINT_TO_POINTER(path), GUINT_TO_POINTER(walk->names->len));
	return walk->names->len - 1;
}

static uint32_t identity_now(struct walk *walk, uint32_t path)
{
	const guint known = GPOINTER_TO_UINT(g_hash_table_lookup(walk->identity_of, GUINT_TO_POINTER(path)));

	return known ? known - 1 : identity_new(walk, path);
}

static void add_name(struct walk *walk, uint32_t identity, uint32_t path)
{
	GArray *names = walk->names->pdata[identity];

	for (guint i = 0; i < names->len; i++)
		if (g_array_index(names, uint32_t, i) == path)
			return;
	if (names->len < NAMES_LIMIT)
		g_array_append_val(names, path);
}

static void learn_folder(struct walk *walk, uint32_t old_path, uint32_t new_path)
{
	const char *old_name = ksig_upstream_pool_string(walk->pool, old_path);
	const char *new_name = ksig_upstream_pool_string(walk->pool, new_path);
	g_autofree char *old_base = g_path_get_basename(old_name);
	g_autofree char *new_base = g_path_get_basename(new_name);

	if (!g_str_equal(old_base, new_base))
		return;
	char *old_folder = g_path_get_dirname(old_name);
	char *new_folder = g_path_get_dirname(new_name);
	g_hash_table_insert(walk->folder_of, g_strdup(new_folder), g_strdup(old_folder));
	g_hash_table_insert(walk->folder_of, old_folder, new_folder);
}

static uint32_t walk_file(struct walk *walk, const struct ksig_candidate_file *file)
{
	const uint32_t path = file->old_path ? file->old_path : file->new_path;
	const uint32_t identity = identity_now(walk, path);

	if (file->flags & KSIG_FILE_RENAMED) {
		add_name(walk, identity, file->new_path);
		g_hash_table_remove(walk->identity_of, GUINT_TO_POINTER(file->old_path));
		g_hash_table_insert(walk->identity_of, GUINT_TO_POINTER(file->new_path),
				    GUINT_TO_POINTER(identity + 1));
		learn_folder(walk, file->old_path, file->new_path);
	}
	return identity;
}

static bool try_name(const struct walk *walk, const char *name, struct ksig_path_target *out)
{
	const uint32_t file = ksig_match_target_find(walk->target, name);

	if (file != KSIG_TARGET_NO_FILE) {
		out->fate = KSIG_PATH_CHANGED;
		out->file = file;
		return true;
	}
	if (!g_hash_table_contains(walk->target->all_paths, name))
		return false;
	out->fate = KSIG_PATH_UNCHANGED;
	return true;
}

static bool try_folder(const struct walk *walk, const char *name, struct ksig_path_target *out)
{
	g_autofree char *folder = g_path_get_dirname(name);
	const char *other = g_hash_table_lookup(walk->folder_of, folder);

	if (!other)
		return false;
	g_autofree char *base = g_path_get_basename(name);
	g_autofree char *path = g_build_filename(other, base, NULL);
	return try_name(walk, path, out);
}

static void resolve(const struct walk *walk, const struct ksig_candidate_file *file,
		    struct ksig_path_target *out)
{
	const uint32_t path = file->old_path ? file->old_path : file->new_path;
	const GArray *names = walk->names->pdata[out->identity];

	out->fate = KSIG_PATH_ABSENT;
	out->file = KSIG_TARGET_NO_FILE;
	if (try_name(walk, ksig_upstream_pool_string(walk->pool, path), out))
		return;
	for (guint i = 0; i < names->len; i++)
		if (try_name(walk, ksig_upstream_pool_string(walk->pool, g_array_index(names, uint32_t, i)),
			     out))
			return;
	try_folder(walk, ksig_upstream_pool_string(walk->pool, path), out);
}

static void free_names(void *names)
{
	g_array_unref(names);
}

struct ksig_path_target *ksig_match_paths_map(const struct ksig_pool *pool, const ksig_target *target)
{
	struct ksig_path_target *map = g_new0(struct ksig_path_target, pool->n_files + 1);
	struct walk walk = {
		.pool = pool,
		.target = target,
		.identity_of = g_hash_table_new(NULL, NULL),
		.names = g_ptr_array_new_with_free_func(free_names),
		.folder_of = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
	};

	for (uint32_t i = 0; i < pool->n_files; i++)
		map[i].identity = walk_file(&walk, &pool->files[i]);
	for (uint32_t i = 0; i < pool->n_files; i++)
		resolve(&walk, &pool->files[i], &map[i]);
	g_hash_table_unref(walk.identity_of);
	g_ptr_array_unref(walk.names);
	g_hash_table_unref(walk.folder_of);
	return map;
}
