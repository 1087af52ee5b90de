/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ChangeLog-X.Y.Z of point releases, kernel.org's or a Debian changelog: each commit with its mainline id,
 * Fixes and CVEs.
 */
#include "kernel/fetch-internal.h"
#include "kernel/kernel-internal.h"

#include <stdlib.h>
#include <string.h>

static void commit_free(gpointer data)
{
	struct ksig_stable_commit *commit = data;

	g_free(commit->id);
	g_free(commit->upstream);
	g_free(commit->author);
	g_free(commit->subject);
	g_ptr_array_unref(commit->fixes);
	g_ptr_array_unref(commit->cves);
	g_free(commit);
}

void ksig_kernel_point_release_free(struct ksig_point_release *point)
{
	if (!point)
		return;
	g_free(point->version);
	g_free(point->told_with);
	g_ptr_array_unref(point->commits);
	g_free(point);
}

static struct ksig_stable_commit *commit_new(GPtrArray *commits)
{
	struct ksig_stable_commit *commit = g_new0(struct ksig_stable_commit, 1);

	commit->fixes = g_ptr_array_new_with_free_func(g_free);
	commit->cves = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(commits, commit);
	return commit;
}

/* The hexadecimal digits at TEXT if there are LEAST to 40 of them. */
static char *take_hex(const char *text, size_t least)
{
	size_t length = strspn(text, "0123456789abcdef");

	return length >= least && length <= 40 ? g_strndup(text, length) : NULL;
}

static void add_once(GPtrArray *strings, char *string)
{
	if (g_ptr_array_find_with_equal_func(strings, string, g_str_equal, NULL))
		g_free(string);
	else
		g_ptr_array_add(strings, string);
}

/* Every "CVE-YEAR-NUMBER" of TEXT. */
static void take_cves(struct ksig_stable_commit *commit, const char *text)
{
	while ((text = strstr(text, "CVE-"))) {
		size_t year = strspn(text + 4, "0123456789");
		size_t number = year == 4 && text[8] == '-' ? strspn(text + 9, "0123456789") : 0;
		if (number >= 4 && number <= 9)
			add_once(commit->cves, g_strndup(text, 9 + number));
		text += 4;
	}
}

/* "[ Upstream commit X ]" and "commit X upstream." are how the stable tree names the mainline commit. */
static void take_upstream(struct ksig_stable_commit *commit, const char *line)
{
	const char *named = strstr(line, "pstream commit ");

	if (commit->upstream)
		return;
	if (*line == '[' && named)
		commit->upstream = take_hex(named + strlen("pstream commit "), 40);
	else if (g_str_has_prefix(line, "commit ") && strstr(line, "upstream"))
		commit->upstream = take_hex(line + strlen("commit "), 40);
}

static void read_body_line(struct ksig_stable_commit *commit, const char *line)
{
	if (!commit->subject) {
		commit->subject = g_strdup(line);
	} else {
		take_upstream(commit, line);
		if (g_str_has_prefix(line, "Fixes: ")) {
			char *fixed = take_hex(line + strlen("Fixes: "), 8);
			if (fixed)
				add_once(commit->fixes, fixed);
		}
	}
	take_cves(commit, line);
}

static char *author_name(const char *text)
{
	const char *mail = strstr(text, " <");

	return g_strstrip(g_strndup(text, mail ? (gsize) (mail - text) : strlen(text)));
}

/* The format of `git log`, which kernel.org publishes. */
static void parse_kernel_org(GPtrArray *commits, char **lines)
{
	struct ksig_stable_commit *commit = NULL;

	for (; *lines; lines++) {
		const char *line = *lines;
		if (g_str_has_prefix(line, "commit ")) {
			commit = commit_new(commits);
			commit->id = take_hex(line + strlen("commit "), 40);
		} else if (commit && g_str_has_prefix(line, "Author: ")) {
			g_free(commit->author);
			commit->author = author_name(line + strlen("Author: "));
		} else if (commit && g_str_has_prefix(line, "    ") && line[4]) {
			read_body_line(commit, line + 4);
		}
	}
}

/* Joins an entry's lines: "    - subject" and what follows deeper. */
static void parse_debian_entries(GPtrArray *commits, char **lines)
{
	struct ksig_stable_commit *commit = NULL;

	for (; *lines && !strstr(*lines, "/ChangeLog-") && g_str_has_prefix(*lines, "    "); lines++) {
		if (g_str_has_prefix(*lines, "    - ")) {
			commit = commit_new(commits);
			commit->subject = g_strdup(*lines + 6);
		} else if (commit) {
			char *joined = g_strconcat(commit->subject, " ", *lines + strspn(*lines, " "), NULL);
			g_free(commit->subject);
			commit->subject = joined;
		}
	}
	for (guint i = 0; i < commits->len; i++) {
		commit = g_ptr_array_index(commits, i);
		take_cves(commit, commit->subject);
		char *cves = strstr(commit->subject, " (CVE-");
		if (cves)
			*cves = '\0';
	}
}

static char **find_debian(char **lines, const char *version)
{
	g_autofree char *name = g_strconcat("/ChangeLog-", version, NULL);

	for (; *lines; lines++)
		if (g_str_has_suffix(g_strchomp(*lines), name))
			return lines + 1;
	return NULL;
}

/* Debian's changelog names several releases above one list: the last of them, for one above; NULL: LINES are
 * its own list. */
static char *told_with(char **lines)
{
	const char *last = NULL;

	for (; *lines; lines++) {
		const char *name = strstr(*lines, "/ChangeLog-");
		if (!name)
			break;
		last = name + strlen("/ChangeLog-");
	}
	return last ? g_strchomp(g_strdup(last)) : NULL;
}

/* The commit that only sets the version is no change. */
static void drop_release_commits(GPtrArray *commits)
{
	for (guint i = commits->len; i-- > 0;) {
		const struct ksig_stable_commit *commit = g_ptr_array_index(commits, i);
		if (!commit->subject || g_str_has_prefix(commit->subject, "Linux "))
			g_ptr_array_remove_index(commits, i);
	}
}

struct ksig_point_release *ksig_kernel_point_release_parse(const char *text, const char *version,
							   const char *what, GError **error)
{
	g_autofree char *utf8 = ksig_utf8(text, -1);
	g_auto(GStrv) lines = g_strsplit(utf8, "\n", -1);
	struct ksig_point_release *point = g_new0(struct ksig_point_release, 1);
	char **debian = find_debian(lines, version);

	point->version = g_strdup(version);
	point->commits = g_ptr_array_new_with_free_func(commit_free);
	if (debian) {
		parse_debian_entries(point->commits, debian);
		point->told_with = told_with(debian);
	} else {
		parse_kernel_org(point->commits, lines);
	}
	if (!debian && !point->commits->len) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no changes of %s in it", what, version);
		ksig_kernel_point_release_free(point);
		return NULL;
	}
	drop_release_commits(point->commits);
	return point;
}

static char *read_changelog(const char *location, const char *version, GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-changelog", error);

	if (!scratch)
		return NULL;
	g_autofree char *path = g_build_filename(scratch, "changelog", NULL);
	g_autofree char *from = g_str_has_prefix(location, "http") ||
						g_file_test(location, G_FILE_TEST_IS_DIR)
					? g_strdup_printf("%s/ChangeLog-%s", location, version)
					: g_strdup(location);
	if (!kernel_fetch(from, path, KERNEL_LIMIT_CHANGELOG_BYTES, error))
		return NULL;
	return ksig_file_read(path, KERNEL_LIMIT_CHANGELOG_BYTES, NULL, error);
}

/* The number behind the last dot of "6.1.187"; 0 for "6.1". */
static long point_of(const char *version)
{
	const char *first = strchr(version, '.'), *last = strrchr(version, '.');

	return first && last > first ? strtol(last + 1, NULL, 10) : 0;
}

GPtrArray *ksig_kernel_points_load(const char *location, const char *from, const char *to, GError **error)
{
	g_autoptr(GPtrArray)
		points = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kernel_point_release_free);
	const char *dot = strrchr(to, '.');

	if (!dot || strchr(to, '.') == dot)
		return g_steal_pointer(&points); /* the series' first release has nothing before it */
	g_autofree char *series = g_strndup(to, (gsize) (dot - to));
	for (long n = point_of(from) + 1; n <= point_of(to); n++) {
		g_autofree char *version = g_strdup_printf("%s.%ld", series, n);
		g_autofree char *text = read_changelog(location, version, error);
		struct ksig_point_release *point =
			text ? ksig_kernel_point_release_parse(text, version, location, error) : NULL;
		if (!point)
			return NULL;
		g_ptr_array_add(points, point);
	}
	return g_steal_pointer(&points);
}
