/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules that two packages have for one kernel: both can be installed, and depmod takes one. */
#include "kmod/gate-twice-internal.h"
#include "kmod/gate-solvable-internal.h"
#include "kmod/modules-internal.h"

#include <string.h>

/* "KERNEL MODULE" of "/lib/modules/KERNEL/extra/acme/module.ko.xz"; NULL: PATH is no module, or in the place
 * of the kernel's own, which others may replace. */
static char *module_key(const char *path)
{
	static const char folder[] = "/lib/modules/";
	const char *kernel = g_str_has_prefix(path, "/usr") ? path + strlen("/usr") : path;

	if (!g_str_has_prefix(kernel, folder))
		return NULL;
	kernel += strlen(folder);
	const char *rest = strchr(kernel, '/');
	g_autofree char *module = rest && !g_str_has_prefix(rest, "/kernel/") ? ksig_kmod_module_of_file(rest)
									      : NULL;
	return module ? g_strdup_printf("%.*s %s", (int) (rest - kernel), kernel, module) : NULL;
}

/* SOLVABLE's dependencies of KEY mean OTHER. */
static bool means(Pool *pool, Solvable *solvable, Id key, Id other)
{
	Queue dependencies;
	bool found = false;
	Id p = 0, pp = 0;

	gate_dependencies(solvable, key, &dependencies);
	for (int i = 0; i < dependencies.count && !found; i++) {
		FOR_PROVIDES (p, pp, dependencies.elements[i]) {
			found |= p == other;
		}
	}
	queue_free(&dependencies);
	return found;
}

/* One of them keeps the other away. */
static bool exclude_each_other(Pool *pool, Id one, Id two)
{
	const Id pairs[][2] = {{one, two}, {two, one}};

	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
		Solvable *solvable = pool_id2solvable(pool, pairs[i][0]);
		if (means(pool, solvable, SOLVABLE_CONFLICTS, pairs[i][1]) ||
		    means(pool, solvable, SOLVABLE_OBSOLETES, pairs[i][1]))
			return true;
	}
	return false;
}

/* Says that PACKAGE, or OTHER if only that one comes, has the module KEY that the other has as well. */
static void say_twice(struct gate *gate, Id package, Id other, const char *key, GHashTable *said)
{
	Pool *pool = gate->pool;
	const Solvable *one = pool_id2solvable(pool, package), *two = pool_id2solvable(pool, other);
	const bool is_first = one->repo == gate->available;
	const Id fresh = is_first ? package : other, there = is_first ? other : package;

	if (one->name == two->name || (!is_first && two->repo != gate->available) ||
	    exclude_each_other(pool, package, other) ||
	    !g_hash_table_add(said, g_strdup_printf("%d %d", fresh, there)))
		return;
	g_autofree char *names = g_strdup(pool_solvid2str(pool, there));
	g_ptr_array_add(
		gate->unjudged,
		g_strdup_printf(
			"%s: %s has the module %s for kernel %.*s as well: only one of the two can be "
			"in use",
			pool_solvid2str(pool, fresh), names, strchr(key, ' ') + 1, (int) strcspn(key, " "),
			key));
}

/* Adds the modules of PACKAGE to OWNERS (key -> GArray of Id), and says which are there already. */
static void add_modules(struct gate *gate, Id package, GHashTable *owners, GHashTable *said)
{
	Dataiterator files;

	dataiterator_init(&files, gate->pool, NULL, package, SOLVABLE_FILELIST, ".ko",
			  SEARCH_SUBSTRING | SEARCH_FILES | SEARCH_COMPLETE_FILELIST);
	while (dataiterator_step(&files)) {
		g_autofree char *key = module_key(files.kv.str);
		GArray *ids = key ? g_hash_table_lookup(owners, key) : NULL;
		if (!key)
			continue;
		for (guint i = 0; ids && i < ids->len; i++)
			say_twice(gate, package, g_array_index(ids, Id, i), key, said);
		if (!ids) {
			ids = g_array_new(FALSE, FALSE, sizeof(Id));
			g_hash_table_insert(owners, g_steal_pointer(&key), ids);
		}
		g_array_append_val(ids, package);
	}
	dataiterator_free(&files);
}

void gate_say_twice(struct gate *gate)
{
	g_autoptr(GHashTable) owners = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free,
							     (GDestroyNotify) g_array_unref);
	g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	Pool *pool = gate->pool;

	for (Id p = 2; p < pool->nsolvables; p++)
		if (pool->solvables[p].repo && !gate_is_kernel(pool, pool_id2solvable(pool, p)))
			add_modules(gate, p, owners, said);
}
