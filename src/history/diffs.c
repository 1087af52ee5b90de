/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences as one git process writes them, commit after commit. Its format needs no counting of lines:
 * what stands in a hunk begins with a blank, a sign or a backslash, and a line of a binary patch is never as
 * long as an id, so a line that is the next commit's id is the end of this one.
 */
#include "history/diff-internal.h"
#include "history/history.h"
#include "tree/tree.h"

#include <errno.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1 << 17, PATCH_CONTEXT = 3, WHOLE_CONTEXT = 100000000 };

struct ksig_diffs {
	const ksig_store *store;
	GPtrArray *commits;              /* char * */
	ksig_verification *verification; /* of COMMITS: git does not look whether objects are what they say */
	enum ksig_diffs_form form;
	guint next;            /* the commit after the one at hand */
	unsigned given;        /* files of the commit at hand */
	ksig_process *process; /* NULL: not running */
	GString *buffer;       /* read, and not yet used from AT on */
	size_t at;
	bool ended;       /* nothing comes after the buffer */
	GPtrArray *apart; /* of a commit that git could not read; else NULL */
};

static const char *commit_at(const ksig_diffs *diffs, guint index)
{
	return index < diffs->commits->len ? diffs->commits->pdata[index] : NULL;
}

static bool start(ksig_diffs *diffs, GError **error)
{
	static const char whole[] = "-U100000000";
	/* Packs of gigabytes are looked at through windows, not held. */
	const char *const arguments[] = {"-c",
					 "core.packedGitWindowSize=8m",
					 "-c",
					 "core.packedGitLimit=96m",
					 "--git-dir",
					 ksig_tree_store_path(diffs->store),
					 "diff-tree",
					 "--stdin",
					 "--root",
					 "--always",
					 "-r",
					 "-p",
					 "--full-index",
					 "--no-renames",
					 "--no-ext-diff",
					 "--no-textconv",
					 "--no-color",
					 "--src-prefix=a/",
					 "--dst-prefix=b/",
					 "--indent-heuristic",
					 "--submodule=short",
					 "--ignore-submodules=none",
					 "--diff-merges=first-parent",
					 diffs->form == KSIG_DIFFS_PATCH ? "--binary" : whole,
					 NULL};
	g_autoptr(GString) input = g_string_new(NULL);

	for (guint i = diffs->next; i < diffs->commits->len; i++)
		g_string_append_printf(input, "%s\n", commit_at(diffs, i));
	const struct ksig_process_options options = {.input = input->str, .input_length_bytes = input->len};
	g_string_truncate(diffs->buffer, 0);
	diffs->at = 0;
	diffs->ended = false;
	diffs->process = ksig_git_start(arguments, &options, error);
	return diffs->process != NULL;
}

ksig_diffs *ksig_history_diffs_open(const ksig_store *store, const GPtrArray *commits,
				    enum ksig_diffs_form form, GError **error)
{
	g_autoptr(ksig_diffs) diffs = g_new0(ksig_diffs, 1);

	diffs->store = store;
	diffs->form = form;
	diffs->buffer = g_string_new(NULL);
	diffs->commits = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < commits->len; i++)
		g_ptr_array_add(diffs->commits, g_strdup(commits->pdata[i]));
	if (commits->len > 0 && !start(diffs, error))
		return NULL;
	diffs->verification = ksig_tree_verification_start(store, diffs->commits);
	return g_steal_pointer(&diffs);
}

void ksig_history_diffs_close(ksig_diffs *diffs)
{
	if (!diffs)
		return;
	ksig_process_free(diffs->process);
	ksig_tree_verification_free(diffs->verification);
	g_clear_pointer(&diffs->apart, g_ptr_array_unref);
	g_ptr_array_unref(diffs->commits);
	g_string_free(diffs->buffer, TRUE);
	g_free(diffs);
}

/* Reads on behind what is not yet used. */
static bool fill(ksig_diffs *diffs, GError **error)
{
	g_string_erase(diffs->buffer, 0, (gssize) diffs->at);
	diffs->at = 0;
	const size_t kept = diffs->buffer->len;
	g_string_set_size(diffs->buffer, kept + CHUNK_BYTES);
	ssize_t got = -1;
	do
		got = read(ksig_process_fd(diffs->process), diffs->buffer->str + kept, CHUNK_BYTES);
	while (got < 0 && errno == EINTR);
	g_string_set_size(diffs->buffer, kept + (size_t) MAX(got, 0));
	diffs->ended = got == 0;
	return got >= 0 || ksig_error_errno(error, errno, "git diff-tree");
}

/* The next line, newline and all, without taking it; NULL: there is none. It stands until the next fill(). */
static const char *peek(ksig_diffs *diffs, size_t *out_length, GError **error)
{
	size_t looked = 0;

	for (;;) {
		const char *line = diffs->buffer->str + diffs->at;
		const size_t length = diffs->buffer->len - diffs->at;
		const char *end = memchr(line + looked, '\n', length - looked);
		if (end || diffs->ended) {
			*out_length = end ? (size_t) (end - line) + 1 : length;
			return *out_length > 0 ? line : NULL;
		}
		looked = length;
		if (!fill(diffs, error))
			return NULL;
	}
}

static bool is_commit(const char *line, size_t length, const char *commit)
{
	return commit && length == GIT_OID_HEXSZ + 1 && memcmp(line, commit, GIT_OID_HEXSZ) == 0;
}

static bool begins_file(const char *line, size_t length)
{
	static const char start[] = "diff --git a/b b/b";

	return line[0] != ' ' && length >= strlen(start) && memcmp(line, start, strlen("diff --git ")) == 0;
}

/* "diff --git a/NAME b/NAME": without renames the two are one. */
static char *path_of(const char *line, size_t length)
{
	static const char start[] = "diff --git ";
	const char *names = line + strlen(start);
	const size_t half = (length - strlen(start) - 2) / 2; /* without the blank between and the newline */
	g_autofree char *name = ksig_git_unquote(names, half);

	return g_strdup(strlen(name) > 2 ? name + 2 : name);
}

static uint16_t mode_of(const char *line, size_t length, const char *start)
{
	g_autofree char *number = g_strndup(line, length);

	return g_str_has_prefix(number, start) ? (uint16_t) g_ascii_strtoull(number + strlen(start), NULL, 8)
					       : 0;
}

/* "index OLD..NEW MODE", the mode where both have it. */
static void read_index(struct ksig_file_diff *file, const char *line, size_t length)
{
	enum { NEW_AT = 6 + GIT_OID_HEXSZ + 2, MODE_AT = NEW_AT + GIT_OID_HEXSZ + 1 };

	if (length > NEW_AT + GIT_OID_HEXSZ &&
	    git_oid_fromstrn(&file->new_blob, line + NEW_AT, GIT_OID_HEXSZ) != 0)
		memset(&file->new_blob, 0, sizeof file->new_blob);
	if (length > MODE_AT)
		file->old_mode = file->new_mode = (uint16_t) g_ascii_strtoull(line + MODE_AT, NULL, 8);
}

/* A line between "diff --git" and what it changes. */
static void read_header_line(struct ksig_file_diff *file, const char *line, size_t length)
{
	const uint16_t old_mode = mode_of(line, length, "old mode ");
	const uint16_t new_mode = mode_of(line, length, "new mode ");
	const uint16_t gone = mode_of(line, length, "deleted file mode ");
	const uint16_t made = mode_of(line, length, "new file mode ");

	file->old_mode = old_mode ? old_mode : gone ? gone : file->old_mode;
	file->new_mode = new_mode ? new_mode : made ? made : file->new_mode;
	if (length > 6 && memcmp(line, "index ", 6) == 0)
		read_index(file, line, length);
	if ((length > 4 && memcmp(line, "GIT ", 4) == 0) || (length > 7 && memcmp(line, "Binary ", 7) == 0))
		file->binary = true;
}

/* The commit at hand again, read otherwise: git ends at a blob that is not there. */
static bool read_apart(ksig_diffs *diffs, GError **error)
{
	const uint32_t context = diffs->form == KSIG_DIFFS_PATCH ? PATCH_CONTEXT : WHOLE_CONTEXT;

	diffs->apart = ksig_commit_diff_apart(diffs->store, commit_at(diffs, diffs->next - 1), context,
					      error);
	if (!diffs->apart)
		return false;
	g_ptr_array_remove_range(diffs->apart, 0, MIN(diffs->given, diffs->apart->len));
	return true;
}

/* Git wrote its last line: was that the end, or could it not go on? OUT_WELL: the commit at hand is whole. */
static bool end_of_output(ksig_diffs *diffs, bool *out_well, GError **error)
{
	int status = 0;

	*out_well = true;
	if (!diffs->process)
		return true;
	const bool ended = ksig_process_finish(diffs->process, &status, error);
	g_clear_pointer(&diffs->process, ksig_process_free);
	*out_well = ended && status == 0 && diffs->next == diffs->commits->len;
	return ended && (*out_well || read_apart(diffs, error));
}

bool ksig_history_diffs_step(ksig_diffs *diffs, GError **error)
{
	g_autoptr(GError) reason = NULL;
	struct ksig_file_diff *left = NULL;
	size_t length = 0;

	while (diffs->next > 0 && (left = ksig_history_diffs_file(diffs, &reason)))
		ksig_history_file_diff_free(left);
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	const char *commit = commit_at(diffs, diffs->next);
	g_return_val_if_fail(commit, false);
	g_clear_pointer(&diffs->apart, g_ptr_array_unref);
	if ((!diffs->process && !start(diffs, error)) ||
	    !ksig_tree_verification_wait(diffs->verification, diffs->next, error))
		return false;
	diffs->next++;
	diffs->given = 0;
	const char *line = peek(diffs, &length, error);
	if (line && is_commit(line, length, commit)) {
		diffs->at += length;
		return true;
	}
	bool well = false;
	return end_of_output(diffs, &well, error);
}

static struct ksig_file_diff *next_apart(ksig_diffs *diffs)
{
	return diffs->apart->len > 0 ? g_ptr_array_steal_index(diffs->apart, 0) : NULL;
}

/* How many bytes of whole lines of hunks stand in the buffer, from AT on. */
static size_t hunk_bytes(const ksig_diffs *diffs)
{
	const char *begin = diffs->buffer->str + diffs->at;
	const char *end = diffs->buffer->str + diffs->buffer->len;
	const char *at = begin;

	while (at < end && (*at == ' ' || *at == '+' || *at == '-' || *at == '\\')) {
		const char *newline = memchr(at, '\n', (size_t) (end - at));
		if (!newline)
			break;
		at = newline + 1;
	}
	return (size_t) (at - begin);
}

static void take(ksig_diffs *diffs, struct ksig_file_diff *file, size_t length)
{
	g_string_append_len(file->text, diffs->buffer->str + diffs->at, (gssize) length);
	diffs->at += length;
}

/* Takes the lines of one file up to the next one's, the next commit's or the end. OUT_END: it was the end. */
static struct ksig_file_diff *take_file(ksig_diffs *diffs, bool *out_end, GError **error)
{
	struct ksig_file_diff *file = g_new0(struct ksig_file_diff, 1);
	g_autoptr(GError) reason = NULL;
	bool in_header = true;
	size_t length = 0;
	const char *line = peek(diffs, &length, &reason);

	file->path = path_of(line, length);
	file->text = g_string_new(NULL);
	do {
		in_header = in_header && line[0] != '@' && !file->binary;
		if (in_header)
			read_header_line(file, line, length);
		take(diffs, file, length);
		if (!in_header && !file->binary)
			take(diffs, file, hunk_bytes(diffs));
		line = peek(diffs, &length, &reason);
	} while (line && !begins_file(line, length) &&
		 !is_commit(line, length, commit_at(diffs, diffs->next)));
	*out_end = !line;
	if (!reason)
		return file;
	g_propagate_error(error, g_steal_pointer(&reason));
	ksig_history_file_diff_free(file);
	return NULL;
}

struct ksig_file_diff *ksig_history_diffs_file(ksig_diffs *diffs, GError **error)
{
	g_autoptr(GError) reason = NULL;
	size_t length = 0;
	bool ended = false;
	bool well = true;

	if (diffs->apart)
		return next_apart(diffs);
	const char *line = peek(diffs, &length, &reason);
	if (line && is_commit(line, length, commit_at(diffs, diffs->next)))
		return NULL;
	if (line && !begins_file(line, length)) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "git diff-tree: commit %s: a line of no file",
			       commit_at(diffs, diffs->next - 1));
		return NULL;
	}
	struct ksig_file_diff *file = line ? take_file(diffs, &ended, &reason) : NULL;
	if (!reason && (!line || ended) && end_of_output(diffs, &well, &reason) && !well) {
		/* what was just read may be half a file */
		ksig_history_file_diff_free(file);
		return next_apart(diffs);
	}
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		ksig_history_file_diff_free(file);
		return NULL;
	}
	diffs->given += file != NULL;
	return file;
}

GPtrArray *ksig_history_diffs_next(ksig_diffs *diffs, GError **error)
{
	g_autoptr(GPtrArray)
		files = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_history_file_diff_free);
	g_autoptr(GError) reason = NULL;
	struct ksig_file_diff *file = NULL;

	if (!ksig_history_diffs_step(diffs, error))
		return NULL;
	while ((file = ksig_history_diffs_file(diffs, &reason)))
		g_ptr_array_add(files, file);
	if (!reason)
		return g_steal_pointer(&files);
	g_propagate_error(error, g_steal_pointer(&reason));
	return NULL;
}

static GString *joined(GPtrArray *files)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < files->len; i++) {
		const struct ksig_file_diff *file = files->pdata[i];
		g_string_append_len(text, file->text->str, (gssize) file->text->len);
	}
	return text;
}

GString *ksig_history_diffs_next_text(ksig_diffs *diffs, GError **error)
{
	g_autoptr(GPtrArray) files = ksig_history_diffs_next(diffs, error);

	return files ? joined(files) : NULL;
}

GPtrArray *ksig_history_commit_diff(const ksig_store *store, const char *commit, GError **error)
{
	g_autoptr(GPtrArray) one = g_ptr_array_new();

	g_ptr_array_add(one, (gpointer) commit);
	g_autoptr(ksig_diffs) diffs = ksig_history_diffs_open(store, one, KSIG_DIFFS_PATCH, error);
	return diffs ? ksig_history_diffs_next(diffs, error) : NULL;
}

GString *ksig_history_commit_diff_text(const ksig_store *store, const char *commit, GError **error)
{
	g_autoptr(GPtrArray) files = ksig_history_commit_diff(store, commit, error);

	return files ? joined(files) : NULL;
}
