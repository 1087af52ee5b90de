/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kmod/gate.h"

#include <errno.h>
#include <solv/evr.h>
#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/repo_rpmdb.h>
#include <solv/solver.h>
#include <solv/transaction.h>
#include <string.h>

struct gate {
	Pool *pool;
	Repo *installed, *available;
	ksig_catalog *catalog;
	GPtrArray *losses;
};

void ksig_kmod_loss_free(struct ksig_kmod_loss *loss)
{
	if (!loss)
		return;
	g_free(loss->package);
	g_free(loss->kernel);
	g_free(loss->reason);
	g_ptr_array_unref(loss->wanted);
	g_free(loss);
}

static const char *name_of(Pool *pool, const Solvable *solvable)
{
	return pool_id2str(pool, solvable->name);
}

/* Packages that dnf keeps several versions of: by what they provide, or by the names that dnf has built in.
 */
static bool is_kernel(Pool *pool, Solvable *solvable)
{
	const char *name = name_of(pool, solvable);
	static const char *const parts[] = {
		"kernel", "kernel-core", "kernel-modules", "kernel-modules-core", "kernel-modules-extra",
		NULL};

	if (g_strv_contains(parts, name))
		return true;
	return solvable_matchesdep(solvable, SOLVABLE_PROVIDES,
				   pool_str2id(pool, "installonlypkg(kernel)", 1), 0);
}

static void dependencies(Solvable *solvable, Id key, Queue *out)
{
	queue_init(out);
	solvable_lookup_deparray(solvable, key, out, 0);
}

/* True if it wants symbols of a kernel: the package of a module. */
static bool is_module(Pool *pool, Solvable *solvable)
{
	Queue requires;
	bool found = false;

	dependencies(solvable, SOLVABLE_REQUIRES, &requires);
	for (int i = 0; i < requires.count && !found; i++)
		found = g_str_has_prefix(pool_dep2str(pool, requires.elements[i]), "kernel(");
	queue_free(&requires);
	return found && !is_kernel(pool, solvable);
}

static bool add_files(Repo *repo, const char *const *files, GError **error)
{
	for (; files && *files; files++)
		if (!repo_add_rpm(repo, *files,
				  RPM_ADD_WITH_HDRID | REPO_NO_INTERNALIZE | REPO_REUSE_REPODATA))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", *files,
					      pool_errstr(repo->pool));
	repo_internalize(repo);
	return true;
}

/* The rest of the system: gives everything that nothing here gives, but for symbols. */
static void add_rest(struct gate *gate)
{
	Pool *pool = gate->pool;
	Solvable *solvable = NULL;
	Queue missing;
	Id p = 0;

	queue_init(&missing);
	pool_addfileprovides(pool);
	pool_createwhatprovides(pool);
	for (p = 2; p < pool->nsolvables; p++) {
		Queue requires;
		if (!pool->solvables[p].repo)
			continue;
		dependencies(pool_id2solvable(pool, p), SOLVABLE_REQUIRES, &requires);
		for (int i = 0; i < requires.count; i++) {
			const char *text = pool_dep2str(pool, requires.elements[i]);
			if (!g_str_has_prefix(text, "kernel(") && !g_str_has_prefix(text, "ksym(") &&
			    pool_whatprovides(pool, requires.elements[i]) <= 1)
				queue_pushunique(&missing, requires.elements[i]);
		}
		queue_free(&requires);
	}
	solvable = pool_id2solvable(pool, repo_add_solvable(gate->installed));
	solvable->name = pool_str2id(pool, "the-rest-of-the-system", 1);
	solvable->evr = pool_str2id(pool, "1-1", 1);
	solvable->arch = ARCH_NOARCH;
	for (int i = 0; i < missing.count; i++)
		solvable_add_deparray(solvable, SOLVABLE_PROVIDES, missing.elements[i], 0);
	solvable_add_deparray(solvable, SOLVABLE_PROVIDES,
			      pool_rel2id(pool, solvable->name, solvable->evr, REL_EQ, 1), 0);
	queue_free(&missing);
	pool_createwhatprovides(pool);
}

/* Leaves in REPO the newest of each name: what an up-to-date system has. */
static void keep_newest(Repo *repo)
{
	Pool *pool = repo->pool;
	Queue old;
	Id a, b;

	queue_init(&old);
	for (a = 2; a < pool->nsolvables; a++)
		for (b = 2; b < pool->nsolvables; b++) {
			const Solvable *left = pool_id2solvable(pool, a), *right = pool_id2solvable(pool, b);
			if (a != b && left->repo == repo && right->repo == repo &&
			    left->name == right->name &&
			    pool_evrcmp(pool, left->evr, right->evr, EVRCMP_COMPARE) < 0)
				queue_pushunique(&old, a);
		}
	for (int i = 0; i < old.count; i++)
		repo_free_solvable(repo, old.elements[i], 0);
	queue_free(&old);
}

static void add_multiversion(Pool *pool, Queue *job)
{
	for (Id p = 2; p < pool->nsolvables; p++)
		if (pool->solvables[p].repo && is_kernel(pool, pool_id2solvable(pool, p))) {
			queue_push2(job, SOLVER_SOLVABLE_NAME | SOLVER_MULTIVERSION, pool->solvables[p].name);
		}
}

/* Solves JOB; OUT (initialised here) gets the solvables of the system afterwards. */
static bool solve(struct gate *gate, Queue *job, bool uninstall, Queue *out, GError **error)
{
	Solver *solver = solver_create(gate->pool);
	solver_set_flag(solver, SOLVER_FLAG_ALLOW_UNINSTALL, uninstall);
	const int problems = solver_solve(solver, job);
	const char *what = problems ? solver_problem2str(solver, 1) : NULL;

	queue_init(out);
	if (problems)
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "the upgrade has no solution: %s", what);
	for (Id p = 2; !problems && p < gate->pool->nsolvables; p++)
		if (gate->pool->solvables[p].repo && solver_get_decisionlevel(solver, p) > 0)
			queue_push(out, p);
	solver_free(solver);
	return problems == 0;
}

static void add_steps(struct gate *gate, const Queue *after, GPtrArray *steps)
{
	Pool *pool = gate->pool;
	Map kept;

	map_init(&kept, pool->nsolvables);
	for (int i = 0; i < after->count; i++) {
		Solvable *solvable = pool_id2solvable(pool, after->elements[i]);
		MAPSET(&kept, after->elements[i]);
		if (solvable->repo != gate->installed)
			g_ptr_array_add(steps,
					g_strdup_printf("install %s", pool_solvable2str(pool, solvable)));
	}
	for (Id p = 2; p < pool->nsolvables; p++)
		if (pool->solvables[p].repo == gate->installed && !MAPTST(&kept, p))
			g_ptr_array_add(steps, g_strdup_printf("remove %s", pool_solvid2str(pool, p)));
	map_free(&kept);
}

/* The newest EVR among the kernels of SET, or 0. */
static Id newest_kernel(Pool *pool, const Queue *set)
{
	Id evr = 0;

	for (int i = 0; i < set->count; i++) {
		Solvable *solvable = pool_id2solvable(pool, set->elements[i]);
		if (is_kernel(pool, solvable) &&
		    (!evr || pool_evrcmp(pool, solvable->evr, evr, EVRCMP_COMPARE) > 0))
			evr = solvable->evr;
	}
	return evr;
}

/* True if the packages of the kernel EVR alone give DEPENDENCY. */
static bool kernel_gives(Pool *pool, const Queue *set, Id evr, Id dependency)
{
	for (int i = 0; i < set->count; i++) {
		Solvable *solvable = pool_id2solvable(pool, set->elements[i]);
		if (solvable->evr == evr && is_kernel(pool, solvable) &&
		    solvable_matchesdep(solvable, SOLVABLE_PROVIDES, dependency, 0))
			return true;
	}
	return false;
}

static bool kernel_names_symbols(Pool *pool, const Queue *set, Id evr)
{
	for (int i = 0; i < set->count; i++) {
		Solvable *solvable = pool_id2solvable(pool, set->elements[i]);
		Queue provides;
		bool found = false;
		if (solvable->evr != evr || !is_kernel(pool, solvable))
			continue;
		dependencies(solvable, SOLVABLE_PROVIDES, &provides);
		for (int k = 0; k < provides.count && !found; k++)
			found = g_str_has_prefix(pool_dep2str(pool, provides.elements[k]), "kernel(");
		queue_free(&provides);
		if (found)
			return true;
	}
	return false;
}

/* The release of the kernel EVR: "5.14.0-362.el9.x86_64", as its packages provide or as EL names it. */
static ksig_kmod_kernel *catalog_kernel(struct gate *gate, const Queue *set, Id evr, char **out_label)
{
	const char *arch = "x86_64";

	for (int i = 0; i < set->count; i++) {
		Solvable *solvable = pool_id2solvable(gate->pool, set->elements[i]);
		if (solvable->evr == evr && is_kernel(gate->pool, solvable))
			arch = pool_id2str(gate->pool, solvable->arch);
	}
	*out_label = g_strdup_printf("%s.%s", pool_id2str(gate->pool, evr), arch);
	const char *const labels[] = {*out_label, NULL};
	g_autoptr(GPtrArray) found = gate->catalog ? ksig_kmod_kernels_open(gate->catalog, labels, NULL)
						   : NULL;
	if (!found)
		return NULL;
	g_ptr_array_set_free_func(found, NULL);
	return g_ptr_array_index(found, 0);
}

/* "kernel(NAME) = 0xCRC" against the catalog. */
static bool catalog_gives(const ksig_kmod_kernel *kernel, const char *text)
{
	const char *open = strchr(text, '('), *close = strchr(text, ')'), *equals = strstr(text, "0x");
	struct ksig_catalog_symbol symbol = {0};

	if (!open || !close || !equals)
		return false;
	g_autofree char *name = g_strndup(open + 1, (gsize) (close - open - 1));
	if (!ksig_kmod_kernel_find(kernel, name, &symbol))
		return false;
	const bool same = symbol.has_crc && symbol.crc == (uint32_t) g_ascii_strtoull(equals, NULL, 16);
	ksig_catalog_symbol_clear(&symbol);
	return same;
}

/* The symbols that MODULE wants and the kernel EVR alone does not give. */
static GPtrArray *unmet(struct gate *gate, const Queue *set, Id evr, Solvable *module,
			const ksig_kmod_kernel *known)
{
	const bool says = kernel_names_symbols(gate->pool, set, evr);
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	Queue requires;

	dependencies(module, SOLVABLE_REQUIRES, &requires);
	for (int i = 0; i < requires.count; i++) {
		const char *text = pool_dep2str(gate->pool, requires.elements[i]);
		if (!g_str_has_prefix(text, "kernel("))
			continue;
		g_autofree char *copy = g_strdup(text);
		const bool met = says ? kernel_gives(gate->pool, set, evr, requires.elements[i])
				      : known && catalog_gives(known, copy);
		if (!met)
			g_ptr_array_add(out, g_steal_pointer(&copy));
	}
	queue_free(&requires);
	return out;
}

static void judge_modules(struct gate *gate, const Queue *set, Id evr)
{
	g_autofree char *label = NULL;
	const bool says = kernel_names_symbols(gate->pool, set, evr);
	g_autoptr(ksig_kmod_kernel) known = says ? NULL : catalog_kernel(gate, set, evr, &label);

	for (int i = 0; i < set->count; i++) {
		Solvable *solvable = pool_id2solvable(gate->pool, set->elements[i]);
		if (!is_module(gate->pool, solvable))
			continue;
		g_autoptr(GPtrArray) wanted = unmet(gate, set, evr, solvable, known);
		if (wanted->len == 0)
			continue;
		struct ksig_kmod_loss *loss = g_new0(struct ksig_kmod_loss, 1);
		loss->package = g_strdup(pool_solvable2str(gate->pool, solvable));
		loss->kernel = g_strdup(pool_id2str(gate->pool, evr));
		loss->reason =
			says || known
				? g_strdup_printf("%u of its symbols are not what the new kernel gives",
						  wanted->len)
				: g_strdup_printf(
					  "the new kernel's packages name no symbols, and the catalog has no "
					  "kernel %s",
					  label);
		loss->wanted = g_steal_pointer(&wanted);
		g_ptr_array_add(gate->losses, loss);
	}
}

/* What goes when the older kernels go, as they do when installonly_limit is reached. */
static bool find_erased(struct gate *gate, const Queue *after, Id evr, GError **error)
{
	Queue job, left;
	Map kept;

	queue_init(&job);
	for (int i = 0; i < after->count; i++) {
		Solvable *solvable = pool_id2solvable(gate->pool, after->elements[i]);
		const bool old = is_kernel(gate->pool, solvable) && solvable->evr != evr;
		if (old)
			queue_push2(&job, SOLVER_SOLVABLE | SOLVER_ERASE, after->elements[i]);
		else if (solvable->repo != gate->installed)
			queue_push2(&job, SOLVER_SOLVABLE | SOLVER_INSTALL, after->elements[i]);
	}
	add_multiversion(gate->pool, &job);
	const bool good = solve(gate, &job, true, &left, error);
	map_init(&kept, gate->pool->nsolvables);
	for (int i = 0; i < left.count; i++)
		MAPSET(&kept, left.elements[i]);
	for (int i = 0; good && i < after->count; i++) {
		const char *package = pool_solvid2str(gate->pool, after->elements[i]);
		for (guint k = 0; k < gate->losses->len; k++) {
			struct ksig_kmod_loss *loss = g_ptr_array_index(gate->losses, k);
			loss->erased |= !MAPTST(&kept, after->elements[i]) &&
					g_str_equal(loss->package, package);
		}
	}
	map_free(&kept);
	queue_free(&left);
	queue_free(&job);
	return good;
}

static bool simulate(struct gate *gate, GPtrArray *steps, GError **error)
{
	Queue job, after;
	bool good;

	queue_init(&job);
	queue_push2(&job, SOLVER_SOLVABLE_ALL | SOLVER_UPDATE, 0);
	add_multiversion(gate->pool, &job);
	good = solve(gate, &job, false, &after, error);
	if (good) {
		const Id evr = newest_kernel(gate->pool, &after);
		add_steps(gate, &after, steps);
		if (evr)
			judge_modules(gate, &after, evr);
		good = !evr || gate->losses->len == 0 || find_erased(gate, &after, evr, error);
	}
	queue_free(&after);
	queue_free(&job);
	return good;
}

GPtrArray *ksig_kmod_gate(const char *const *present, const char *const *new_files, ksig_catalog *catalog,
			  GPtrArray **out_steps, GError **error)
{
	struct gate gate = {.pool = pool_create(), .catalog = catalog};
	g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(g_free);

	/* A libsolv of Debian compares as dpkg does unless told otherwise. */
	pool_setdisttype(gate.pool, DISTTYPE_RPM);
	pool_setarch(gate.pool, "x86_64");
	gate.losses = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_loss_free);
	gate.installed = repo_create(gate.pool, "installed");
	gate.available = repo_create(gate.pool, "published");
	bool good = add_files(gate.installed, present, error) && add_files(gate.available, new_files, error);
	if (good) {
		keep_newest(gate.installed);
		pool_set_installed(gate.pool, gate.installed);
		add_rest(&gate);
		good = simulate(&gate, steps, error);
	}
	pool_free(gate.pool);
	if (!good)
		g_clear_pointer(&gate.losses, g_ptr_array_unref);
	else if (out_steps)
		*out_steps = g_steal_pointer(&steps);
	return gate.losses;
}
