/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many lines remain unexplained, and where. */
#include "breakdown/unexplained-places-internal.h"

#include <string.h>

static void place_free(void *data)
{
	struct ksig_breakdown_place *place = data;

	g_free(place->subsystem);
	g_free(place);
}

static int compare_places(const void *a, const void *b)
{
	const struct ksig_breakdown_place *left = *(struct ksig_breakdown_place *const *) a;
	const struct ksig_breakdown_place *right = *(struct ksig_breakdown_place *const *) b;

	if (left->lines != right->lines)
		return left->lines > right->lines ? -1 : 1;
	return strcmp(left->subsystem, right->subsystem);
}

static bool sum_vendor(struct ksig_work *work, int64_t revision_id, struct ksig_breakdown_revision *result,
		       GError **error)
{
	g_autoptr(GPtrArray) kinds = ksig_catalog_kinds(work->catalog, revision_id, error);

	for (guint i = 0; kinds && i < kinds->len; i++) {
		const struct ksig_kind_count *count = kinds->pdata[i];
		if (count->kind == KSIG_PATCH_VENDOR)
			result->vendor_lines = (uint64_t) (count->added + count->removed);
	}
	result->vendor_lines = MIN(result->vendor_lines, result->changed_lines - result->explained_lines);
	return kinds != NULL;
}

bool unexplained_places_sum(struct ksig_work *work, int64_t revision_id,
			    struct ksig_breakdown_revision *result, GError **error)
{
	g_autoptr(GPtrArray) files = ksig_catalog_unexplained_files(work->catalog, revision_id, error);
	g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);

	if (!files)
		return false;
	result->rest = g_ptr_array_new_with_free_func(place_free);
	for (guint i = 0; i < files->len; i++) {
		const struct ksig_step_file *file = files->pdata[i];
		g_autofree char *subsystem = ksig_tree_subsystem_of(file->path);
		struct ksig_breakdown_place *place = g_hash_table_lookup(places, subsystem);
		if (!place) {
			place = g_new0(struct ksig_breakdown_place, 1);
			place->subsystem = g_steal_pointer(&subsystem);
			g_hash_table_insert(places, place->subsystem, place);
			g_ptr_array_add(result->rest, place);
		}
		place->lines += (uint64_t) (file->added + file->removed);
		place->files++;
	}
	g_ptr_array_sort(result->rest, compare_places);
	return sum_vendor(work, revision_id, result, error);
}
