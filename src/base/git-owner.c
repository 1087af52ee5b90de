/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder's owner says in files and links where the parts of its repository are, and one may be another's,
 * that the owner cannot read. Whoever reads for ksig, root maybe, is not lent for that: such a part is open
 * to all.
 */
#include "base/git-owner-internal.h"
#include "base/git-kinds-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARTS_MAX = 1000 };

struct owner {
	const char *repository;
	uid_t user;
	bool trusted; /* reads what this process does */
	unsigned parts;
};

/* Whether USER can have come as far as PATH, whatever groups there are. */
static bool is_open_to(uid_t user, const char *path)
{
	g_autofree char *at = g_strdup(path);
	struct stat status;

	if (stat(at, &status) != 0)
		return false;
	if (status.st_uid != user && !(status.st_mode & S_IROTH))
		return false;
	while (!g_str_equal(at, "/")) {
		char *parent = g_path_get_dirname(at);
		g_free(at);
		at = parent;
		if (stat(at, &status) != 0 || (status.st_uid != user && !(status.st_mode & S_IXOTH)))
			return false;
	}
	return true;
}

/* What is not there is not read. */
static bool check_part(struct owner *owner, const char *part, GError **error)
{
	g_autofree char *real = realpath(part, NULL);

	if (++owner->parts > PARTS_MAX)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %d alternates",
				      owner->repository, PARTS_MAX);
	return owner->trusted || !real || is_open_to(owner->user, real) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: a folder of user %u's, but part of its repository is %s, which is neither "
			      "that user's nor open to all",
			      owner->repository, (unsigned) owner->user, real);
}

static bool check_objects(struct owner *owner, const char *objects, int depth, GError **error)
{
	if (!check_part(owner, objects, error) || !git_kinds_folder(owner->repository, objects, error))
		return false;
	if (depth > KSIG_ALTERNATES_DEPTH)
		return true;
	g_autoptr(GPtrArray) alternates = ksig_git_alternates(objects, error);
	for (guint i = 0; alternates && i < alternates->len; i++)
		if (!check_objects(owner, alternates->pdata[i], depth + 1, error))
			return false;
	return alternates != NULL;
}

bool git_owner_check(const char *repository, const char *git_dir, const char *common, GError **error)
{
	static const char *const parts[] = {"HEAD", "refs", "packed-refs", "logs", "shallow"};
	g_autofree char *objects = g_build_filename(common, "objects", NULL);
	struct stat status;

	if (stat(repository, &status) != 0)
		return ksig_error_errno(error, errno, "%s", repository);
	struct owner owner = {.repository = repository,
			      .user = status.st_uid,
			      .trusted = status.st_uid == 0 || status.st_uid == geteuid()};
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *part = g_build_filename(i ? common : git_dir, parts[i], NULL);
		if (!check_part(&owner, part, error))
			return false;
	}
	return check_objects(&owner, objects, 0, error);
}
