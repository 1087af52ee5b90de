/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A unified difference line by line into a pool: files with names and blobs, hunks with their function, lines
 * as fingerprints; git log --raw where there is no content.
 */
#include "upstream/diff-reader-internal.h"
#include "upstream/pool-writer-internal.h"
#include "base/diff.h"

#include <string.h>

enum {
	FILES_LIMIT = 200000,  /* of one candidate */
	LINES_LIMIT = 4000000, /* of one candidate */
};

void ksig_diff_reader_init(struct ksig_diff_reader *reader, ksig_pool_writer *writer, unsigned strip)
{
	*reader = (struct ksig_diff_reader){.writer = writer, .strip = strip};
}

static struct ksig_candidate_file *current_file(const struct ksig_diff_reader *reader)
{
	const GArray *files = reader->writer->files;

	return &g_array_index(files, struct ksig_candidate_file, files->len - 1);
}

static void close_file(struct ksig_diff_reader *reader)
{
	if (reader->in_file) {
		struct ksig_candidate_file *file = current_file(reader);
		const char *old_name = reader->old_name ? reader->old_name : "";
		const char *new_name = reader->new_name ? reader->new_name : "";
		file->old_path = ksig_pool_writer_intern(reader->writer, old_name, strlen(old_name));
		file->new_path = ksig_pool_writer_intern(reader->writer, new_name, strlen(new_name));
		if (!reader->old_name)
			file->flags |= KSIG_FILE_ADDED;
		if (!reader->new_name)
			file->flags |= KSIG_FILE_DELETED;
		if (reader->old_name && reader->new_name && !g_str_equal(old_name, new_name))
			file->flags |= KSIG_FILE_RENAMED;
	}
	reader->in_file = reader->in_hunk = false;
	reader->is_cut |= ksig_diff_in_hunk(&reader->diff);
	reader->diff = (struct ksig_diff){0};
	g_clear_pointer(&reader->old_name, g_free);
	g_clear_pointer(&reader->new_name, g_free);
}

void ksig_diff_reader_clear(struct ksig_diff_reader *reader)
{
	g_clear_pointer(&reader->old_name, g_free);
	g_clear_pointer(&reader->new_name, g_free);
}

void ksig_diff_reader_end(struct ksig_diff_reader *reader)
{
	close_file(reader);
}

static void open_file(struct ksig_diff_reader *reader)
{
	struct ksig_candidate *candidate = ksig_pool_writer_last(reader->writer);
	const struct ksig_candidate_file file = {.first_hunk = reader->writer->hunks->len};

	close_file(reader);
	if (candidate->n_files >= FILES_LIMIT)
		return;
	g_array_append_val(reader->writer->files, file);
	candidate->n_files++;
	reader->in_file = true;
}

/* NAME of a "---" or "+++" line: unquoted, without time stamp, stripped; NULL for /dev/null. */
static char *file_name(const struct ksig_diff_reader *reader, const char *name, size_t length_bytes)
{
	const bool quoted = length_bytes && name[0] == '"';
	const char *tab = quoted ? NULL : memchr(name, '\t', length_bytes);
	g_autofree char *plain = ksig_git_unquote(name, tab ? (size_t) (tab - name) : length_bytes);
	const char *at = plain;

	if (g_str_equal(plain, "/dev/null"))
		return NULL;
	for (unsigned i = 0; i < reader->strip; i++) {
		const char *slash = strchr(at, '/');
		if (!slash)
			break;
		at = slash + 1;
	}
	return g_strdup(at);
}

/* "a/NAME b/NAME" of a diff without ---/+++ lines: told apart only where the two names are the same. */
static void names_of_git_line(struct ksig_diff_reader *reader, const char *names, size_t length_bytes)
{
	if (length_bytes % 2 == 0 || length_bytes < 5 || names[0] == '"')
		return;
	const size_t half = length_bytes / 2;
	if (names[half] != ' ' || memcmp(names + 2, names + half + 3, half - 2) != 0)
		return;
	reader->old_name = file_name(reader, names, half);
	reader->new_name = g_strdup(reader->old_name);
}

static uint64_t blob_prefix(const char *hex, size_t digits)
{
	uint64_t value = 0;
	size_t n = 0;

	for (; n < MIN(digits, 16) && g_ascii_isxdigit(hex[n]); n++)
		value = value << 4 | (uint64_t) g_ascii_xdigit_value(hex[n]);
	return n == 16 ? value : 0;
}

/* "index OLD..NEW[ MODE]"; only full ids tell anything. */
static void index_line(struct ksig_diff_reader *reader, const char *ids, size_t length_bytes)
{
	const char *dots = memmem(ids, length_bytes, "..", 2);

	if (!dots)
		return;
	struct ksig_candidate_file *file = current_file(reader);
	file->old_blob = blob_prefix(ids, (size_t) (dots - ids));
	file->new_blob = blob_prefix(dots + 2, length_bytes - (size_t) (dots + 2 - ids));
}

static bool skip_prefix(const char **line, size_t *length_bytes, const char *prefix)
{
	const size_t n = strlen(prefix);

	if (*length_bytes < n || memcmp(*line, prefix, n) != 0)
		return false;
	*line += n;
	*length_bytes -= n;
	return true;
}

/* ---- functions ----------------------------------------------------------------------------------- */

/* "out:", which git's "@@" lines may show, and which leads nowhere. */
static bool is_label(const char *line, size_t length_bytes)
{
	size_t n = 0;

	while (n < length_bytes && (g_ascii_isalnum(line[n]) || line[n] == '_'))
		n++;
	return n > 0 && n < length_bytes && line[n] == ':';
}

void ksig_upstream_function_see(uint32_t *function, const char *line, size_t length_bytes)
{
	size_t n = 0;

	if (length_bytes == 0 || !(g_ascii_isalpha(line[0]) || line[0] == '_' || line[0] == '$') ||
	    is_label(line, length_bytes))
		return;
	const char *name = ksig_tree_line_function(line, length_bytes, &n);
	const bool defines = name && !memchr(name, ';', (size_t) (line + length_bytes - name));
	*function = defines ? ksig_upstream_line_fingerprint(name, n) : 0;
}

/* The function of a hunk is that of its first change; where another change is in another, it is not known. */
static void see_function(struct ksig_diff_reader *reader, struct ksig_hunk *hunk, bool change,
			 const char *line, size_t length_bytes)
{
	ksig_upstream_function_see(&reader->function, line, length_bytes);
	if (change && !reader->changed)
		hunk->function = reader->function;
	else if (change && reader->function != hunk->function)
		hunk->function = 0;
	reader->changed |= change;
}

static void hunk_line(struct ksig_diff_reader *reader, const char *end)
{
	const struct ksig_hunk hunk = {.first_line = reader->writer->lines->len,
				       .old_start = reader->diff.old_start,
				       .new_start = reader->diff.new_start};

	reader->in_hunk = reader->in_file && reader->writer->lines->len <= G_MAXUINT32 - LINES_LIMIT;
	if (!reader->in_hunk)
		return;
	reader->function = 0;
	if (reader->diff.context < end)
		ksig_upstream_function_see(&reader->function, reader->diff.context,
					   (size_t) (end - reader->diff.context));
	reader->changed = false;
	g_array_append_val(reader->writer->hunks, hunk);
	current_file(reader)->n_hunks++;
}

static void body_line(struct ksig_diff_reader *reader, uint32_t code, const char *line, size_t length_bytes)
{
	struct ksig_candidate *candidate = ksig_pool_writer_last(reader->writer);
	GArray *hunks = reader->writer->hunks;

	if (!reader->in_hunk || candidate->n_lines >= LINES_LIMIT)
		return;
	candidate->n_lines += code != KSIG_LINE_CONTEXT;
	const uint32_t value =
		code |
		ksig_upstream_line_fingerprint(line + (length_bytes > 0), length_bytes - (length_bytes > 0))
			<< 2;
	g_array_append_val(reader->writer->lines, value);
	struct ksig_hunk *hunk = &g_array_index(hunks, struct ksig_hunk, hunks->len - 1);
	hunk->n_lines++;
	see_function(reader, hunk, code != KSIG_LINE_CONTEXT, line + (length_bytes > 0),
		     length_bytes - (length_bytes > 0));
}

static bool extended_header(struct ksig_diff_reader *reader, const char *line, size_t length_bytes)
{
	if (skip_prefix(&line, &length_bytes, "index ")) {
		index_line(reader, line, length_bytes);
	} else if (skip_prefix(&line, &length_bytes, "rename from ") ||
		   skip_prefix(&line, &length_bytes, "copy from ")) {
		g_free(reader->old_name);
		reader->old_name = ksig_git_unquote(line, length_bytes);
	} else if (skip_prefix(&line, &length_bytes, "rename to ") ||
		   skip_prefix(&line, &length_bytes, "copy to ")) {
		g_free(reader->new_name);
		reader->new_name = ksig_git_unquote(line, length_bytes);
	} else if (skip_prefix(&line, &length_bytes, "new file mode ")) {
		g_clear_pointer(&reader->old_name, g_free);
	} else if (skip_prefix(&line, &length_bytes, "deleted file mode ")) {
		g_clear_pointer(&reader->new_name, g_free);
	} else if (skip_prefix(&line, &length_bytes, "new mode ")) {
		current_file(reader)->flags |= KSIG_FILE_MODE;
	} else if (skip_prefix(&line, &length_bytes, "Binary files ") ||
		   skip_prefix(&line, &length_bytes, "GIT binary patch")) {
		current_file(reader)->flags |= KSIG_FILE_BINARY;
	} else {
		return false;
	}
	return true;
}

/* ":100644 100644 OLD NEW M\tPATH" of `git log --raw`: a file of which no content is known. */
static void raw_line(struct ksig_diff_reader *reader, const char *line, size_t length_bytes)
{
	enum { OLD_AT = 15, NEW_AT = OLD_AT + 41, STATUS_AT = NEW_AT + 41, PATH_AT = STATUS_AT + 2 };

	if (length_bytes <= PATH_AT || line[PATH_AT - 1] != '\t')
		return;
	open_file(reader);
	if (!reader->in_file)
		return;
	struct ksig_candidate_file *file = current_file(reader);
	file->flags |= KSIG_FILE_BINARY;
	file->old_blob = blob_prefix(line + OLD_AT, 40);
	file->new_blob = blob_prefix(line + NEW_AT, 40);
	if (line[STATUS_AT] != 'A')
		reader->old_name = ksig_git_unquote(line + PATH_AT, length_bytes - PATH_AT);
	if (line[STATUS_AT] != 'D')
		reader->new_name = ksig_git_unquote(line + PATH_AT, length_bytes - PATH_AT);
}

static void old_file(struct ksig_diff_reader *reader, const char *name, size_t length_bytes)
{
	if (!reader->in_file || current_file(reader)->n_hunks > 0)
		open_file(reader);
	reader->diff.in_file = true;
	g_free(reader->old_name);
	reader->old_name = file_name(reader, name, length_bytes);
}

static void new_file(struct ksig_diff_reader *reader, const char *name, size_t length_bytes)
{
	g_free(reader->new_name);
	reader->new_name = file_name(reader, name, length_bytes);
}

static void other_line(struct ksig_diff_reader *reader, const char *line, size_t length_bytes)
{
	if (length_bytes > 0 && line[0] == ':')
		raw_line(reader, line, length_bytes);
	else if (reader->in_file)
		extended_header(reader, line, length_bytes);
}

void ksig_diff_reader_line(struct ksig_diff_reader *reader, const char *line, size_t length_bytes)
{
	enum { NAME_AT = 4, GIT_NAMES_AT = 11 };

	switch (ksig_diff_see(&reader->diff, line, length_bytes)) {
	case KSIG_DIFF_CONTEXT:
		body_line(reader, KSIG_LINE_CONTEXT, line, length_bytes);
		break;
	case KSIG_DIFF_REMOVED:
		body_line(reader, KSIG_LINE_REMOVED, line, length_bytes);
		break;
	case KSIG_DIFF_ADDED:
		body_line(reader, KSIG_LINE_ADDED, line, length_bytes);
		break;
	case KSIG_DIFF_HUNK:
		hunk_line(reader, line + length_bytes);
		break;
	case KSIG_DIFF_GIT:
		open_file(reader);
		reader->diff.in_file = true;
		names_of_git_line(reader, line + GIT_NAMES_AT, length_bytes - GIT_NAMES_AT);
		break;
	case KSIG_DIFF_OLD_FILE:
		old_file(reader, line + NAME_AT, length_bytes - NAME_AT);
		break;
	case KSIG_DIFF_NEW_FILE:
		if (reader->in_file)
			new_file(reader, line + NAME_AT, length_bytes - NAME_AT);
		break;
	case KSIG_DIFF_CUT:
		reader->is_cut = true;
		break;
	case KSIG_DIFF_SURPLUS:
		reader->is_long = true;
		break;
	case KSIG_DIFF_OTHER:
		other_line(reader, line, length_bytes);
		break;
	case KSIG_DIFF_NO_NEWLINE:
		break;
	}
}
