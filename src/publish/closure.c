/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unmet dependencies, by libsolv: each package's requirements against all that is provided. */
#include "publish/closure-internal.h"
#include "rpm/metadata.h"

#include <errno.h>
#include <solv/evr.h>
#include <solv/pool.h>
#include <solv/poolid.h>
#include <solv/repo.h>
#include <solv/repo_rpmmd.h>
#include <solv/solv_xfopen.h>

#define NAMED_REQUIRES 3 /* of the unmet ones of a package, in the message */

static bool add_xml(Repo *repo, const char *path, int flags, GError **error)
{
	FILE *file = solv_xfopen(path, "r");

	if (!file)
		return ksig_error_errno(error, errno, "%s", path);
	const int got = repo_add_rpmmd(repo, file, NULL, flags);
	fclose(file);
	if (got != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, pool_errstr(repo->pool));
	return true;
}

static bool add_repository(Pool *pool, const char *name, const char *primary, const char *filelists,
			   GError **error)
{
	Repo *repo = repo_create(pool, name);

	return add_xml(repo, primary, 0, error) &&
	       (!filelists || add_xml(repo, filelists, REPO_EXTEND_SOLVABLES, error));
}

static bool add_base(struct repo_verify *verify, Pool *pool, const char *location, guint index,
		     GError **error)
{
	g_autofree char *scratch = g_strdup_printf("%s/base%u", verify->scratch, index);
	g_autofree char *to = g_build_filename(scratch, "repomd.xml", NULL);
	g_autoptr(cr_Repomd) repomd = cr_repomd_new();
	g_autofree char *paths[2] = {NULL, NULL};
	static const char *const types[2] = {"primary", "filelists"};

	if (!ksig_directory_make(scratch, error))
		return false;
	g_autoptr(GBytes)
		data = ksig_rpm_fetch(location, "repodata/repomd.xml", KSIG_RPM_LIMIT_SMALL_BYTES, error);
	if (!data || !ksig_bytes_write(to, data, error))
		return false;
	if (!ksig_rpm_parse_repomd(to, repomd, location, error))
		return false;
	for (int i = 0; i < 2; i++) {
		const cr_RepomdRecord *record = cr_repomd_get_record(repomd, types[i]);
		if (!record)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: repomd.xml names no %s", location,
					      types[i]);
		paths[i] = ksig_rpm_fetch_record(location, record, scratch, error);
		if (!paths[i])
			return false;
	}
	return add_repository(pool, location, paths[0], paths[1], error);
}

/* "rpmlib(…)" is RPM's own promise; "solvable:…" marks are libsolv's. */
static bool is_internal(Pool *pool, Id dependency)
{
	const char *text = pool_dep2str(pool, dependency);

	return g_str_has_prefix(text, "rpmlib(") || g_str_has_prefix(text, "solvable:");
}

/* Whether something here has the name, if not in the version that is asked for. */
static bool name_is_known(Pool *pool, Id dependency)
{
	while (ISRELDEP(dependency))
		dependency = GETRELDEP(pool, dependency)->name;
	return pool_whatprovides(pool, dependency) > 1;
}

static bool is_unmet(Pool *pool, Id dependency, bool all)
{
	return !is_internal(pool, dependency) && pool_whatprovides(pool, dependency) <= 1 &&
	       (all || name_is_known(pool, dependency));
}

/* One finding a package: a module whose kernel is not there lacks each symbol that it uses. */
static bool judge_package(struct repo_verify *verify, Pool *pool, Solvable *solvable, bool all)
{
	g_autoptr(GString) message = g_string_new("requires ");
	Queue requires;
	guint unmet = 0;

	queue_init(&requires);
	solvable_lookup_deparray(solvable, SOLVABLE_REQUIRES, &requires, 0);
	for (int i = 0; i < requires.count; i++) {
		if (!is_unmet(pool, requires.elements[i], all))
			continue;
		if (unmet++ < NAMED_REQUIRES)
			g_string_append_printf(message, "%s%s", unmet > 1 ? ", " : "",
					       pool_dep2str(pool, requires.elements[i]));
	}
	queue_free(&requires);
	if (unmet == 0)
		return true;
	if (unmet > NAMED_REQUIRES)
		g_string_append_printf(message, " and %u more", unmet - NAMED_REQUIRES);
	g_string_append(message, ", which nothing provides");
	repo_finding(verify->findings, false, "dependencies", pool_solvable2str(pool, solvable),
		     message->str);
	return false;
}

static bool judge(struct repo_verify *verify, Pool *pool, Repo *repo, const char *where)
{
	Solvable *solvable = NULL;
	Id id = 0;
	bool closed = true;
	guint count = 0;

	pool_addfileprovides(pool);
	pool_createwhatprovides(pool);
	FOR_REPO_SOLVABLES(repo, id, solvable)
	{
		closed &= judge_package(verify, pool, solvable, verify->options->bases != NULL);
		count++;
	}
	if (closed) {
		g_autofree char *message = g_strdup_printf(
			"%u packages%s", count, verify->options->bases ? "" : ", within the repository");
		repo_finding(verify->findings, true, "dependencies", where, message);
	}
	return true;
}

bool repo_closure(struct repo_verify *verify, const char *where, const char *primary, const char *filelists,
		  GError **error)
{
	Pool *pool = pool_create();
	const char *const *base = verify->options->bases;
	bool good = true;

	/* A libsolv of Debian compares as dpkg does unless told otherwise. */
	pool_setdisttype(pool, DISTTYPE_RPM);
	pool_setarch(pool, NULL);
	for (guint i = 0; good && base && base[i]; i++)
		good = add_base(verify, pool, base[i], i, error);
	good = good && add_repository(pool, where, primary, filelists, error) &&
	       judge(verify, pool, pool->repos[pool->nrepos - 1], where);
	pool_free(pool);
	return good;
}
