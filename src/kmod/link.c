/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which links each kernel is to have, and what becomes of those that it has. */
#include "kmod/kernel-internal.h"
#include "kmod/link-system-internal.h"
#include "rpm/rpm.h"

#include <string.h>

/* One kernel whose weak-updates are planned. */
struct planning {
	const struct link_system *system;
	const struct link_kernel *kernel;
	GPtrArray *links;   /* the result */
	GHashTable *served; /* units that it has, or is to have */
	GHashTable *wanted; /* paths of links that are to be there */
};

void ksig_kmod_link_free(struct ksig_kmod_link *link)
{
	if (!link)
		return;
	g_free(link->kernel);
	g_free(link->path);
	g_free(link->target);
	g_free(link->reason);
	g_free(link);
}

const char *ksig_kmod_link_action_name(enum ksig_kmod_link_action action)
{
	static const char *const names[] = {"keep", "add", "remove", "skip"};

	return names[action];
}

static void add_link(struct planning *planning, enum ksig_kmod_link_action action, const char *path,
		     const char *target, const char *reason)
{
	struct ksig_kmod_link *link = g_new0(struct ksig_kmod_link, 1);

	link->action = action;
	link->kernel = g_strdup(planning->kernel->release);
	link->path = g_strdup(path);
	link->target = g_strdup(target);
	link->reason = g_strdup(reason);
	link->installed = planning->kernel->installed;
	g_ptr_array_add(planning->links, link);
}

/* ---- judgement ----------------------------------------------------------------------------------- */

static GPtrArray *group_of(const struct link_kernel *kernel, guint group)
{
	GPtrArray *files = g_ptr_array_new();

	for (guint i = 0; i < kernel->files->len; i++) {
		struct link_file *file = g_ptr_array_index(kernel->files, i);
		if (file->group == group)
			g_ptr_array_add(files, file);
	}
	return files;
}

static char *first_problem(const ksig_kmod_result *result)
{
	const struct ksig_kmod_problem *first = NULL;
	guint others = 0;

	for (guint i = 0; i < result->problems->len; i++) {
		const struct ksig_kmod_problem *problem = g_ptr_array_index(result->problems, i);
		if (problem->kind >= KSIG_KMOD_OFF_LIST)
			continue;
		others += first != NULL;
		first = first ? first : problem;
	}
	if (!first)
		return g_strdup_printf("%s is refused", result->module->name);
	return others ? g_strdup_printf("%s is refused: %s, and %u more", result->module->name,
					first->message, others)
		      : g_strdup_printf("%s is refused: %s", result->module->name, first->message);
}

/* NULL: SYMBOLS' kernel loads all of FILES that can be read; else why not, to g_free(). */
static char *refusal(const GPtrArray *files, const ksig_kmod_kernel *symbols)
{
	g_autoptr(GPtrArray) modules = g_ptr_array_new();

	for (guint i = 0; i < files->len; i++) {
		const struct link_file *file = g_ptr_array_index(files, i);
		if (file->module)
			g_ptr_array_add(modules, file->module);
	}
	g_autoptr(GPtrArray) results = ksig_kmod_check(modules, symbols, false);
	for (guint i = 0; i < results->len; i++) {
		const ksig_kmod_result *result = g_ptr_array_index(results, i);
		if (result->verdict == KSIG_KMOD_REFUSES)
			return first_problem(result);
	}
	return NULL;
}

/* ---- links to make ------------------------------------------------------------------------------- */

static char *full_path(const struct planning *planning, const char *path)
{
	return g_build_filename(planning->system->root, "lib", "modules", planning->kernel->release, path,
				NULL);
}

static bool in_modules(const char *target);

/* What stands at PATH and is nobody's but its owner's: NULL if a link may be put there. */
static const char *occupant(const char *full, const char *present)
{
	if (!present)
		return g_file_test(full, G_FILE_TEST_EXISTS) ? "a file that is no link stands there" : NULL;
	return *present == '/' && !in_modules(present) ? "a link to another place stands there" : NULL;
}

static void want_file(struct planning *planning, const struct link_kernel *builder,
		      const struct link_file *file)
{
	char *path = g_build_filename("weak-updates", file->path, NULL);
	g_autofree char *target = g_strdup_printf("/lib/modules/%s/%s/%s", builder->release, file->top,
						  file->path);
	g_autofree char *full = full_path(planning, path);
	g_autofree char *present = g_file_read_link(full, NULL);
	g_autofree char *fits = g_strdup_printf("built for %s, and all symbols are the same",
						builder->release);
	const char *taken = occupant(full, present);

	g_hash_table_add(planning->wanted, path);
	if (!file->module)
		add_link(planning, KSIG_KMOD_LINK_SKIP, path, present, file->problem);
	else if (taken)
		add_link(planning, KSIG_KMOD_LINK_SKIP, path, present, taken);
	else
		add_link(planning,
			 present && g_str_equal(present, target) ? KSIG_KMOD_LINK_KEEP : KSIG_KMOD_LINK_ADD,
			 path, target, fits);
}

static bool is_served(const struct planning *planning, const GPtrArray *files)
{
	for (guint i = 0; i < files->len; i++)
		if (g_hash_table_contains(planning->served, ((struct link_file *) files->pdata[i])->unit))
			return true;
	return false;
}

static void try_group(struct planning *planning, const struct link_kernel *builder, const GPtrArray *files,
		      GPtrArray *refusals)
{
	g_autofree char *why = is_served(planning, files) ? NULL : refusal(files, planning->kernel->symbols);

	if (is_served(planning, files))
		return;
	for (guint i = 0; i < files->len; i++) {
		const struct link_file *file = g_ptr_array_index(files, i);
		if (!why) {
			want_file(planning, builder, file);
			g_hash_table_add(planning->served, file->unit);
		} else if (i == 0) {
			g_ptr_array_add(refusals, g_strdup_printf("%s\t%s\tbuilt for %s: %s", file->unit,
								  file->path, builder->release, why));
		}
	}
}

static void try_builder(struct planning *planning, const struct link_kernel *builder, GPtrArray *refusals)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < builder->files->len; i++) {
		const struct link_file *file = g_ptr_array_index(builder->files, i);
		if (!g_str_equal(file->top, "extra") ||
		    !g_hash_table_add(seen, GUINT_TO_POINTER(file->group + 1)))
			continue;
		g_autoptr(GPtrArray) files = group_of(builder, file->group);
		try_group(planning, builder, files, refusals);
	}
}

/* The newest build for an older kernel comes first; one for a newer kernel only if there is no other. */
static GPtrArray *builders_for(const struct link_system *system, const struct link_kernel *kernel)
{
	GPtrArray *builders = g_ptr_array_new();

	for (guint i = 0; i < system->kernels->len; i++) {
		struct link_kernel *other = g_ptr_array_index(system->kernels, i);
		const int order = ksig_rpm_release_compare(other->release, kernel->release);
		if (other != kernel)
			g_ptr_array_insert(builders, order < 0 ? 0 : -1, other);
	}
	return builders;
}

static void report_refusals(struct planning *planning, const GPtrArray *refusals)
{
	g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < refusals->len; i++) {
		g_auto(GStrv) parts = g_strsplit(refusals->pdata[i], "\t", 3);
		if (g_hash_table_contains(planning->served, parts[0]) ||
		    !g_hash_table_add(said, g_strdup(parts[0])))
			continue;
		g_autofree char *path = g_build_filename("weak-updates", parts[1], NULL);
		add_link(planning, KSIG_KMOD_LINK_SKIP, path, NULL, parts[2]);
	}
}

static bool anything_to_offer(const struct planning *planning)
{
	for (guint i = 0; i < planning->system->kernels->len; i++) {
		const struct link_kernel *other = g_ptr_array_index(planning->system->kernels, i);
		if (other != planning->kernel && other->files->len > 0)
			return true;
	}
	return false;
}

static void plan_new(struct planning *planning)
{
	g_autoptr(GPtrArray) builders = builders_for(planning->system, planning->kernel);
	g_autoptr(GPtrArray) refusals = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < planning->kernel->files->len; i++)
		g_hash_table_add(planning->served,
				 ((struct link_file *) planning->kernel->files->pdata[i])->unit);
	for (guint i = 0; i < builders->len; i++)
		try_builder(planning, g_ptr_array_index(builders, i), refusals);
	report_refusals(planning, refusals);
}

/* ---- links that are there ------------------------------------------------------------------------ */

/* "/lib/modules/KERNEL/TOP/PATH", cut; false: another place. Where /lib leads to usr/lib both are the same.
 */
static bool cut_target(const char *inside, char **out_kernel, char **out_top, char **out_path)
{
	const char *rest = g_str_has_prefix(inside, "/usr/lib/modules/")
				   ? inside + strlen("/usr/lib/modules/")
			   : g_str_has_prefix(inside, "/lib/modules/") ? inside + strlen("/lib/modules/")
								       : NULL;
	g_auto(GStrv) parts = g_strsplit(rest ? rest : "", "/", 3);

	if (g_strv_length(parts) != 3 || !*parts[0] || !*parts[1] || !*parts[2])
		return false;
	*out_kernel = g_strdup(parts[0]);
	*out_top = g_strdup(parts[1]);
	*out_path = g_strdup(parts[2]);
	return true;
}

static bool in_modules(const char *target)
{
	g_autofree char *kernel = NULL, *top = NULL, *path = NULL;

	return cut_target(target, &kernel, &top, &path);
}

/* Whether the module at the end of a link loads; OUT_REASON is set. */
static enum ksig_kmod_link_action judge_module(const struct planning *planning, const char *release,
					       const char *top, const char *path, char **out_reason)
{
	const struct link_kernel *builder = link_kernel_find(planning->system, release);
	const struct link_file *file = link_file_find(builder, top, path);

	if (!planning->kernel->symbols)
		*out_reason = g_strdup(planning->kernel->problem);
	else if (!file)
		*out_reason = g_strdup("not judged: its target is in no folder of added modules");
	else if (!file->module)
		*out_reason = g_strdup_printf("not judged: %s", file->problem);
	if (*out_reason)
		return KSIG_KMOD_LINK_SKIP;
	g_autoptr(GPtrArray) files = group_of(builder, file->group);
	*out_reason = refusal(files, planning->kernel->symbols);
	if (*out_reason)
		return KSIG_KMOD_LINK_REMOVE;
	*out_reason = g_strdup_printf("built for %s, and all symbols are the same", release);
	return KSIG_KMOD_LINK_KEEP;
}

/*
 * A link inside lib/modules that nothing wants: REACHED says if its target is there, OWN is the path of the
 * link below weak-updates.
 */
static enum ksig_kmod_link_action judge_link(const struct planning *planning, const char *inside,
					     const char *own, bool reached, char **out_reason)
{
	g_autofree char *release = NULL, *top = NULL, *path = NULL;

	if (!cut_target(inside, &release, &top, &path) || g_str_equal(release, planning->kernel->release)) {
		*out_reason = g_strdup(reached ? "it leads to another place: not ours"
					       : "it leads to another place, and dangles");
		return KSIG_KMOD_LINK_SKIP;
	}
	const char *known = !planning->kernel->installed                  ? "its kernel was removed"
			    : !reached                                    ? "its target is gone: it dangles"
			    : link_file_find(planning->kernel, NULL, own) ? "the kernel has its own build"
									  : NULL;
	if (!known)
		return judge_module(planning, release, top, path, out_reason);
	*out_reason = g_strdup(known);
	return KSIG_KMOD_LINK_REMOVE;
}

static void look_at_link(struct planning *planning, const char *below, const char *path, const char *target)
{
	g_autofree char *folder = g_strdup_printf("/lib/modules/%s/%s", planning->kernel->release, below);
	g_autofree char *inside = g_canonicalize_filename(target, folder);
	g_autofree char *outside = link_resolve(planning->system->root, folder, target);
	g_autofree char *reason = NULL;
	const enum ksig_kmod_link_action action = judge_link(planning, inside, path + strlen("weak-updates/"),
							     g_file_test(outside, G_FILE_TEST_EXISTS),
							     &reason);

	add_link(planning, action, path, target, reason);
}

static void plan_present(struct planning *planning, const char *below)
{
	g_autofree char *folder = full_path(planning, below);
	g_autoptr(GPtrArray) names = link_list_folder(folder);

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(below, names->pdata[i], NULL);
		g_autofree char *full = full_path(planning, path);
		g_autofree char *target = g_file_read_link(full, NULL);
		if (target && !g_hash_table_contains(planning->wanted, path))
			look_at_link(planning, below, path, target);
		else if (!target && g_file_test(full, G_FILE_TEST_IS_DIR))
			plan_present(planning, path);
	}
}

static void plan_kernel(const struct link_system *system, const struct link_kernel *kernel, GPtrArray *links)
{
	g_autoptr(GHashTable) served = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct planning planning = {
		.system = system, .kernel = kernel, .links = links, .served = served, .wanted = wanted};

	if (kernel->symbols)
		plan_new(&planning);
	else if (kernel->installed && anything_to_offer(&planning))
		add_link(&planning, KSIG_KMOD_LINK_SKIP, NULL, NULL, kernel->problem);
	plan_present(&planning, "weak-updates");
}

GPtrArray *ksig_kmod_link_plan(const char *root, GError **error)
{
	struct link_system system = {.root = root};
	GPtrArray *links = NULL;

	if (!link_system_read(&system, error))
		return NULL;
	links = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_link_free);
	for (guint i = 0; i < system.kernels->len; i++)
		plan_kernel(&system, g_ptr_array_index(system.kernels, i), links);
	link_system_clear(&system);
	return links;
}
