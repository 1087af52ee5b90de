/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packs and folders of objects, each asked by itself: where two have an object, nobody knows which git takes.
 * The names are SHA-1 by OpenSSL, a quarter of the time that libgit2's takes, which looks for signs of a
 * collision as well: two contents that were made to have one name are told apart by neither git nor this.
 */
#include "tree/copies-internal.h"

#include <git2/sys/odb_backend.h>
#include <openssl/evp.h>

/* A pack, or a folder of objects that are files. */
struct place {
	char *objects; /* the folder, for people */
	git_odb_backend *backend;
};

struct ksig_copies {
	char *path;          /* of the store's objects */
	git_odb *late;       /* the store and all that is attached, as it is now; NULL: not asked yet */
	GPtrArray *places;   /* struct place * */
	GHashTable *folders; /* char *: those whose places are known */
	EVP_MD *sha1;
	EVP_MD_CTX *context;
};

static void place_free(void *data)
{
	struct place *place = data;

	place->backend->free(place->backend);
	g_free(place->objects);
	g_free(place);
}

/* Takes BACKEND. */
static void add_place(ksig_copies *copies, const char *objects, git_odb_backend *backend)
{
	struct place *place = g_new0(struct place, 1);

	place->objects = g_strdup(objects);
	place->backend = backend;
	g_ptr_array_add(copies->places, place);
}

static void add_packs(ksig_copies *copies, const char *objects)
{
	g_autofree char *folder = g_build_filename(objects, "pack", NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name = NULL;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		git_odb_backend *backend = NULL;
		if (g_str_has_suffix(name, ".idx") && git_odb_backend_one_pack(&backend, path) == 0)
			add_place(copies, objects, backend);
	}
}

/* A folder that is packed throughout is not asked for each object. */
static bool has_files(const char *objects)
{
	g_autoptr(GDir) dir = g_dir_open(objects, 0, NULL);
	const char *name = NULL;

	while (dir && (name = g_dir_read_name(dir)))
		if (strlen(name) == 2)
			return true;
	return false;
}

static void add_folder(ksig_copies *copies, const char *objects, int depth)
{
	git_odb_backend *backend = NULL;

	if (!g_hash_table_add(copies->folders, g_strdup(objects)))
		return;
	add_packs(copies, objects);
	if (has_files(objects) && git_odb_backend_loose(&backend, objects, -1, 0, 0, 0) == 0)
		add_place(copies, objects, backend);
	g_autoptr(GPtrArray) alternates = ksig_git_alternates(objects, NULL);
	for (guint i = 0; alternates && i < alternates->len && depth <= KSIG_ALTERNATES_DEPTH; i++)
		add_folder(copies, alternates->pdata[i], depth + 1);
}

ksig_copies *ksig_copies_new(const char *store)
{
	ksig_copies *copies = g_new0(ksig_copies, 1);

	copies->path = g_build_filename(store, "objects", NULL);
	copies->places = g_ptr_array_new_with_free_func(place_free);
	copies->folders = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	copies->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	copies->context = EVP_MD_CTX_new();
	add_folder(copies, copies->path, 0);
	return copies;
}

void ksig_copies_free(ksig_copies *copies)
{
	if (!copies)
		return;
	EVP_MD_CTX_free(copies->context);
	EVP_MD_free(copies->sha1);
	git_odb_free(copies->late);
	g_ptr_array_unref(copies->places);
	g_hash_table_unref(copies->folders);
	g_free(copies->path);
	g_free(copies);
}

static bool compare_name(ksig_copies *copies, const char *objects, const git_oid *id, git_object_t type,
			 const void *data, size_t length_bytes, GError **error)
{
	char head[64];
	const int head_bytes =
		g_snprintf(head, sizeof head, "%s %zu", git_object_type2string(type), length_bytes) + 1;
	git_oid sum;

	if (!copies->sha1 || EVP_DigestInit_ex2(copies->context, copies->sha1, NULL) != 1 ||
	    EVP_DigestUpdate(copies->context, head, (size_t) head_bytes) != 1 ||
	    EVP_DigestUpdate(copies->context, data, length_bytes) != 1 ||
	    EVP_DigestFinal_ex(copies->context, sum.id, NULL) != 1)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "OpenSSL has no SHA1");
	return git_oid_equal(&sum, id) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: object %s: an object is not what its name says",
			      objects, git_oid_tostr_s(id));
}

static bool read_copy(ksig_copies *copies, const struct place *place, const git_oid *id, git_object_t wanted,
		      GBytes **out_content, GError **error)
{
	void *data = NULL;
	size_t length_bytes = 0;
	git_object_t type = GIT_OBJECT_INVALID;
	const int code = place->backend->read(&data, &length_bytes, &type, place->backend, id);

	if (code != 0)
		return ksig_tree_git_error(error, code, "%s: object %s", place->objects, git_oid_tostr_s(id));
	const bool good = compare_name(copies, place->objects, id, type, data, length_bytes, error);
	if (good && out_content && !*out_content && type == wanted)
		*out_content = g_bytes_new(data, length_bytes);
	git_odb_backend_data_free(place->backend, data);
	return good;
}

/* From wherever it came to since: libgit2 compares it itself. What nobody has is nobody's lie. */
static bool read_late(ksig_copies *copies, const git_oid *id, git_object_t wanted, GBytes **out_content,
		      GError **error)
{
	git_odb_object *object = NULL;
	int code = copies->late ? 0 : git_odb_open(&copies->late, copies->path);

	if (code == 0)
		code = git_odb_read(&object, copies->late, id);
	if (object && out_content && git_odb_object_type(object) == wanted)
		*out_content = g_bytes_new(git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return code == 0 || code == GIT_ENOTFOUND ||
	       ksig_tree_git_error(error, code, "%s: object %s", copies->path, git_oid_tostr_s(id));
}

bool ksig_copies_read(ksig_copies *copies, const git_oid *id, git_object_t wanted, GBytes **out_content,
		      GError **error)
{
	bool found = false;

	if (out_content)
		*out_content = NULL;
	for (guint i = 0; i < copies->places->len; i++) {
		const struct place *place = copies->places->pdata[i];
		if (!place->backend->exists(place->backend, id))
			continue;
		found = true;
		if (!read_copy(copies, place, id, wanted, out_content, error)) {
			if (out_content)
				g_clear_pointer(out_content, g_bytes_unref);
			return false;
		}
	}
	return found || read_late(copies, id, wanted, out_content, error);
}
