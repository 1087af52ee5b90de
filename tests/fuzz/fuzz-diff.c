/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unified difference: its lines, the hunks of a candidate, and names as git quotes them. */
#include "base/diff.h"
#include "upstream/diff-reader-internal.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_lines(struct ksig_diff_reader *reader, const char *text, size_t size)
{
	struct ksig_diff diff = {0};

	for (const char *at = text, *end = text + size; at < end;) {
		const char *newline = memchr(at, '\n', (size_t) (end - at));
		const size_t length = (size_t) ((newline ? newline : end) - at);
		g_autofree char *name = ksig_git_unquote(at, length);
		g_assert_cmpuint(strlen(name), <=, length);
		ksig_diff_see(&diff, at, length);
		ksig_diff_reader_line(reader, at, length);
		at += length + 1;
	}
}

/* What a reader of the pool follows lies in it. */
static void check_pool(const ksig_pool_writer *writer)
{
	for (guint i = 0; i < writer->hunks->len; i++) {
		const struct ksig_hunk *hunk = &g_array_index(writer->hunks, struct ksig_hunk, i);
		g_assert_cmpuint((uint64_t) hunk->first_line + hunk->n_lines, <=, writer->lines->len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned strip = 0; strip < 3; strip++) {
		g_autoptr(ksig_pool_writer) writer = ksig_pool_writer_new();
		struct ksig_diff_reader reader;
		ksig_pool_writer_candidate(writer);
		ksig_diff_reader_init(&reader, writer, strip);
		read_lines(&reader, (const char *) data, size);
		ksig_diff_reader_end(&reader);
		ksig_diff_reader_clear(&reader);
		check_pool(writer);
	}
	return 0;
}
