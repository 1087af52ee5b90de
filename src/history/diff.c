/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Differences made by libgit2: slower than git's, but one absent blob costs one file. */
#include "history/diff-internal.h"
#include "history/history.h"
#include "tree/tree.h"

void ksig_history_file_diff_free(struct ksig_file_diff *file)
{
	if (!file)
		return;
	g_free(file->path);
	g_string_free(file->text, TRUE);
	g_free(file);
}

static bool look_up(const ksig_store *store, const char *commit, git_commit **out_commit, GError **error)
{
	git_oid id;
	int code = git_oid_fromstr(&id, commit);

	if (code == 0)
		code = git_commit_lookup(out_commit, ksig_tree_store_repository(store), &id);
	return code == 0 ||
	       ksig_tree_git_error(error, code, "%s: commit %s", ksig_tree_store_path(store), commit);
}

bool ksig_commit_trees(const ksig_store *store, const char *commit, git_tree **out_old, git_tree **out_new,
		       GError **error)
{
	g_autoptr(git_commit) child = NULL;
	g_autoptr(git_commit) parent = NULL;

	if (!look_up(store, commit, &child, error))
		return false;
	int code = git_commit_tree(out_new, child);
	if (code == 0 && git_commit_parentcount(child) > 0) {
		code = git_commit_parent(&parent, child, 0);
		if (code == 0)
			code = git_commit_tree(out_old, parent);
	}
	return code == 0 ||
	       ksig_tree_git_error(error, code, "%s: commit %s", ksig_tree_store_path(store), commit);
}

/* A name with a space ends with a tab in the "---" and "+++" lines, as git writes it: GNU patch needs it. */
static void append_header(GString *text, const char *header, size_t length)
{
	g_autofree char *copy = g_strndup(header, length);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);

	for (char **line = lines; *line; line++) {
		const bool name = g_str_has_prefix(*line, "--- a/") || g_str_has_prefix(*line, "+++ b/");
		g_string_append_printf(text, "%s%s%s", *line, name && strchr(*line + 4, ' ') ? "\t" : "",
				       line[1] ? "\n" : "");
	}
}

static int append_line(const git_diff_delta *delta, const git_diff_hunk *hunk, const git_diff_line *line,
		       void *data)
{
	GString *text = data;

	(void) delta;
	(void) hunk;
	if (line->origin == GIT_DIFF_LINE_FILE_HDR) {
		append_header(text, line->content, line->content_len);
		return 0;
	}
	if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION ||
	    line->origin == GIT_DIFF_LINE_DELETION)
		g_string_append_c(text, line->origin);
	g_string_append_len(text, line->content, (gssize) line->content_len);
	return 0;
}

static struct ksig_file_diff *file_of(const git_diff_delta *delta)
{
	struct ksig_file_diff *file = g_new0(struct ksig_file_diff, 1);
	file->path = g_strdup(delta->new_file.path);
	file->old_mode = delta->status == GIT_DELTA_ADDED ? 0 : delta->old_file.mode;
	file->new_mode = delta->status == GIT_DELTA_DELETED ? 0 : delta->new_file.mode;
	file->new_blob = delta->new_file.id;
	file->binary = (delta->flags & GIT_DIFF_FLAG_BINARY) != 0;
	file->text = g_string_new(NULL);
	return file;
}

/* A file of which the repositories lack a blob changes hands whole, as a binary one does. */
static void add_unreadable(const git_diff_delta *delta, GPtrArray *files)
{
	struct ksig_file_diff *file = file_of(delta);

	file->binary = file->absent = true;
	g_string_append_printf(file->text, "diff --git a/%s b/%s\nBinary files a/%s and b/%s differ\n",
			       file->path, file->path, file->path, file->path);
	g_ptr_array_add(files, file);
}

static int read_file(git_diff *diff, size_t index, GPtrArray *files)
{
	g_autoptr(git_patch) patch = NULL;
	int code = git_patch_from_diff(&patch, diff, index);

	if (code == GIT_ENOTFOUND) {
		add_unreadable(git_diff_get_delta(diff, index), files);
		return 0;
	}
	if (code < 0 || !patch)
		return code;
	struct ksig_file_diff *file = file_of(git_patch_get_delta(patch));
	g_ptr_array_add(files, file);
	return git_patch_print(patch, append_line, file->text);
}

GPtrArray *ksig_commit_diff_apart(const ksig_store *store, const char *commit, uint32_t context,
				  GError **error)
{
	g_autoptr(GPtrArray)
		files = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_history_file_diff_free);
	g_autoptr(git_tree) old_tree = NULL;
	g_autoptr(git_tree) new_tree = NULL;
	g_autoptr(git_diff) diff = NULL;
	git_diff_options options = GIT_DIFF_OPTIONS_INIT;

	if (!ksig_commit_trees(store, commit, &old_tree, &new_tree, error))
		return NULL;
	options.flags = GIT_DIFF_SHOW_BINARY | GIT_DIFF_INDENT_HEURISTIC;
	options.id_abbrev = GIT_OID_HEXSZ;
	options.context_lines = context;
	int code = git_diff_tree_to_tree(&diff, ksig_tree_store_repository(store), old_tree, new_tree,
					 &options);
	for (size_t i = 0; code == 0 && i < git_diff_num_deltas(diff); i++)
		code = read_file(diff, i, files);
	if (code < 0) {
		ksig_tree_git_error(error, code, "%s: commit %s", ksig_tree_store_path(store), commit);
		return NULL;
	}
	return g_steal_pointer(&files);
}
