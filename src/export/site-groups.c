/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named figures, of subsystems and sources: found by name, put in order. */
#include "export/site-groups-internal.h"

struct ksig_site_group *ksig_site_group_of(GHashTable *table, const char *name)
{
	struct ksig_site_group *group = g_hash_table_lookup(table, name);

	if (group)
		return group;
	group = g_new0(struct ksig_site_group, 1);
	group->name = g_strdup(name);
	group->index = (int) g_hash_table_size(table);
	g_hash_table_insert(table, group->name, group);
	return group;
}

static gint by_patches(gconstpointer a, gconstpointer b)
{
	const struct ksig_site_group *one = *(const struct ksig_site_group *const *) a;
	const struct ksig_site_group *other = *(const struct ksig_site_group *const *) b;

	if (one->patches != other->patches)
		return one->patches > other->patches ? -1 : 1;
	return strcmp(one->name, other->name);
}

static gint by_lines(gconstpointer a, gconstpointer b)
{
	const struct ksig_site_group *one = *(const struct ksig_site_group *const *) a;
	const struct ksig_site_group *other = *(const struct ksig_site_group *const *) b;

	if (one->lines != other->lines)
		return one->lines > other->lines ? -1 : 1;
	return strcmp(one->name, other->name);
}

static gint by_index(gconstpointer a, gconstpointer b)
{
	const struct ksig_site_group *one = *(const struct ksig_site_group *const *) a;
	const struct ksig_site_group *other = *(const struct ksig_site_group *const *) b;

	return one->index - other->index;
}

static GPtrArray *groups_sorted(GHashTable *table, GCompareFunc compare)
{
	GPtrArray *groups = g_ptr_array_new();
	GHashTableIter iter;
	gpointer group = NULL;

	g_hash_table_iter_init(&iter, table);
	while (g_hash_table_iter_next(&iter, NULL, &group))
		g_ptr_array_add(groups, group);
	g_ptr_array_sort(groups, compare);
	return groups;
}

GPtrArray *ksig_site_ranked(GHashTable *table, bool lines)
{
	return groups_sorted(table, lines ? by_lines : by_patches);
}

GPtrArray *ksig_site_indexed(GHashTable *table)
{
	return groups_sorted(table, by_index);
}
