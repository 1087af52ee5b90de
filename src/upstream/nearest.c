/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two trees are compared once, at the beginning of the range. From there `git log --raw` says which files
 * each commit changes, and the count goes with it: a history of ten thousand commits takes a second.
 */
#include "upstream/nearest.h"
#include "upstream/argument-internal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ID_DIGITS = 40, LINE_LIMIT_BYTES = 1 << 16 };

struct search {
	const char *name;
	GHashTable *blobs; /* path → the first bytes of the blob that the tree has there */
	uint64_t files;
	uint64_t equal; /* of the commit at hand */
	uint64_t other;
	GPtrArray *best; /* struct ksig_nearest *, best first */
	guint limit;
};

void ksig_upstream_nearest_free(struct ksig_nearest *nearest)
{
	if (!nearest)
		return;
	g_free(nearest->upstream);
	g_free(nearest->commit);
	g_free(nearest->tag);
	g_free(nearest->date);
	g_free(nearest);
}

static void free_nearest(void *nearest)
{
	ksig_upstream_nearest_free(nearest);
}

/* ---- blobs --------------------------------------------------------------------------------------- */

static uint64_t blob_of(const git_oid *id)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 8; i++)
		value = value << 8 | id->id[i];
	return value;
}

/* 0: no file. */
static uint64_t blob_of_hex(const char *hex)
{
	char digits[17] = "";

	memcpy(digits, hex, 16);
	return g_ascii_strtoull(digits, NULL, 16);
}

static int add_file(const char *root, const git_tree_entry *entry, void *payload)
{
	struct search *search = payload;
	uint64_t blob = blob_of(git_tree_entry_id(entry));

	if (git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		return 0;
	search->files++;
	g_hash_table_insert(search->blobs, g_strconcat(root, git_tree_entry_name(entry), NULL),
			    g_memdup2(&blob, sizeof blob));
	return 0;
}

/* One file more, or less, of the commit at hand. */
static void count(struct search *search, const char *path, uint64_t blob, int one)
{
	const uint64_t *own = g_hash_table_lookup(search->blobs, path);

	if (blob == 0)
		return;
	if (own && *own == blob)
		search->equal += (uint64_t) one;
	else
		search->other += (uint64_t) one;
}

static int count_file(const char *root, const git_tree_entry *entry, void *payload)
{
	g_autofree char *path = g_strconcat(root, git_tree_entry_name(entry), NULL);

	if (git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		count(payload, path, blob_of(git_tree_entry_id(entry)), 1);
	return 0;
}

static bool walk(const ksig_store *store, const git_oid *tree_id, git_treewalk_cb see, struct search *search,
		 GError **error)
{
	g_autoptr(git_tree) tree = NULL;
	int code = git_tree_lookup(&tree, ksig_tree_store_repository(store), tree_id);

	if (code == 0)
		code = git_tree_walk(tree, GIT_TREEWALK_PRE, see, search);
	return code >= 0 || ksig_tree_git_error(error, code, "tree %s", git_oid_tostr_s(tree_id));
}

/* ---- the best ------------------------------------------------------------------------------------ */

static int compare(const struct ksig_nearest *a, const struct search *b)
{
	if (a->equal != b->equal)
		return a->equal > b->equal ? -1 : 1;
	return a->other < b->other ? -1 : a->other > b->other;
}

/* "tag: v5.4.38, other" of git's decoration. */
static char *tag_in(const char *decoration)
{
	const char *at = strstr(decoration, "tag: ");

	return at ? g_strndup(at + 5, strcspn(at + 5, ",\n")) : NULL;
}

/* HEAD: "ID DATE DECORATION". A tag is worth more than a commit that is as near. */
static void consider(struct search *search, const char *head)
{
	guint at = 0;
	g_auto(GStrv) words = g_strsplit(head, " ", 3);

	if (g_strv_length(words) < 2)
		return;
	g_autofree char *tag = words[2] ? tag_in(words[2]) : NULL;
	while (at < search->best->len && compare(search->best->pdata[at], search) < 0)
		at++;
	if (at < search->best->len && compare(search->best->pdata[at], search) == 0) {
		struct ksig_nearest *same = search->best->pdata[at];
		if (same->tag || !tag)
			return;
		g_ptr_array_remove_index(search->best, at);
	}
	if (at >= search->limit)
		return;
	struct ksig_nearest *nearest = g_new0(struct ksig_nearest, 1);
	nearest->upstream = g_strdup(search->name);
	nearest->commit = g_strdup(words[0]);
	nearest->date = g_strdup(words[1]);
	nearest->tag = g_steal_pointer(&tag);
	nearest->equal = search->equal;
	nearest->files = search->files;
	nearest->other = search->other;
	g_ptr_array_insert(search->best, (gint) at, nearest);
	if (search->best->len > search->limit)
		g_ptr_array_set_size(search->best, (gint) search->limit);
}

/* ---- the history --------------------------------------------------------------------------------- */

/* ":100644 100644 OLD NEW M\tPATH" */
static void see_change(struct search *search, const char *line)
{
	enum { OLD_AT = 15, NEW_AT = OLD_AT + 41, PATH_AT = NEW_AT + 41 + 2 };

	if (strlen(line) <= PATH_AT || line[PATH_AT - 1] != '\t')
		return;
	const char *path = line + PATH_AT;
	g_autofree char *plain = path[0] == '"' ? g_strcompress(path + 1) : g_strdup(path);
	if (path[0] == '"' && *plain)
		plain[strlen(plain) - 1] = '\0';
	count(search, plain, blob_of_hex(line + OLD_AT), -1);
	count(search, plain, blob_of_hex(line + NEW_AT), 1);
}

static void read_history(struct search *search, int fd)
{
	FILE *stream = fdopen(dup(fd), "r");
	g_autofree char *line = g_malloc(LINE_LIMIT_BYTES);
	g_autofree char *head = NULL;

	while (stream && fgets(line, LINE_LIMIT_BYTES, stream)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == ':') {
			see_change(search, line);
		} else if (line[0] == '\1') {
			if (head)
				consider(search, head);
			g_free(head);
			head = g_strdup(line + 1);
		}
	}
	if (head)
		consider(search, head);
	if (stream)
		fclose(stream);
}

static bool follow(struct search *search, const char *git_dir, const upstream_argument *argument,
		   GError **error)
{
	g_autofree char *range = g_strdup_printf("%s..%s", argument->from, argument->to);
	const char *const argv[] = {"--git-dir",
				    git_dir,
				    "log",
				    "--first-parent",
				    "--reverse",
				    "-m",
				    "--raw",
				    "--no-renames",
				    "--no-abbrev",
				    "--no-show-signature",
				    "--format=%x01%H %cI %D",
				    range,
				    "--",
				    NULL};
	g_autoptr(ksig_process) process = ksig_git_start(argv, NULL, error);

	if (!process)
		return false;
	read_history(search, ksig_process_fd(process));
	return ksig_process_finish(process, NULL, error);
}

/* The commit that the range begins behind is one that counts. */
static bool consider_first(struct search *search, const ksig_store *store, const char *git_dir,
			   const char *from, GError **error)
{
	const char *const argv[] = {"--git-dir",          git_dir, "log", "-1",
				    "--format=%H %cI %D", from,    "--",  NULL};
	g_autoptr(git_commit) commit = NULL;
	GString *head = NULL;
	git_oid id;

	if (!ksig_tree_store_resolve(git_dir, from, &id, error))
		return false;
	const int code = git_commit_lookup(&commit, ksig_tree_store_repository(store), &id);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s: %s", git_dir, from);
	if (!walk(store, git_commit_tree_id(commit), count_file, search, error) ||
	    !ksig_git_run(argv, NULL, NULL, &head, error))
		return false;
	g_strchomp(head->str);
	consider(search, head->str);
	g_string_free(head, TRUE);
	return true;
}

GPtrArray *ksig_upstream_nearest_find(ksig_store *store, const git_oid *tree, const char *text, guint limit,
				      GError **error)
{
	g_auto(upstream_argument) argument = {0};
	g_autofree char *git_dir = NULL;
	g_autoptr(GHashTable) blobs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(GPtrArray) best = g_ptr_array_new_with_free_func(free_nearest);

	if (!argument_parse(text, &argument, error))
		return NULL;
	if (!argument.from) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "%s: a git upstream expected, git:REPOSITORY@FROM..TO", text);
		return NULL;
	}
	struct search search = {.name = argument.name, .blobs = blobs, .best = best, .limit = limit};
	if (!ksig_tree_store_attach(store, argument.place, &git_dir, error) ||
	    !walk(store, tree, add_file, &search, error) ||
	    !consider_first(&search, store, git_dir, argument.from, error) ||
	    !follow(&search, git_dir, &argument, error))
		return NULL;
	return g_steal_pointer(&best);
}
