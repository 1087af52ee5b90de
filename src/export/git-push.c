/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commits into the repository that they are exported to: one git push, all of its references or none. */
#include "export/git-push-internal.h"
#include "history/upstream-diff.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEEP_LIMIT_BYTES = 512 };

/* Does the process that TEXT, a .keep file of git's, names still receive? */
static bool is_receiving(const char *text)
{
	static const char by[] = "receive-pack ";
	char *end = NULL;

	if (!g_str_has_prefix(text, by))
		return true; /* somebody's own words: to be kept */
	const guint64 pid = g_ascii_strtoull(text + strlen(by), &end, 10);
	if (!g_str_has_prefix(end, " on ") ||
	    strcmp(g_strchomp(end + strlen(" on ")), g_get_host_name()) != 0)
		return true;
	g_autofree char *path = g_strdup_printf("/proc/%" G_GUINT64_FORMAT "/comm", pid);
	g_autofree char *name = ksig_file_read(path, KEEP_LIMIT_BYTES, NULL, NULL);
	return name && g_str_has_prefix(name, "git");
}

/*
 * While git receives a pack a .keep lies beside it; one that a push left which was cut off, torn perhaps,
 * stands in the way of the same pack (from git 2.46 on). REASON, git's own, names it; git may have taken it
 * away with its own on the way out.
 */
static bool is_free_of_left_keep(const char *git_dir, const char *reason)
{
	g_autoptr(GRegex)
		names = g_regex_new("/(pack-[0-9a-f]{40}\\.keep)' differ in contents", G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	struct stat status;

	if (!g_regex_match(names, reason, 0, &match))
		return false;
	g_autofree char *name = g_match_info_fetch(match, 1);
	g_autofree char *path = g_build_filename(git_dir, "objects", "pack", name, NULL);
	if (lstat(path, &status) != 0)
		return errno == ENOENT;
	g_autofree char *text = S_ISREG(status.st_mode) ? ksig_file_read(path, KEEP_LIMIT_BYTES, NULL, NULL)
							: NULL;
	return text && (!*text || !is_receiving(text)) && unlink(path) == 0;
}

static bool refused(const char *repository, const char *reason, GError **error)
{
	/* "[rejected]" is git's own word for what --force moves; "[remote rejected]" is the repository's no.
	 */
	if (strstr(reason, "! [rejected]"))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: the branch or a tag stands elsewhere (--force moves it): %s",
				      repository, reason);
	const bool is_full = strstr(reason, "No space left on device");
	return ksig_error_set(error, is_full ? KSIG_ERROR_ENVIRONMENT : KSIG_ERROR_NEGATIVE,
			      "%s: git push: %s", repository, reason);
}

bool ksig_export_push(ksig_store *store, const struct ksig_push *push, GPtrArray *refspecs, GError **error)
{
	const struct ksig_process_options process = {.git_protocols = "GIT_ALLOW_PROTOCOL=file"};
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) reason = NULL;

	g_ptr_array_add(argv, (char *) "--git-dir");
	g_ptr_array_add(argv, (char *) ksig_tree_store_path(store));
	g_ptr_array_add(argv, (char *) "push");
	g_ptr_array_add(argv, (char *) "--quiet");
	g_ptr_array_add(argv, (char *) "--atomic");
	if (push->dry_run)
		g_ptr_array_add(argv, (char *) "--dry-run");
	if (push->force)
		g_ptr_array_add(argv, (char *) "--force");
	g_ptr_array_add(argv, (char *) push->git_dir);
	for (guint i = 0; i < refspecs->len; i++)
		g_ptr_array_add(argv, refspecs->pdata[i]);
	g_ptr_array_add(argv, NULL);
	const char *const *words = (const char *const *) argv->pdata;
	if (ksig_git_run(words, &process, NULL, NULL, &reason))
		return true;
	if (is_free_of_left_keep(push->git_dir, reason->message)) {
		g_clear_error(&reason);
		if (ksig_git_run(words, &process, NULL, NULL, &reason))
			return true;
	}
	return refused(push->repository, reason->message, error);
}
