/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kmod/gate.c asked for each release and architecture of a channel: what users have there (and --beside)
 * against what comes. A live patch's test result is asked for by live-gate.c.
 */
#include "publish/module-gate.h"
#include "parts.h"
#if KSIG_KMOD
#include "kmod/gate.h"
#else
#include "publish/content-internal.h"
#endif

#include <string.h>

static bool is_package(const char *name)
{
	return g_str_has_suffix(name, ".rpm") && !g_str_has_suffix(name, ".src.rpm");
}

static void add_packages(GPtrArray *files, const char *path)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;

	if (!folder) {
		g_ptr_array_add(files, g_strdup(path));
		return;
	}
	while ((name = g_dir_read_name(folder))) {
		g_autofree char *inner = g_build_filename(path, name, NULL);
		if (is_package(name) || g_file_test(inner, G_FILE_TEST_IS_DIR))
			add_packages(files, inner);
	}
}

GPtrArray *ksig_publish_package_files(char **paths)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);

	for (; paths && *paths; paths++)
		add_packages(files, *paths);
	g_ptr_array_add(files, NULL);
	return files;
}

/* "9/x86_64" of "9/x86_64/Packages/k/…"; NULL: sources and debug information, which no system runs on. */
static char *repository_of(const ksig_package *package)
{
	const char *end = strstr(package->path, "/Packages/");
	g_autofree char *prefix = end ? g_strndup(package->path, (gsize) (end - package->path)) : NULL;

	if (!prefix || g_str_has_suffix(prefix, "/source") || g_str_has_suffix(prefix, "/debug"))
		return NULL;
	return g_steal_pointer(&prefix);
}

struct side {
	GPtrArray *present, *fresh; /* files, NULL-ended once they are asked */
	GHashTable *coming;         /* the NEVRAs of FRESH */
};

static void free_side(gpointer data)
{
	struct side *side = data;

	g_ptr_array_unref(side->present);
	g_ptr_array_unref(side->fresh);
	g_hash_table_unref(side->coming);
	g_free(side);
}

static struct side *side_of(GHashTable *sides, const ksig_package *package)
{
	g_autofree char *name = repository_of(package);
	struct side *side = name ? g_hash_table_lookup(sides, name) : NULL;

	if (side || !name)
		return side;
	side = g_new0(struct side, 1);
	side->present = g_ptr_array_new_with_free_func(g_free);
	side->fresh = g_ptr_array_new_with_free_func(g_free);
	side->coming = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_hash_table_insert(sides, g_steal_pointer(&name), side);
	return side;
}

/* What users have is what will be there, without what comes, with what goes. */
static GHashTable *sides_of(const struct ksig_module_gate *gate, GPtrArray *changes, GPtrArray *packages)
{
	GHashTable *sides = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_side);
	g_autoptr(GHashTable) coming = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_repo_change *change = g_ptr_array_index(changes, i);
		const bool is_new = change->verb == KSIG_REPO_ADD;
		struct side *side = side_of(sides, change->package);
		if (is_new)
			g_hash_table_add(coming, change->package->path);
		if (side && is_new)
			g_hash_table_add(side->coming, ksig_rpm_package_nevra(change->package));
		if (side)
			g_ptr_array_add(is_new ? side->fresh : side->present,
					ksig_publish_package_file(gate->root, change->package));
	}
	for (guint i = 0; i < packages->len; i++) {
		const ksig_package *package = g_ptr_array_index(packages, i);
		struct side *side = g_hash_table_contains(coming, package->path) ? NULL
										 : side_of(sides, package);
		if (side)
			g_ptr_array_add(side->present, ksig_publish_package_file(gate->root, package));
	}
	return sides;
}

/* What was there already is only told: a channel must not stop for what it has. */
static bool tell(const struct ksig_module_gate *gate, const struct side *side, GPtrArray *unjudged,
		 GError **error)
{
	for (guint i = 0; i < unjudged->len; i++) {
		const char *words = g_ptr_array_index(unjudged, i);
		g_autofree char *nevra = g_strndup(words, (gsize) (strstr(words, ": ") - words));
		if (gate->strict && g_hash_table_contains(side->coming, nevra))
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "not judged: %s", words);
		if (gate->unjudged &&
		    !g_ptr_array_find_with_equal_func(gate->unjudged, words, g_str_equal, NULL))
			g_ptr_array_add(gate->unjudged, g_strdup(words));
	}
	return true;
}

#if KSIG_KMOD
/* What users would lose of what is PRESENT is nothing, or accepted; OUT_UNJUDGED gets what cannot be told. */
static bool ask(const struct ksig_module_gate *gate, const struct side *side, GPtrArray **out_unjudged,
		GError **error)
{
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(gate->workspace, false, NULL);
	g_autoptr(GPtrArray) losses = ksig_kmod_gate((const char *const *) side->present->pdata,
						     (const char *const *) side->fresh->pdata, catalog, NULL,
						     out_unjudged, error);

	return losses && ksig_kmod_gate_accept(losses, gate->accept_loss, error);
}
#else
static bool has_module(char **names)
{
	for (; names && *names; names++)
		if (publish_content_is_module(*names))
			return true;
	return false;
}

/* Without the gate nobody can tell: kernels and what has modules are unjudged. */
static bool ask(const struct ksig_module_gate *gate, const struct side *side, GPtrArray **out_unjudged,
		GError **error)
{
	(void) gate;
	*out_unjudged = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i + 1 < side->fresh->len; i++) {
		const char *path = g_ptr_array_index(side->fresh, i);
		g_auto(GStrv) names = ksig_rpm_package_files(path, error);
		const bool counts = has_module(names) || ksig_rpm_package_is_kernel(path);
		g_autoptr(ksig_package) package = counts ? ksig_rpm_package_read(path, error) : NULL;
		if (!names || (counts && !package))
			return false;
		g_autofree char *nevra = package ? ksig_rpm_package_nevra(package) : NULL;
		if (nevra)
			g_ptr_array_add(
				*out_unjudged,
				g_strdup_printf("%s: the gate for modules is not in this build of ksig "
						"(meson's option kmod)",
						nevra));
	}
	return true;
}
#endif

static bool pass(const struct ksig_module_gate *gate, struct side *side, GError **error)
{
	g_autoptr(GPtrArray) unjudged = NULL;
	g_autoptr(GPtrArray) beside = ksig_publish_package_files(gate->beside);

	for (guint i = 0; i + 1 < beside->len; i++)
		g_ptr_array_add(side->present, g_strdup(beside->pdata[i]));
	if (side->fresh->len == 0)
		return true;
	g_ptr_array_add(side->present, NULL);
	g_ptr_array_add(side->fresh, NULL);
	return ask(gate, side, &unjudged, error) && tell(gate, side, unjudged, error);
}

bool ksig_publish_module_gate(GPtrArray *changes, GPtrArray *packages, void *data, GError **error)
{
	const struct ksig_module_gate *gate = data;
	g_autoptr(GHashTable) sides = sides_of(gate, changes, packages);
	GHashTableIter iter;
	gpointer name, side;

	g_hash_table_iter_init(&iter, sides);
	while (g_hash_table_iter_next(&iter, &name, &side))
		if (!pass(gate, side, error)) {
			g_prefix_error(error, "%s: ", (const char *) name);
			return false;
		}
	return true;
}
