/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A blob as lines (a binary one is one line), and two of them compared by libgit2, only between what they
 * begin and end with alike.
 */
#include "tree/lines-fewer-internal.h"

#include <string.h>

enum {
	BINARY_PROBE_BYTES = 8000, /* as much as git looks at */
	BLOB_LIMIT_BYTES = 1 << 30,
	MARGIN = 256,   /* lines alike on either side of what differs that a difference may still move over */
	MANY = 1 << 20, /* lines of both that are compared as fewer; no source of a kernel's has as many */
};

static bool is_binary(const char *data, size_t length_bytes)
{
	return memchr(data, '\0', MIN(length_bytes, BINARY_PROBE_BYTES)) != NULL;
}

static uint32_t count_lines(const char *data, size_t length_bytes)
{
	uint32_t count = 0;
	const char *end = data + length_bytes;

	for (const char *at = data; at < end; count++) {
		const char *newline = memchr(at, '\n', (size_t) (end - at));
		at = newline ? newline + 1 : end;
	}
	return count;
}

static void cut(struct ksig_lines *lines, size_t length_bytes)
{
	const char *at = lines->data;
	const char *end = at + length_bytes;

	for (uint32_t i = 0; i < lines->count; i++) {
		lines->starts[i] = (uint32_t) (at - lines->data);
		const char *newline = lines->count == 1 ? NULL : memchr(at, '\n', (size_t) (end - at));
		at = newline ? newline + 1 : end;
	}
	lines->starts[lines->count] = (uint32_t) length_bytes;
}

void ksig_tree_lines_init_bytes(struct ksig_lines *lines, GBytes *bytes)
{
	size_t length_bytes = 0;

	lines->bytes = g_bytes_ref(bytes);
	lines->data = g_bytes_get_data(bytes, &length_bytes);
	lines->count = length_bytes == 0                      ? 0
		       : is_binary(lines->data, length_bytes) ? 1
							      : count_lines(lines->data, length_bytes);
	lines->starts = g_new(uint32_t, lines->count + 1);
	cut(lines, length_bytes);
}

static void free_blob(void *blob)
{
	git_blob_free(blob);
}

bool ksig_tree_lines_load(const ksig_store *store, const git_oid *blob_id, struct ksig_lines *out_lines,
			  GError **error)
{
	git_blob *blob = NULL;
	g_autoptr(GBytes) bytes = NULL;

	if (!blob_id || git_oid_is_zero(blob_id)) {
		bytes = g_bytes_new_static("", 0);
		ksig_tree_lines_init_bytes(out_lines, bytes);
		return true;
	}
	const int code = git_blob_lookup(&blob, ksig_tree_store_repository(store), blob_id);
	if (code == GIT_ENOTFOUND)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "blob %s: no repository has it",
				      git_oid_tostr_s(blob_id));
	if (code < 0)
		return ksig_tree_git_error(error, code, "blob %s", git_oid_tostr_s(blob_id));
	if (git_blob_rawsize(blob) > BLOB_LIMIT_BYTES) {
		git_blob_free(blob);
		return ksig_error_set(error, KSIG_ERROR_INPUT, "blob %s: larger than 1 GiB",
				      git_oid_tostr_s(blob_id));
	}
	bytes = g_bytes_new_with_free_func(git_blob_rawcontent(blob), (gsize) git_blob_rawsize(blob),
					   free_blob, blob);
	ksig_tree_lines_init_bytes(out_lines, bytes);
	return true;
}

void ksig_tree_lines_clear(struct ksig_lines *lines)
{
	g_clear_pointer(&lines->bytes, g_bytes_unref);
	g_clear_pointer(&lines->starts, g_free);
	lines->count = 0;
}

/* The middle of two texts: without what they begin and end with alike, but for a margin. */
struct middle {
	uint32_t head; /* lines left out before it */
	uint32_t old_end;
	uint32_t new_end;
};

static struct middle find_middle(const struct ksig_lines *old_lines, const struct ksig_lines *new_lines)
{
	const uint32_t shorter = MIN(old_lines->count, new_lines->count);
	const uint32_t old_bytes = old_lines->starts[old_lines->count];
	const uint32_t new_bytes = new_lines->starts[new_lines->count];
	uint32_t head = 0;
	uint32_t tail = 0;

	while (head < shorter && old_lines->starts[head + 1] == new_lines->starts[head + 1] &&
	       memcmp(old_lines->data + old_lines->starts[head], new_lines->data + new_lines->starts[head],
		      old_lines->starts[head + 1] - old_lines->starts[head]) == 0)
		head++;
	while (tail < shorter - head) {
		const uint32_t from = old_bytes - old_lines->starts[old_lines->count - tail - 1];
		const uint32_t to = old_bytes - old_lines->starts[old_lines->count - tail];
		if (new_bytes - new_lines->starts[new_lines->count - tail - 1] != from ||
		    memcmp(old_lines->data + old_bytes - from, new_lines->data + new_bytes - from,
			   from - to) != 0)
			break;
		tail++;
	}
	head -= MIN(head, (uint32_t) MARGIN);
	tail -= MIN(tail, (uint32_t) MARGIN);
	return (struct middle){head, old_lines->count - tail, new_lines->count - tail};
}

static int add_run(const git_diff_delta *delta, const git_diff_hunk *hunk, void *payload)
{
	GArray *runs = payload;
	const struct ksig_run run = {
		/* git counts from 1, and names the line before an empty side */
		.old_start = (uint32_t) hunk->old_start - (hunk->old_lines > 0),
		.old_count = (uint32_t) hunk->old_lines,
		.new_start = (uint32_t) hunk->new_start - (hunk->new_lines > 0),
		.new_count = (uint32_t) hunk->new_lines,
	};

	(void) delta;
	g_array_append_val(runs, run);
	return 0;
}

static bool same_bytes(const struct ksig_lines *a, const struct ksig_lines *b)
{
	/* Lines that were never loaded: of a file that is not there. */
	return a->bytes && b->bytes ? g_bytes_equal(a->bytes, b->bytes) : a->count == 0 && b->count == 0;
}

static bool compare(const char *old_text, size_t old_bytes, const char *new_text, size_t new_bytes,
		    GArray *runs, GError **error)
{
	git_diff_options options = GIT_DIFF_OPTIONS_INIT;

	options.context_lines = 0;
	options.flags = GIT_DIFF_FORCE_TEXT | GIT_DIFF_INDENT_HEURISTIC;
	const int code = git_diff_buffers(old_text, old_bytes, NULL, new_text, new_bytes, NULL, &options,
					  NULL, NULL, add_run, NULL, runs);
	return code >= 0 || ksig_tree_git_error(error, code, "line difference");
}

static bool compare_parts(const struct lines_part *before, const struct lines_part *after, GArray *runs,
			  GError **error)
{
	const uint32_t *old_starts = before->lines->starts, *new_starts = after->lines->starts;

	if (!compare(before->lines->data + old_starts[before->from],
		     old_starts[before->to] - old_starts[before->from],
		     after->lines->data + new_starts[after->from],
		     new_starts[after->to] - new_starts[after->from], runs, error))
		return false;
	for (guint i = 0; i < runs->len; i++) {
		g_array_index(runs, struct ksig_run, i).old_start += before->from;
		g_array_index(runs, struct ksig_run, i).new_start += after->from;
	}
	return true;
}

static bool compare_fewer(const struct lines_part *before, const struct lines_part *after, GArray *runs,
			  GError **error)
{
	struct lines_fewer old_fewer, new_fewer;

	lines_fewer_init(&old_fewer, before, after);
	lines_fewer_init(&new_fewer, after, before);
	const bool good = compare(old_fewer.text->str, old_fewer.text->len, new_fewer.text->str,
				  new_fewer.text->len, runs, error);
	lines_fewer_widen(&old_fewer, &new_fewer, runs);
	lines_fewer_clear(&old_fewer);
	lines_fewer_clear(&new_fewer);
	return good;
}

GArray *ksig_tree_lines_diff(const struct ksig_lines *old_lines, const struct ksig_lines *new_lines,
			     GError **error)
{
	g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(struct ksig_run));

	if (same_bytes(old_lines, new_lines))
		return g_steal_pointer(&runs);
	if (old_lines->count <= 1 || new_lines->count <= 1) {
		const struct ksig_run whole = {0, old_lines->count, 0, new_lines->count};
		g_array_append_val(runs, whole);
		return g_steal_pointer(&runs);
	}
	const struct middle middle = find_middle(old_lines, new_lines);
	const struct lines_part before = {old_lines, middle.head, middle.old_end};
	const struct lines_part after = {new_lines, middle.head, middle.new_end};
	const uint64_t lines = (uint64_t) before.to - before.from + after.to - after.from;
	const bool good = lines < MANY ? compare_parts(&before, &after, runs, error)
				       : compare_fewer(&before, &after, runs, error);
	return good ? g_steal_pointer(&runs) : NULL;
}
