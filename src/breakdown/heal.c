/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A catalog may know of revisions whose objects are gone: somebody removed them, or a disk lost what it had.
 * Nothing is then said of them as if they were there: they are made again, if all of them are asked for, else
 * that is what is said.
 */
#include "breakdown/heal-internal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* Are the commits of the steps that end with COMMIT there, and their trees? */
static bool has_steps(git_repository *repository, const char *commit)
{
	git_oid id;

	if (git_oid_fromstr(&id, commit) < 0)
		return false;
	for (;;) {
		g_autoptr(git_commit) step = NULL;
		g_autoptr(git_tree) tree = NULL;
		if (git_commit_lookup(&step, repository, &id) < 0 || git_commit_tree(&tree, step) < 0)
			return false;
		if (git_commit_parentcount(step) == 0)
			return true;
		git_oid_cpy(&id, git_commit_parent_id(step, 0));
	}
}

/* The catalog goes aside, with what SQLite keeps beside it. */
static bool put_aside(const char *workspace, GError **error)
{
	static const char *const names[] = {"catalog.db-wal", "catalog.db-shm"};
	g_autofree char *from = g_build_filename(workspace, "catalog.db", NULL);
	g_autofree char *to = g_strconcat(from, ".lost", NULL);

	if (g_rename(from, to) != 0)
		return ksig_error_errno(error, errno, "%s", from);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(workspace, names[i], NULL);
		g_unlink(path);
	}
	return true;
}

bool heal(struct ksig_work *work, const char *workspace, const char *const *kernels, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(work->catalog, error);
	git_repository *repository = ksig_tree_store_repository(work->store);

	if (!revisions)
		return false;
	/* The last one's steps go back to the base. */
	const struct ksig_revision *last = revisions->len > 0 ? revisions->pdata[revisions->len - 1] : NULL;
	if (!last || has_steps(repository, last->commit))
		return true;
	if (g_strv_length((char **) kernels) + 1 < revisions->len)
		return ksig_error_set(
			error, KSIG_ERROR_INPUT,
			"%s: objects of its %u revisions are gone; ksig breakdown of all of them makes "
			"them again",
			workspace, revisions->len - 1);
	g_clear_pointer(&work->catalog, ksig_catalog_free);
	if (!put_aside(workspace, error))
		return false;
	work->catalog = ksig_catalog_open(workspace, true, error);
	return work->catalog != NULL;
}
