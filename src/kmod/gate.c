/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The upgrade simulated by libsolv, kernels kept beside one another, and what goes with the old kernels.
 * Which modules are lost: gate-judge.c; before a publication: publish/module-gate.c.
 */
#include "kmod/gate-internal.h"
#include "kmod/gate-judge-internal.h"
#include "kmod/gate-solvable-internal.h"
#include "kmod/gate-twice-internal.h"

#include <errno.h>
#include <fnmatch.h>
#include <solv/evr.h>
#include <solv/repo_rpmdb.h>
#include <solv/solver.h>
#include <solv/transaction.h>
#include <string.h>

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

static bool add_files(struct gate *gate, Repo *repo, const char *const *files, GError **error)
{
	for (; files && *files; files++) {
		const Id id = repo_add_rpm(repo, *files,
					   RPM_ADD_WITH_HDRID | REPO_NO_INTERNALIZE | REPO_REUSE_REPODATA);
		if (!id)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s", pool_errstr(repo->pool));
		g_hash_table_insert(gate->paths, GINT_TO_POINTER(id), (gpointer) *files);
	}
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
		gate_dependencies(pool_id2solvable(pool, p), SOLVABLE_REQUIRES, &requires);
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
	g_autoptr(GHashTable) newest = g_hash_table_new(NULL, NULL);

	for (Id p = 2; p < pool->nsolvables; p++) {
		const Solvable *solvable = pool_id2solvable(pool, p);
		const gpointer name = GINT_TO_POINTER(solvable->name);
		const Id other = solvable->repo == repo ? GPOINTER_TO_INT(g_hash_table_lookup(newest, name))
							: 0;
		if (solvable->repo != repo)
			continue;
		const bool older = other &&
				   pool_evrcmp(pool, solvable->evr, pool_id2solvable(pool, other)->evr,
					       EVRCMP_COMPARE) <= 0;
		if (other)
			repo_free_solvable(repo, older ? p : other, 0);
		if (!older)
			g_hash_table_insert(newest, name, GINT_TO_POINTER(p));
	}
}

/* The architecture of the packages: libsolv installs no others. */
static const char *architecture(Pool *pool)
{
	for (Id p = 2; p < pool->nsolvables; p++) {
		const Solvable *solvable = pool_id2solvable(pool, p);
		if (solvable->repo && solvable->arch != ARCH_NOARCH && solvable->arch != ARCH_SRC &&
		    solvable->arch != ARCH_NOSRC)
			return pool_id2str(pool, solvable->arch);
	}
	return "x86_64";
}

static void add_multiversion(Pool *pool, Queue *job)
{
	for (Id p = 2; p < pool->nsolvables; p++)
		if (pool->solvables[p].repo && gate_is_kernel(pool, pool_id2solvable(pool, p))) {
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

static bool is_old(Pool *pool, Solvable *solvable, GPtrArray *lines)
{
	for (guint i = 0; i < lines->len; i++)
		if (gate_in_line(pool, solvable, lines->pdata[i]))
			return !gate_is_newest(pool, solvable, lines->pdata[i]);
	return false;
}

/* What goes when the older kernels go, as they do when installonly_limit is reached. */
static bool find_erased(struct gate *gate, const Queue *after, GPtrArray *lines, GError **error)
{
	Queue job, left;
	Map kept;

	queue_init(&job);
	for (int i = 0; i < after->count; i++) {
		Solvable *solvable = pool_id2solvable(gate->pool, after->elements[i]);
		if (is_old(gate->pool, solvable, lines))
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

static bool judge(struct gate *gate, const Queue *after, GError **error)
{
	g_autoptr(GPtrArray) lines = gate_lines(gate->pool, after);

	gate_judge(gate, after, lines);
	return gate->losses->len == 0 || find_erased(gate, after, lines, error);
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
		add_steps(gate, &after, steps);
		good = judge(gate, &after, error);
	}
	queue_free(&after);
	queue_free(&job);
	return good;
}

GPtrArray *ksig_kmod_gate(const char *const *present, const char *const *new_files, ksig_catalog *catalog,
			  GPtrArray **out_steps, GPtrArray **out_unjudged, GError **error)
{
	g_autoptr(GHashTable) paths = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable)
		wanted = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
	struct gate gate = {.pool = pool_create(), .catalog = catalog, .paths = paths, .wanted = wanted};
	g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) unjudged = g_ptr_array_new_with_free_func(g_free);

	gate.unjudged = unjudged;
	/* A libsolv of Debian compares as dpkg does unless told otherwise. */
	pool_setdisttype(gate.pool, DISTTYPE_RPM);
	gate.losses = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_loss_free);
	gate.installed = repo_create(gate.pool, "installed");
	gate.available = repo_create(gate.pool, "published");
	bool good = add_files(&gate, gate.installed, present, error) &&
		    add_files(&gate, gate.available, new_files, error);
	if (good) {
		pool_setarch(gate.pool, architecture(gate.pool));
		keep_newest(gate.installed);
		pool_set_installed(gate.pool, gate.installed);
		add_rest(&gate);
		gate_say_twice(&gate);
		good = !present || !*present || simulate(&gate, steps, error);
	}
	pool_free(gate.pool);
	if (!good)
		g_clear_pointer(&gate.losses, g_ptr_array_unref);
	if (good && out_steps)
		*out_steps = g_steal_pointer(&steps);
	if (good && out_unjudged)
		*out_unjudged = g_steal_pointer(&unjudged);
	return gate.losses;
}

static bool is_accepted(const struct ksig_kmod_loss *loss, const char *const *accepted)
{
	g_auto(GStrv) parts = g_strsplit(loss->package, "-", -1);
	const guint length = g_strv_length(parts);

	for (guint i = length; i > length - MIN(length, 2); i--)
		g_clear_pointer(&parts[i - 1], g_free);
	g_autofree char *name = g_strjoinv("-", parts);
	for (; accepted && *accepted; accepted++)
		if (fnmatch(*accepted, name, 0) == 0)
			return true;
	return false;
}

bool ksig_kmod_gate_accept(const GPtrArray *losses, const char *const *accepted, GError **error)
{
	const struct ksig_kmod_loss *first = NULL;
	guint others = 0;

	for (guint i = 0; i < losses->len; i++) {
		const struct ksig_kmod_loss *loss = g_ptr_array_index(losses, i);
		if (is_accepted(loss, accepted))
			continue;
		others += first != NULL;
		first = first ? first : loss;
	}
	if (!first)
		return true;
	g_autofree char *more = others ? g_strdup_printf(", and %u more", others) : g_strdup("");
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s would be lost with kernel %s: %s%s%s%s",
			      first->package, first->kernel, first->reason,
			      first->wanted->len ? ", first " : "",
			      first->wanted->len ? (const char *) first->wanted->pdata[0] : "", more);
}
