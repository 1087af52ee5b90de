/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing is signed that users cannot read: their reader reads it first. */
#include "publish/readable-internal.h"

#include <errno.h>
#include <libxml/xmlreader.h>
#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/repo_comps.h>
#include <solv/repo_rpmmd.h>
#include <solv/repo_updateinfoxml.h>
#include <solv/solv_xfopen.h>

static int read_some(void *file, char *buffer, int length)
{
	return (int) fread(buffer, 1, (size_t) length, file);
}

static void say_nothing(void *data, const char *format, ...)
{
	(void) data;
	(void) format;
}

/* libsolv takes what comes before the first fault for all there is. */
static bool is_xml(const char *path, const char *what, GError **error)
{
	FILE *file = path ? solv_xfopen(path, "r") : NULL;
	int got = 1;

	if (!path)
		return true;
	if (!file)
		return ksig_error_errno(error, errno, "%s", path);
	xmlSetGenericErrorFunc(NULL, say_nothing);
	xmlTextReaderPtr reader = xmlReaderForIO(read_some, NULL, file, NULL, NULL, XML_PARSE_NONET);
	while (reader && got == 1)
		got = xmlTextReaderRead(reader);
	const int line = reader ? xmlTextReaderGetParserLineNumber(reader) : 0;
	xmlFreeTextReader(reader);
	fclose(file);
	return (reader && got == 0) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not XML, in line %d", what, line);
}

typedef int reader_fn(Repo *repo, FILE *file, int flags);

static bool read_one(Repo *repo, const char *path, reader_fn *read, const char *what, GError **error)
{
	FILE *file = path ? solv_xfopen(path, "r") : NULL;

	if (!path)
		return true;
	if (!file)
		return ksig_error_errno(error, errno, "%s", path);
	const int got = read(repo, file, 0);
	fclose(file);
	return got == 0 || ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", what, pool_errstr(repo->pool));
}

bool repo_is_readable(const char *updates, const char *groups, GError **error)
{
	Pool *pool = pool_create();
	Repo *repo = repo_create(pool, "readable");
	const bool good = is_xml(updates, "updateinfo.xml", error) && is_xml(groups, "comps.xml", error) &&
			  read_one(repo, updates, repo_add_updateinfoxml, "updateinfo.xml", error) &&
			  read_one(repo, groups, repo_add_comps, "comps.xml", error);

	pool_free(pool);
	return good;
}

static int add_packages(Repo *repo, FILE *file, int flags)
{
	return repo_add_rpmmd(repo, file, NULL, flags);
}

static int extend_packages(Repo *repo, FILE *file, int flags)
{
	return repo_add_rpmmd(repo, file, NULL, flags | REPO_EXTEND_SOLVABLES);
}

bool repo_packages_are_readable(const char *primary, const char *filelists, const char *other,
				guint n_packages, GError **error)
{
	Pool *pool = pool_create();
	Repo *repo = repo_create(pool, "readable");

	pool_setdisttype(pool, DISTTYPE_RPM);
	bool good = read_one(repo, primary, add_packages, "primary.xml", error) &&
		    read_one(repo, filelists, extend_packages, "filelists.xml", error) &&
		    read_one(repo, other, extend_packages, "other.xml", error);
	/* It takes what comes before the first fault for all there is, and what it cannot attach for nothing.
	 */
	if (good && (guint) repo->nsolvables != n_packages)
		good = ksig_error_set(error, KSIG_ERROR_INPUT, "primary.xml: %d of %u packages can be read",
				      repo->nsolvables, n_packages);
	pool_free(pool);
	return good;
}
