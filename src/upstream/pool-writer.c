/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing arrays of a pool: paths and authors kept once, a candidate dropped again, Fixes, reverts, stable,
 * syzbot and CVE found in messages, pools appended with their offsets moved.
 */
#include "upstream/pool-writer-internal.h"
#include "upstream/header-commits-internal.h"
#include "base/diff.h"

#include <string.h>

enum { REFERENCES_LIMIT = 64, PREFIX_DIGITS = 16, PREFIX_DIGITS_MINIMUM = 7 };

struct ksig_pool_writer *ksig_pool_writer_new(void)
{
	ksig_pool_writer *writer = g_new0(ksig_pool_writer, 1);

	writer->candidates = g_array_new(FALSE, TRUE, sizeof(struct ksig_candidate));
	writer->files = g_array_new(FALSE, TRUE, sizeof(struct ksig_candidate_file));
	writer->hunks = g_array_new(FALSE, TRUE, sizeof(struct ksig_hunk));
	writer->lines = g_array_new(FALSE, TRUE, sizeof(uint32_t));
	writer->references = g_array_new(FALSE, TRUE, sizeof(struct ksig_candidate_reference));
	writer->strings = g_byte_array_new();
	writer->interned = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_byte_array_append(writer->strings, (const guint8 *) "", 1);
	return writer;
}

void ksig_pool_writer_free(ksig_pool_writer *writer)
{
	if (!writer)
		return;
	g_array_unref(writer->candidates);
	g_array_unref(writer->files);
	g_array_unref(writer->hunks);
	g_array_unref(writer->lines);
	g_array_unref(writer->references);
	g_byte_array_unref(writer->strings);
	g_hash_table_unref(writer->interned);
	g_free(writer);
}

uint32_t ksig_pool_writer_string(ksig_pool_writer *writer, const char *string, size_t length_bytes)
{
	const uint32_t offset = writer->strings->len;

	if (length_bytes == 0)
		return 0;
	g_byte_array_append(writer->strings, (const guint8 *) string, (guint) length_bytes);
	g_byte_array_append(writer->strings, (const guint8 *) "", 1);
	return offset;
}

uint32_t ksig_pool_writer_intern(ksig_pool_writer *writer, const char *string, size_t length_bytes)
{
	if (length_bytes == 0)
		return 0;
	g_autofree char *key = g_strndup(string, length_bytes);
	const uint32_t known = GPOINTER_TO_UINT(g_hash_table_lookup(writer->interned, key));
	if (known)
		return known;
	const uint32_t offset = ksig_pool_writer_string(writer, string, length_bytes);
	g_hash_table_insert(writer->interned, g_steal_pointer(&key), GUINT_TO_POINTER(offset));
	return offset;
}

struct ksig_candidate *ksig_pool_writer_last(ksig_pool_writer *writer)
{
	return &g_array_index(writer->candidates, struct ksig_candidate, writer->candidates->len - 1);
}

struct ksig_candidate *ksig_pool_writer_candidate(ksig_pool_writer *writer)
{
	const struct ksig_candidate candidate = {.first_file = writer->files->len,
						 .first_reference = writer->references->len};

	g_array_append_val(writer->candidates, candidate);
	return ksig_pool_writer_last(writer);
}

void ksig_pool_writer_drop(ksig_pool_writer *writer)
{
	const struct ksig_candidate *last = ksig_pool_writer_last(writer);
	const uint32_t first_file = last->first_file;

	g_array_set_size(writer->references, last->first_reference);
	if (first_file < writer->files->len) {
		const uint32_t first_hunk =
			g_array_index(writer->files, struct ksig_candidate_file, first_file).first_hunk;
		if (first_hunk < writer->hunks->len)
			g_array_set_size(
				writer->lines,
				g_array_index(writer->hunks, struct ksig_hunk, first_hunk).first_line);
		g_array_set_size(writer->hunks, first_hunk);
	}
	g_array_set_size(writer->files, first_file);
	g_array_set_size(writer->candidates, writer->candidates->len - 1);
}

/* ---- messages ------------------------------------------------------------------------------------ */

static void add_reference(ksig_pool_writer *writer, const char *hex, size_t length_bytes, bool reverts)
{
	struct ksig_candidate *candidate = ksig_pool_writer_last(writer);
	struct ksig_candidate_reference reference = {.reverts = reverts};

	for (; reference.digits < MIN(length_bytes, PREFIX_DIGITS); reference.digits++) {
		const int value = g_ascii_xdigit_value(hex[reference.digits]);
		if (value < 0)
			break;
		reference.prefix |= (uint64_t) value << (60 - 4 * reference.digits);
	}
	if (reference.digits < PREFIX_DIGITS_MINIMUM || candidate->n_references >= REFERENCES_LIMIT)
		return;
	g_array_append_val(writer->references, reference);
	candidate->n_references++;
	candidate->flags |= reverts ? KSIG_CANDIDATE_REVERT : KSIG_CANDIDATE_FIXES;
}

static bool contains(const char *line, size_t length_bytes, const char *word)
{
	const size_t n = strlen(word);

	for (size_t i = 0; i + n <= length_bytes; i++)
		if (g_ascii_strncasecmp(line + i, word, n) == 0)
			return true;
	return false;
}

static bool starts(const char *line, size_t length_bytes, const char *word)
{
	const size_t n = strlen(word);

	return length_bytes >= n && g_ascii_strncasecmp(line, word, n) == 0;
}

/* "This reverts commit ID", which git wraps at times: the id stands on the same line or the next. */
static void scan_revert(ksig_pool_writer *writer, const char *line, const char *end)
{
	static const char words[] = "This reverts commit";
	const char *at = memmem(line, (size_t) (end - line), words, sizeof words - 1);

	if (!at)
		return;
	at += sizeof words - 1;
	while (at < end && g_ascii_isspace(*at))
		at++;
	add_reference(writer, at, (size_t) (end - at), true);
}

static void scan_line(ksig_pool_writer *writer, const char *line, size_t length_bytes)
{
	struct ksig_candidate *candidate = ksig_pool_writer_last(writer);

	if (starts(line, length_bytes, "Fixes:")) {
		const char *at = line + strlen("Fixes:");
		const char *end = line + length_bytes;
		for (size_t digits = 0; ksig_header_next_id(&at, end, &digits); at += digits)
			add_reference(writer, at, digits, false);
	} else if (starts(line, length_bytes, "Cc:") && contains(line, length_bytes, "stable@")) {
		candidate->flags |= KSIG_CANDIDATE_CC_STABLE;
	} else if (starts(line, length_bytes, "Reported-by:") && contains(line, length_bytes, "syzbot")) {
		candidate->flags |= KSIG_CANDIDATE_SYZBOT;
	}
	if (memmem(line, length_bytes, "CVE-", 4))
		candidate->flags |= KSIG_CANDIDATE_CVE;
}

void ksig_pool_writer_message(ksig_pool_writer *writer, const char *message, size_t length_bytes)
{
	const char *end = message + length_bytes;

	scan_revert(writer, message, end);
	for (const char *line = message; line < end;) {
		const char *newline = memchr(line, '\n', (size_t) (end - line));
		const char *line_end = newline ? newline : end;
		scan_line(writer, line, (size_t) (line_end - line));
		line = line_end + 1;
	}
}

/* Whether it is worth the while to read BODY: most messages name no upstream commit. */
static bool may_name_origin(const char *body)
{
	static const char *const words[] = {"ommit", "pstream", "ainline", "Date:", "Origin:", "icked from"};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (strstr(body, words[i]))
			return true;
	return false;
}

void ksig_pool_writer_set_origin(struct ksig_candidate *candidate, const struct ksig_header *header)
{
	const size_t digits = header->upstream ? strlen(header->upstream) : 0;

	candidate->quoted_time = header->quoted_time;
	if (digits == 0)
		return;
	for (size_t i = 0; i < digits; i++)
		candidate->named[i / 2] |= (uint8_t) (g_ascii_xdigit_value(header->upstream[i])
						      << (i % 2 ? 0 : 4));
	candidate->named_digits = (uint16_t) digits;
	candidate->named_rank = (uint16_t) header->upstream_rank;
}

void ksig_pool_writer_origin(ksig_pool_writer *writer, const char *body)
{
	g_autoptr(ksig_header) header = NULL;

	if (!may_name_origin(body))
		return;
	header = g_new0(ksig_header, 1);
	ksig_upstream_header_scan_message(header, body);
	ksig_pool_writer_set_origin(ksig_pool_writer_last(writer), header);
}

/* ---- views and joining --------------------------------------------------------------------------- */

void ksig_pool_writer_view(const ksig_pool_writer *writer, struct ksig_pool *out_pool)
{
	*out_pool = (struct ksig_pool){
		.candidates = (const struct ksig_candidate *) writer->candidates->data,
		.files = (const struct ksig_candidate_file *) writer->files->data,
		.hunks = (const struct ksig_hunk *) writer->hunks->data,
		.lines = (const uint32_t *) writer->lines->data,
		.references = (const struct ksig_candidate_reference *) writer->references->data,
		.strings = (const char *) writer->strings->data,
		.n_candidates = writer->candidates->len,
		.n_files = writer->files->len,
		.n_hunks = writer->hunks->len,
		.n_lines = writer->lines->len,
		.n_references = writer->references->len,
		.n_strings_bytes = writer->strings->len,
		.n_skipped = writer->n_skipped,
	};
}

static uint32_t move_string(ksig_pool_writer *writer, const struct ksig_pool *piece, uint32_t offset,
			    bool intern)
{
	const char *string = ksig_upstream_pool_string(piece, offset);

	return intern ? ksig_pool_writer_intern(writer, string, strlen(string))
		      : ksig_pool_writer_string(writer, string, strlen(string));
}

void ksig_pool_writer_append(ksig_pool_writer *writer, const struct ksig_pool *piece)
{
	const uint32_t file_base = writer->files->len;
	const uint32_t hunk_base = writer->hunks->len;
	const uint32_t line_base = writer->lines->len;
	const uint32_t reference_base = writer->references->len;

	for (uint32_t i = 0; i < piece->n_candidates; i++) {
		struct ksig_candidate candidate = piece->candidates[i];
		candidate.first_file += file_base;
		candidate.first_reference += reference_base;
		candidate.subject = move_string(writer, piece, candidate.subject, false);
		candidate.author = move_string(writer, piece, candidate.author, true);
		candidate.member = move_string(writer, piece, candidate.member, true);
		g_array_append_val(writer->candidates, candidate);
	}
	for (uint32_t i = 0; i < piece->n_files; i++) {
		struct ksig_candidate_file file = piece->files[i];
		file.first_hunk += hunk_base;
		file.old_path = move_string(writer, piece, file.old_path, true);
		file.new_path = move_string(writer, piece, file.new_path, true);
		g_array_append_val(writer->files, file);
	}
	for (uint32_t i = 0; i < piece->n_hunks; i++) {
		struct ksig_hunk hunk = piece->hunks[i];
		hunk.first_line += line_base;
		g_array_append_val(writer->hunks, hunk);
	}
	g_array_append_vals(writer->lines, piece->lines, (guint) piece->n_lines);
	g_array_append_vals(writer->references, piece->references, piece->n_references);
	writer->n_skipped += piece->n_skipped;
}
