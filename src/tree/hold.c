/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A revision's series is tens of thousands of small objects. As files of their own they cost more than all
 * that made them: so they are held in memory, as a backend of the object database that comes first, and
 * written as packs.
 */
#include "tree/hold-internal.h"
#include "tree/pack-internal.h"

#include <git2/sys/odb_backend.h>
#include <glib/gstdio.h>

enum { PRIORITY = 1000, LIMIT_BYTES = 24 << 20, LARGE_BYTES = 4 << 20 };

struct held {
	git_object_t type;
	size_t length_bytes;
	char *data;
};

/*
 * Before libgit2 writes an object it looks everywhere for it, and when it is not there it reads all folders
 * of packs anew and looks again: that costs more than the rest. While objects are held the others are not
 * asked; what they have is written once more, and left out when git packs.
 */
struct silenced {
	git_odb_backend *backend;
	int (*exists)(git_odb_backend *, const git_oid *);
	int (*freshen)(git_odb_backend *, const git_oid *);
	int (*refresh)(git_odb_backend *);
};

struct ksig_hold {
	git_odb_backend backend; /* first: libgit2 knows no other part */
	GArray *silenced;        /* struct silenced: the other backends, while objects are held */
	git_odb_backend *loose;  /* where what is not held goes */
	GHashTable *objects;     /* git_oid * → struct held * */
	size_t bytes;
	bool holding;
	bool packing;     /* what is being packed is not there, or it would not be written */
	GPtrArray *packs; /* paths without ending, of what was held */
};

static void held_free(void *data)
{
	struct held *held = data;

	g_free(held->data);
	g_free(held);
}

static struct held *find(git_odb_backend *backend, const git_oid *id)
{
	const struct ksig_hold *hold = (struct ksig_hold *) backend;

	return hold->packing ? NULL : g_hash_table_lookup(hold->objects, id);
}

static int hold_read(void **out_data, size_t *out_length_bytes, git_object_t *out_type,
		     git_odb_backend *backend, const git_oid *id)
{
	const struct held *held = find(backend, id);

	if (!held)
		return GIT_ENOTFOUND;
	*out_data = git_odb_backend_data_alloc(backend, held->length_bytes + 1);
	if (!*out_data)
		return GIT_ERROR;
	if (held->length_bytes > 0)
		memcpy(*out_data, held->data, held->length_bytes);
	((char *) *out_data)[held->length_bytes] = '\0';
	*out_length_bytes = held->length_bytes;
	*out_type = held->type;
	return 0;
}

static int hold_read_header(size_t *out_length_bytes, git_object_t *out_type, git_odb_backend *backend,
			    const git_oid *id)
{
	const struct held *held = find(backend, id);

	if (!held)
		return GIT_ENOTFOUND;
	*out_length_bytes = held->length_bytes;
	*out_type = held->type;
	return 0;
}

static int hold_exists(git_odb_backend *backend, const git_oid *id)
{
	return find(backend, id) != NULL;
}

static int hold_write(git_odb_backend *backend, const git_oid *id, const void *data, size_t length_bytes,
		      git_object_t type)
{
	struct ksig_hold *hold = (struct ksig_hold *) backend;

	/* One that is large is no part of the many: it would be in memory twice. */
	if (!hold->holding || length_bytes >= LARGE_BYTES)
		return hold->loose->write(hold->loose, id, data, length_bytes, type);
	struct held *held = g_new(struct held, 1);
	*held = (struct held){type, length_bytes, g_memdup2(data, length_bytes)};
	hold->bytes += length_bytes;
	g_hash_table_insert(hold->objects, g_memdup2(id, sizeof *id), held);
	return 0;
}

static void hold_free(git_odb_backend *backend)
{
	struct ksig_hold *hold = (struct ksig_hold *) backend;

	hold->loose->free(hold->loose);
	g_array_unref(hold->silenced);
	g_hash_table_unref(hold->objects);
	g_ptr_array_unref(hold->packs);
	g_free(hold);
}

struct ksig_hold *ksig_hold_new(git_repository *repository, const char *path, GError **error)
{
	g_autofree char *objects = g_build_filename(path, "objects", NULL);
	g_autoptr(git_odb) odb = NULL;
	struct ksig_hold *hold = g_new0(struct ksig_hold, 1);
	int code = git_odb_init_backend(&hold->backend, GIT_ODB_BACKEND_VERSION);

	hold->backend.read = hold_read;
	hold->backend.read_header = hold_read_header;
	hold->backend.exists = hold_exists;
	hold->backend.write = hold_write;
	hold->backend.free = hold_free;
	hold->objects = g_hash_table_new_full(ksig_tree_oid_hash, ksig_tree_oid_equal, g_free, held_free);
	hold->packs = g_ptr_array_new_with_free_func(g_free);
	hold->silenced = g_array_new(FALSE, FALSE, sizeof(struct silenced));
	if (code == 0)
		code = git_odb_backend_loose(&hold->loose, objects, -1, 1, 0, 0);
	if (code == 0)
		code = git_repository_odb(&odb, repository);
	if (code == 0)
		code = git_odb_add_backend(odb, &hold->backend, PRIORITY);
	if (code == 0)
		return hold;
	ksig_tree_git_error(error, code, "%s", path);
	if (hold->loose)
		hold_free(&hold->backend);
	return NULL;
}

static void silence_others(struct ksig_hold *hold)
{
	git_odb *odb = hold->backend.odb;

	for (size_t i = 0; i < git_odb_num_backends(odb); i++) {
		git_odb_backend *other = NULL;
		if (git_odb_get_backend(&other, odb, i) != 0 || other == &hold->backend)
			continue;
		const struct silenced one = {other, other->exists, other->freshen, other->refresh};
		g_array_append_val(hold->silenced, one);
		other->exists = NULL;
		other->freshen = NULL;
		other->refresh = NULL;
	}
}

static void let_speak(struct ksig_hold *hold)
{
	for (guint i = 0; i < hold->silenced->len; i++) {
		const struct silenced *one = &g_array_index(hold->silenced, struct silenced, i);
		one->backend->exists = one->exists;
		one->backend->freshen = one->freshen;
		one->backend->refresh = one->refresh;
	}
	g_array_set_size(hold->silenced, 0);
}

void ksig_hold_begin(struct ksig_hold *hold)
{
	hold->holding = true;
	silence_others(hold);
}

static void add_all(struct ksig_hold *hold, ksig_pack *pack)
{
	GHashTableIter iterator;
	gpointer value = NULL;

	g_hash_table_iter_init(&iterator, hold->objects);
	while (g_hash_table_iter_next(&iterator, NULL, &value)) {
		struct held *held = value;
		ksig_pack_add(pack, held->type, g_steal_pointer(&held->data), held->length_bytes, NULL);
	}
}

/* What is held becomes a pack, and is forgotten. */
static bool write_pack(struct ksig_hold *hold, git_repository *repository, const char *path, GError **error)
{
	g_autofree char *made = NULL;

	if (g_hash_table_size(hold->objects) == 0)
		return true;
	g_autoptr(ksig_pack) pack = ksig_pack_new(repository, path, error);
	if (!pack)
		return false;
	hold->packing = true;
	add_all(hold, pack);
	const bool good = ksig_pack_finish_as(pack, &made, error);
	hold->packing = false;
	let_speak(hold);
	git_odb_refresh(hold->backend.odb);
	silence_others(hold);
	if (!good)
		return false;
	if (made)
		g_ptr_array_add(hold->packs, g_steal_pointer(&made));
	g_hash_table_remove_all(hold->objects);
	hold->bytes = 0;
	return true;
}

bool ksig_hold_relieve(struct ksig_hold *hold, git_repository *repository, const char *path, GError **error)
{
	return hold->bytes < LIMIT_BYTES || write_pack(hold, repository, path, error);
}

bool ksig_hold_end(struct ksig_hold *hold, git_repository *repository, const char *path, GError **error)
{
	const bool good = write_pack(hold, repository, path, error);

	let_speak(hold);
	g_hash_table_remove_all(hold->objects);
	hold->holding = false;
	hold->bytes = 0;
	return good;
}

uint32_t ksig_hold_packs(const struct ksig_hold *hold)
{
	return hold->packs->len;
}

void ksig_hold_forget_packs(struct ksig_hold *hold)
{
	g_ptr_array_set_size(hold->packs, 0);
}

void ksig_hold_remove_packs(struct ksig_hold *hold, const char *kept)
{
	for (guint i = 0; i < hold->packs->len; i++) {
		if (g_str_has_suffix(hold->packs->pdata[i], kept))
			continue;
		g_autofree char *pack = g_strconcat(hold->packs->pdata[i], ".pack", NULL);
		g_autofree char *index = g_strconcat(hold->packs->pdata[i], ".idx", NULL);
		g_unlink(index);
		g_unlink(pack);
	}
	g_ptr_array_set_size(hold->packs, 0);
}
