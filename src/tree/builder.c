/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths from outside become a git tree: unsafe ones refused, limits kept, a later entry replaces an earlier
 * one, git's order, the one common folder dropped.
 */
#include "tree/builder-internal.h"
#include "tree/pack-internal.h"
#include "tree/tree-internal.h"

/* A path of the tree that is built. A folder has children; a file has an id, its own or its link's. */
struct node {
	char *name;
	uint16_t mode;
	git_oid id; /* of a file: set by a thread of the pack */
	size_t length_bytes;
	const struct node *link; /* the file whose content this one has, or NULL */
	GHashTable *children;    /* name -> struct node * */
};

struct ksig_builder {
	char *name;
	struct ksig_import_limits limits;
	ksig_pack *pack;
	struct node *root;
	GPtrArray *replaced; /* struct node *: a thread may still write their ids */
	uint64_t entries;
	uint64_t total_bytes;
};

const struct ksig_import_limits ksig_import_limits_default = {
	.entries = 1000000,
	.file_bytes = (uint64_t) 256 << 20,
	.total_bytes = (uint64_t) 16 << 30,
};

static void node_free(void *data)
{
	struct node *node = data;

	if (!node)
		return;
	if (node->children)
		g_hash_table_unref(node->children);
	g_free(node->name);
	g_free(node);
}

static struct node *node_new(const char *name, size_t name_bytes, uint16_t mode)
{
	struct node *node = g_new0(struct node, 1);

	node->name = g_strndup(name, name_bytes);
	node->mode = mode;
	if (mode == GIT_FILEMODE_TREE)
		node->children = g_hash_table_new_full(ksig_string_hash, g_str_equal, NULL, node_free);
	return node;
}

ksig_builder *ksig_builder_new(ksig_store *store, const char *name, const struct ksig_import_limits *limits,
			       GError **error)
{
	g_autoptr(ksig_builder) builder = g_new0(ksig_builder, 1);

	builder->name = g_strdup(name);
	builder->limits = *limits;
	builder->root = node_new("", 0, GIT_FILEMODE_TREE);
	builder->replaced = g_ptr_array_new_with_free_func(node_free);
	builder->pack = ksig_pack_new(ksig_tree_store_repository(store), ksig_tree_store_path(store), error);
	return builder->pack ? g_steal_pointer(&builder) : NULL;
}

const struct ksig_import_limits *ksig_builder_limits(const ksig_builder *builder)
{
	return &builder->limits;
}

static bool count(ksig_builder *builder, const char *path, uint64_t length_bytes, GError **error)
{
	if (++builder->entries > builder->limits.entries)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %" G_GUINT64_FORMAT " entries",
				      builder->name, builder->limits.entries);
	if (length_bytes > builder->limits.file_bytes)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: %s: %" G_GUINT64_FORMAT
				      " bytes, more than the limit of %" G_GUINT64_FORMAT,
				      builder->name, path, length_bytes, builder->limits.file_bytes);
	builder->total_bytes += length_bytes;
	if (builder->total_bytes > builder->limits.total_bytes)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: %s: more than %" G_GUINT64_FORMAT " bytes in all", builder->name,
				      path, builder->limits.total_bytes);
	return true;
}

/* Looks NAME up below FOLDER, where it must be a folder; makes it if it is not there. */
static struct node *enter(ksig_builder *builder, struct node *folder, const char *path, const char *name,
			  size_t name_bytes, GError **error)
{
	g_autofree char *key = g_strndup(name, name_bytes);
	struct node *child = g_hash_table_lookup(folder->children, key);

	if (!child) {
		child = node_new(name, name_bytes, GIT_FILEMODE_TREE);
		g_hash_table_insert(folder->children, child->name, child);
	}
	if (child->children)
		return child;
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: goes through %s, which is no folder", builder->name,
		       path, key);
	return NULL;
}

/* The folder that PATH lies in; OUT_NAME: its last component. */
static struct node *enter_parents(ksig_builder *builder, const char *path, const char **out_name,
				  GError **error)
{
	struct node *folder = builder->root;
	const char *name = path;

	if (!ksig_path_is_safe(path)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: not a path that stays inside", builder->name,
			       path);
		return NULL;
	}
	for (const char *slash = NULL; (slash = strchr(name, '/')); name = slash + 1) {
		folder = enter(builder, folder, path, name, (size_t) (slash - name), error);
		if (!folder)
			return NULL;
	}
	*out_name = name;
	return folder;
}

static struct node *place(ksig_builder *builder, const char *path, uint16_t mode, GError **error)
{
	const char *name = NULL;
	struct node *folder = enter_parents(builder, path, &name, error);

	if (!folder)
		return NULL;
	struct node *old = g_hash_table_lookup(folder->children, name);
	if (old && old->children) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: is a folder and a file", builder->name,
			       path);
		return NULL;
	}
	struct node *node = node_new(name, strlen(name), mode);
	if (old) {
		g_hash_table_steal(folder->children, name);
		g_ptr_array_add(builder->replaced, old);
	}
	g_hash_table_insert(folder->children, node->name, node);
	return node;
}

bool ksig_builder_add(ksig_builder *builder, const char *path, uint16_t mode, char *data, size_t length_bytes,
		      GError **error)
{
	g_autofree char *owned = data;
	struct node *node = count(builder, path, length_bytes, error) ? place(builder, path, mode, error)
								      : NULL;

	if (!node)
		return false;
	node->length_bytes = length_bytes;
	ksig_pack_add(builder->pack, GIT_OBJECT_BLOB, g_steal_pointer(&owned), length_bytes, &node->id);
	return true;
}

static const struct node *find(const ksig_builder *builder, const char *path)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);
	const struct node *node = builder->root;

	for (char **name = names; *name && node; name++)
		node = node->children ? g_hash_table_lookup(node->children, *name) : NULL;
	return node && !node->children ? node : NULL;
}

bool ksig_builder_link(ksig_builder *builder, const char *path, const char *target, GError **error)
{
	const struct node *source = ksig_path_is_safe(target) ? find(builder, target) : NULL;

	if (!source)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: %s: a hard link to %s, which is no file of it", builder->name,
				      path, target);
	if (!count(builder, path, source->length_bytes, error))
		return false;
	struct node *node = place(builder, path, source->mode, error);
	if (!node)
		return false;
	node->length_bytes = source->length_bytes;
	node->link = source->link ? source->link : source;
	return true;
}

bool ksig_builder_folder(ksig_builder *builder, const char *path, GError **error)
{
	const char *name = NULL;

	if (!count(builder, path, 0, error))
		return false;
	struct node *folder = enter_parents(builder, path, &name, error);
	return folder && enter(builder, folder, path, name, strlen(name), error);
}

/* git sorts a folder as if its name ended in a slash. */
static int compare_nodes(const void *a, const void *b)
{
	const struct node *left = *(const struct node *const *) a;
	const struct node *right = *(const struct node *const *) b;
	const size_t left_bytes = strlen(left->name);
	const size_t right_bytes = strlen(right->name);
	const int order = memcmp(left->name, right->name, MIN(left_bytes, right_bytes));

	if (order != 0)
		return order;
	const int left_end = left_bytes > right_bytes ? (guchar) left->name[right_bytes]
			     : left->children         ? '/'
						      : 0;
	const int right_end = right_bytes > left_bytes ? (guchar) right->name[left_bytes]
			      : right->children        ? '/'
						       : 0;
	return left_end - right_end;
}

static GPtrArray *sorted_children(const struct node *folder)
{
	GPtrArray *children = g_ptr_array_new();
	GHashTableIter iter;
	void *child = NULL;

	g_hash_table_iter_init(&iter, folder->children);
	while (g_hash_table_iter_next(&iter, NULL, &child))
		g_ptr_array_add(children, child);
	g_ptr_array_sort(children, compare_nodes);
	return children;
}

/* Drops what holds no file, as git has no empty folders. Depth is bounded by the length of a path. */
static gboolean prune(void *name, void *value, void *user_data)
{
	struct node *node = value;

	(void) name;
	(void) user_data;
	if (!node->children)
		return FALSE;
	g_hash_table_foreach_remove(node->children, prune, NULL);
	return g_hash_table_size(node->children) == 0;
}

static void append_entry(GByteArray *bytes, const struct node *node)
{
	const git_oid *id = node->link ? &node->link->id : &node->id;
	g_autofree char *head = g_strdup_printf("%o %s", node->mode, node->name);

	g_byte_array_append(bytes, (const guint8 *) head, (guint) strlen(head) + 1);
	g_byte_array_append(bytes, id->id, GIT_OID_RAWSZ);
}

/*
 * Writes the trees below FOLDER, then its own. A tree needs the ids of its children: they are hashed here,
 * and once more by the pack, which is cheap for 6,000 small objects.
 */
static bool write_tree(ksig_builder *builder, struct node *folder, GError **error)
{
	g_autoptr(GPtrArray) children = sorted_children(folder);
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	for (guint i = 0; i < children->len; i++) {
		struct node *child = children->pdata[i];
		if (child->children && !write_tree(builder, child, error))
			return false;
		append_entry(bytes, child);
	}
	const size_t length_bytes = bytes->len;
	g_autofree char *data = (char *) g_byte_array_free(g_steal_pointer(&bytes), FALSE);
	const int code = git_odb_hash(&folder->id, data, length_bytes, GIT_OBJECT_TREE);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s", builder->name);
	ksig_pack_add(builder->pack, GIT_OBJECT_TREE, g_steal_pointer(&data), length_bytes, NULL);
	return true;
}

static struct node *only_folder(struct node *root)
{
	GHashTableIter iter;
	void *child = NULL;

	g_hash_table_iter_init(&iter, root->children);
	if (g_hash_table_size(root->children) != 1 || !g_hash_table_iter_next(&iter, NULL, &child))
		return root;
	return ((struct node *) child)->children ? child : root;
}

bool ksig_builder_finish(ksig_builder *builder, bool drop_common_folder, git_oid *out_tree, GError **error)
{
	struct node *root = drop_common_folder ? only_folder(builder->root) : builder->root;

	prune(NULL, root, NULL);
	if (g_hash_table_size(root->children) == 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: holds no files", builder->name);
	if (!ksig_pack_wait(builder->pack, error) || !write_tree(builder, root, error) ||
	    !ksig_pack_finish(builder->pack, error))
		return false;
	git_oid_cpy(out_tree, &root->id);
	return true;
}

void ksig_builder_free(ksig_builder *builder)
{
	if (!builder)
		return;
	ksig_pack_free(builder->pack);
	node_free(builder->root);
	g_ptr_array_unref(builder->replaced);
	g_free(builder->name);
	g_free(builder);
}
