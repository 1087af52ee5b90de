/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A history the size of a kernel's, and a vendor who carries a part of it, as a stream for git fast-import:
 *
 *   synthesise COMMITS FILES CARRIED SEED TRUTH | git fast-import
 *
 * The branch "main" starts at the tag "base" and has COMMITS commits over FILES files; the branch "vendor" is
 * one commit on "base" whose tree carries CARRIED of them. TRUTH gets a line a carried commit: its mark, how
 * it is carried, its subject. Sizes are like those of the kernel (a file has 180 lines in the median and 420
 * in the mean, a commit 1 file and 2.3); the proportions of the ways of carrying are those that
 * bench/proportions.py measures.
 *
 * A line is a number, its text a function of the number. Files are played one after the other, all versions
 * of one in a row, so that fast-import finds its deltas and memory holds one file.
 */
#include "synthesise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMIT_S = 315, FIRST_S = 1534000000 };

static const char *const carry_names[] = {"", "exact", "adapted", "partial", "reverted", "superseded"};

static void put_file(const struct history *history, uint32_t file, uint32_t names, uint32_t mark)
{
	g_autofree char *path = path_of(history, file, names);

	printf("M 100644 :%u %s\n", mark, path);
}

static void write_head(const char *branch, uint32_t mark, const char *author, int64_t time_s,
		       const char *message)
{
	printf("commit refs/heads/%s\nmark :%u\nauthor %s %" G_GINT64_FORMAT " +0000\ncommitter A Maintainer "
	       "<m@example.org> %" G_GINT64_FORMAT " +0000\ndata %zu\n%s\n",
	       branch, mark, author, time_s - 86400, time_s, strlen(message), message);
}

static void write_commit(const struct history *history, uint32_t number)
{
	const struct commit *commit = &history->commits[number];
	g_autofree char *subject = subject_of(history, number);
	g_autofree char *author = g_strdup_printf("Author %u <a%u@example.org>", commit->folder % 3000,
						  commit->folder % 3000);
	g_autofree char *message = g_strdup_printf(
		"%s\n\nWhat happens in case %u is not what was meant.\n%s\nSigned-off-by: %s\n", subject,
		number, commit->stable ? "Cc: stable@vger.kernel.org" : "", author);

	write_head("main", history->n_marks + 2 + number, author, FIRST_S + (int64_t) number * COMMIT_S,
		   message);
	for (uint32_t e = 0; e < commit->n_events; e++) {
		const struct event *event = &g_array_index(history->events, struct event,
							   commit->first_event + e);
		if (event->renames) {
			g_autofree char *path = path_of(history, event->file, event->names);
			printf("D %s\n", path);
		}
		put_file(history, event->file, event->names + event->renames, event->mark);
	}
}

static void write_history(const struct history *history)
{
	write_head("main", history->n_marks + 1, "A Maintainer <m@example.org>", FIRST_S - COMMIT_S,
		   "base\n");
	for (uint32_t f = 0; f < history->n_base_files; f++)
		put_file(history, f, 0, history->base_mark[f]);
	printf("reset refs/tags/base\nfrom :%u\n\n", history->n_marks + 1);
	for (uint32_t i = 0; i < history->n_commits; i++) {
		write_commit(history, i);
		if (i + 1 == history->n_commits / 10 || i + 1 == history->n_commits * 3ULL / 10)
			printf("reset refs/tags/first-%u\nfrom :%u\n\n", i + 1, history->n_marks + 2 + i);
	}
}

static void write_vendor(const struct history *history)
{
	write_head("vendor", history->n_marks + 2 + history->n_commits, "A Vendor <v@example.org>",
		   FIRST_S + (int64_t) history->n_commits * COMMIT_S, "the vendor's tree\n");
	printf("from :%u\n", history->n_marks + 1);
	for (uint32_t f = 0; f < history->n_files; f++)
		if (history->own_mark[f] && history->own_mark[f] != history->base_mark[f])
			put_file(history, f, 0, history->own_mark[f]);
}

/* A pick of which nothing reached the tree (its file is not there) was none, but for those that later went.
 */
static bool write_truth(const struct history *history, const char *path)
{
	FILE *file = fopen(path, "we");

	for (uint32_t i = 0; file && i < history->n_commits; i++) {
		const struct commit *commit = &history->commits[i];
		g_autofree char *subject = subject_of(history, i);
		if (commit->carry == REVERTED || commit->carry == SUPERSEDED || commit->trace)
			fprintf(file, "%u\t%s\t%s\n", history->n_marks + 2 + i, carry_names[commit->carry],
				subject);
	}
	return file && fclose(file) == 0;
}

int main(int argc, char **argv)
{
	struct history history = {0};

	if (argc != 6) {
		fputs("usage: synthesise COMMITS FILES CARRIED SEED TRUTH\n", stderr);
		return 2;
	}
	history.n_commits = (uint32_t) strtoul(argv[1], NULL, 10);
	history.n_files = history.n_base_files = (uint32_t) strtoul(argv[2], NULL, 10);
	history.n_folders = MAX(history.n_files / FOLDER_FILES, 1);
	history.seed = mix(strtoull(argv[4], NULL, 10));
	plan(&history, (uint32_t) strtoul(argv[3], NULL, 10));
	puts("feature done");
	play_files(&history);
	write_history(&history);
	write_vendor(&history);
	puts("done");
	return write_truth(&history, argv[5]) && fflush(stdout) == 0 ? 0 : 4;
}
