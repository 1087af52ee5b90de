/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pools of patch files: a quilt series, an mbox. Read anew each time: they are small. */
#include "upstream/members-internal.h"
#include "upstream/diff-reader-internal.h"
#include "upstream/pool-writer-internal.h"
#include "base/diff.h"

#include <string.h>

static void set_id(struct ksig_candidate *candidate, const char *hex)
{
	for (size_t i = 0; i < 20; i++)
		candidate->id[i] = (uint8_t) (g_ascii_xdigit_value(hex[2 * i]) << 4 |
					      g_ascii_xdigit_value(hex[2 * i + 1]));
}

static int64_t seconds_of(const char *date)
{
	g_autoptr(GDateTime) time = date ? g_date_time_new_from_iso8601(date, NULL) : NULL;

	return time ? g_date_time_to_unix(time) : 0;
}

static void read_header(ksig_pool_writer *writer, const struct ksig_patch_file *file,
			const struct ksig_header *header)
{
	struct ksig_candidate *candidate = ksig_pool_writer_candidate(writer);
	g_autofree char *author = g_strdup_printf("%s <%s>", header->author ? header->author : "",
						  header->email ? header->email : "");

	if (header->upstream && strlen(header->upstream) == 40)
		set_id(candidate, header->upstream);
	ksig_pool_writer_set_origin(candidate, header);
	candidate->author_time = candidate->commit_time = seconds_of(header->date);
	candidate->author = ksig_pool_writer_intern(writer, author, strlen(author));
	candidate->member = ksig_pool_writer_intern(writer, file->name, strlen(file->name));
	if (header->subject)
		candidate->subject = ksig_pool_writer_string(writer, header->subject,
							     strlen(header->subject));
	if (header->message)
		ksig_pool_writer_message(writer, header->message, strlen(header->message));
}

/* False: a hunk has *OUT_THAN ("fewer", "more") lines than it says. */
static bool read_diff(ksig_pool_writer *writer, const char *diff, const char *end, unsigned strip,
		      const char **out_than)
{
	struct ksig_diff_reader reader;

	ksig_diff_reader_init(&reader, writer, strip);
	while (diff < end) {
		const char *newline = memchr(diff, '\n', (size_t) (end - diff));
		const char *line_end = newline ? newline : end;
		ksig_diff_reader_line(&reader, diff, (size_t) (line_end - diff));
		diff = line_end + 1;
	}
	ksig_diff_reader_end(&reader);
	ksig_diff_reader_clear(&reader);
	if (reader.is_cut || reader.is_long)
		*out_than = reader.is_cut ? "fewer" : "more";
	return !reader.is_cut && !reader.is_long;
}

static bool read_member(ksig_pool_writer *writer, const struct ksig_patch_file *file, GError **error)
{
	size_t length_bytes = 0;
	const char *text = g_bytes_get_data(file->text, &length_bytes);
	const char *diff = NULL;
	const char *than = NULL;
	g_autoptr(ksig_header) header = ksig_upstream_header_read(text, length_bytes, file->name, &diff);

	read_header(writer, file, header);
	/* Neither git apply nor patch would take it; half of it would count as all. */
	return read_diff(writer, diff, text + length_bytes, (unsigned) MAX(file->strip, 0), &than) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: corrupt patch: a hunk has %s lines than its @@ line says", file->name,
			      than);
}

bool ksig_pool_read_members(struct ksig_pool *pool, GPtrArray *members, GError **error)
{
	ksig_pool_writer *writer = ksig_pool_writer_new();
	bool good = true;

	for (guint i = 0; i < members->len && good; i++)
		good = read_member(writer, members->pdata[i], error);
	ksig_pool_writer_view(writer, pool);
	pool->storage = writer;
	pool->members = members;
	return good;
}
