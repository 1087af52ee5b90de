/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Author, subject, date and message of a patch file: mail, quilt, DEP-3 or git show, down to "---"; what it
 * says of other commits is scanned in header-scan.c.
 */
#include "upstream/header-internal.h"
#include "upstream/header-fields-internal.h"
#include "upstream/header-scan-internal.h"
#include "upstream/mime-internal.h"

#include <string.h>

enum { MESSAGE_LIMIT_BYTES = 1 << 20 }; /* the rest of a longer one is not kept */

void ksig_upstream_header_free(struct ksig_header *header)
{
	if (!header)
		return;
	g_free(header->author);
	g_free(header->email);
	g_free(header->date);
	g_free(header->subject);
	g_free(header->message);
	g_free(header->upstream);
	g_free(header->origin);
	g_free(header->mainline);
	g_clear_pointer(&header->fixes, g_ptr_array_unref);
	g_clear_pointer(&header->reverts, g_ptr_array_unref);
	g_strfreev(header->cves);
	g_strfreev(header->tickets);
	g_free(header);
}

static bool begins(const char *at, const char *end, const char *word)
{
	const size_t n = strlen(word);

	return (size_t) (end - at) >= n && memcmp(at, word, n) == 0;
}

static const char *next_line(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t) (end - at));

	return newline ? newline + 1 : end;
}

const char *ksig_header_find_diff(const char *at, const char *end)
{
	for (const char *next; at < end; at = next) {
		next = next_line(at, end);
		if (begins(at, end, "diff --git ") ||
		    (begins(at, end, "diff -") && begins(next, end, "--- ")))
			return at;
		if (begins(at, end, "Index: ") && begins(next, end, "====="))
			return at;
		if (begins(at, end, "--- ") && begins(next, end, "+++ "))
			return at;
	}
	return end;
}

/* Where the message ends in AT … END: at a line "---", as git am has it. */
static const char *find_separator(const char *at, const char *end)
{
	for (const char *next; at < end; at = next) {
		next = next_line(at, end);
		if (!begins(at, end, "---"))
			continue;
		const char *rest = at + 3;
		while (rest < next && g_ascii_isspace(*rest))
			rest++;
		if (rest == next)
			return at;
	}
	return end;
}

/* SUBJECT without "Re:", "[PATCH v2 1/3]", "[1/3]"; "[media]" stays, it is the author's. */
static const char *skip_patch_tags(const char *subject)
{
	for (;;) {
		subject += strspn(subject, " \t");
		if (g_ascii_strncasecmp(subject, "re:", 3) == 0) {
			subject += 3;
			continue;
		}
		const size_t n = subject[0] == '[' ? strcspn(subject, "]") : 0;
		if (n == 0 || subject[n] != ']')
			return subject;
		g_autofree char *tag = g_ascii_strup(subject + 1, (gssize) n - 1);
		if (!strstr(tag, "PATCH") && !strstr(tag, "RFC") && strspn(tag, "0123456789/ ") != n - 1)
			return subject;
		subject += n + 1;
	}
}

static void set_subject(struct ksig_header *header, const char *value)
{
	g_autofree char *decoded = ksig_mime_words(value);

	g_free(header->subject);
	header->subject = g_strdup(skip_patch_tags(decoded));
	if (*header->subject == '\0')
		g_clear_pointer(&header->subject, g_free);
}

static char *unquoted(const char *text, size_t length)
{
	g_autofree char *name = g_strstrip(g_strndup(text, length));
	const size_t n = strlen(name);

	if (n >= 2 && name[0] == '"' && name[n - 1] == '"') {
		name[n - 1] = '\0';
		return g_strcompress(name + 1);
	}
	return g_strdup(name);
}

/* "Name <mail>", "mail (Name)", "mail", "Name". Encoded words are decoded last: they may hold any letter. */
static void set_author(struct ksig_header *header, const char *value)
{
	const char *open = strrchr(value, '<');
	const char *close = open ? strchr(open, '>') : NULL;
	const char *comment = strchr(value, '(');
	g_autofree char *name = NULL;
	g_autofree char *mail = NULL;

	if (open && close) {
		name = unquoted(value, (size_t) (open - value));
		mail = g_strstrip(g_strndup(open + 1, (size_t) (close - open - 1)));
	} else if (strchr(value, '@')) {
		const size_t n = comment ? (size_t) (comment - value) : strlen(value);
		mail = g_strstrip(g_strndup(value, n));
		name = comment ? unquoted(comment + 1, strcspn(comment + 1, ")")) : NULL;
	} else {
		name = unquoted(value, strlen(value));
	}
	g_clear_pointer(&header->author, g_free);
	g_clear_pointer(&header->email, g_free);
	if (name && *name)
		header->author = ksig_mime_words(name);
	if (mail && *mail)
		header->email = ksig_mime_words(mail);
}

/* From, Subject, Date of a block: a mail's, or those that a forwarder put at the beginning of the body. */
static void take_fields(struct ksig_header *header, const GPtrArray *fields)
{
	const char *author = ksig_fields_find(fields, "From");
	const char *subject = ksig_fields_find(fields, "Subject");
	const char *date = ksig_fields_find(fields, "Date");
	const char *committed = ksig_fields_find(fields, "AuthorDate");

	if (!author)
		author = ksig_fields_find(fields, "Author");
	if (!subject)
		subject = ksig_fields_find(fields, "Title");
	if (!date)
		date = committed ? committed : ksig_fields_find(fields, "Last-Update");
	if (author)
		set_author(header, author);
	if (subject)
		set_subject(header, subject);
	char *iso = date ? ksig_mime_date(date) : NULL;
	if (iso) {
		g_free(header->date);
		header->date = iso;
	}
}

/* `git show` indents a message by four blanks. */
static char *unindent(const char *message)
{
	GString *plain = g_string_new(NULL);

	if (!g_str_has_prefix(message, "    ")) {
		g_string_free(plain, TRUE);
		return g_strdup(message);
	}
	while (*message) {
		const size_t n = strcspn(message, "\n") + 1;
		const bool is_last = message[n - 1] == '\0';
		const size_t blanks = MIN(strspn(message, " "), 4);
		g_string_append_len(plain, message + blanks, (gssize) (n - blanks - is_last));
		message += n - is_last;
	}
	return g_string_free(plain, FALSE);
}

static char *stripped(const char *text)
{
	text += strspn(text, "\n");
	char *copy = g_strdup(text);
	return g_strchomp(copy);
}

/* The body as UTF-8 text up to its "---". */
static char *body_text(const GPtrArray *fields, const char *body, const char *end)
{
	g_autofree char *charset = ksig_mime_charset(ksig_fields_find(fields, "Content-Type"));
	const size_t length = MIN((size_t) (end - body), (size_t) MESSAGE_LIMIT_BYTES);
	g_autoptr(GString)
		decoded = ksig_mime_body(body, length, ksig_fields_find(fields, "Content-Transfer-Encoding"));
	const char *decoded_end = decoded->str + decoded->len;
	const char *message_end = ksig_header_find_diff(decoded->str, decoded_end);

	message_end = find_separator(decoded->str, message_end);
	g_autofree char *text = ksig_mime_utf8(decoded->str, (size_t) (message_end - decoded->str), charset);
	g_autofree char *plain = unindent(text + strspn(text, "\n"));
	return stripped(plain);
}

/* Takes "From: …" lines off the body's beginning, which override the mail's own. Returns the rest. */
static char *take_body_fields(struct ksig_header *header, const char *text)
{
	const char *end = text + strlen(text);
	const char *rest = text;

	if (g_str_has_prefix(text, "From: ") || g_str_has_prefix(text, "Subject: ") ||
	    g_str_has_prefix(text, "Date: ")) {
		g_autoptr(GPtrArray) fields = ksig_fields_read(text, end, &rest);
		take_fields(header, fields);
	}
	return stripped(rest);
}

/* Moves the first line of MESSAGE into the subject. */
static void subject_of_message(struct ksig_header *header)
{
	const size_t n = strcspn(header->message, "\n");
	g_autofree char *first = g_strndup(header->message, n);
	g_autofree char *rest = stripped(header->message + n);

	if (n == 0)
		return;
	set_subject(header, first);
	g_free(header->message);
	header->message = g_steal_pointer(&rest);
}

/* DEP-3's Description: its first line is the subject, the others go before the message. */
static void take_description(struct ksig_header *header, const GPtrArray *fields)
{
	const char *value = ksig_fields_find(fields, "Description");

	if (!value)
		return;
	g_autofree char *text = ksig_mime_utf8(value, strlen(value), NULL);
	const size_t n = strcspn(text, "\n");
	if (!header->subject) {
		g_autofree char *first = g_strndup(text, n);
		set_subject(header, first);
	}
	if (text[n] == '\0')
		return;
	char *message = g_strjoin("\n\n", text + n + 1, header->message, NULL);
	g_free(header->message);
	header->message = g_strchomp(message);
}

static bool is_trailer(const char *name)
{
	const size_t n = strlen(name);

	return (n > 3 && g_ascii_strcasecmp(name + n - 3, "-by") == 0) ||
	       g_ascii_strcasecmp(name, "Fixes") == 0 || g_ascii_strcasecmp(name, "Link") == 0;
}

/* Quilt's and DEP-3's patches have trailers among the fields: they are the message's. */
static void take_trailers(struct ksig_header *header, const GPtrArray *fields)
{
	g_autoptr(GString) message = g_string_new(header->message);

	for (unsigned i = 0; i < fields->len; i++) {
		const struct ksig_field *field = g_ptr_array_index(fields, i);
		if (!is_trailer(field->name))
			continue;
		g_autofree char *value = ksig_mime_words(field->value);
		const char *before = message->len == 0                         ? ""
				     : message->len == strlen(header->message) ? "\n\n"
									       : "\n";
		g_string_append_printf(message, "%s%s: %s", before, field->name, value);
	}
	g_free(header->message);
	header->message = g_string_free(g_steal_pointer(&message), FALSE);
}

static void scan_all(struct ksig_header *header, const GPtrArray *fields)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct ksig_header_scan scan;

	for (unsigned i = 0; i < fields->len; i++) {
		const struct ksig_field *field = g_ptr_array_index(fields, i);
		if (g_ascii_strcasecmp(field->name, "Description") == 0)
			continue;
		g_autofree char *value = ksig_mime_words(field->value);
		g_string_append_printf(text, "%s: %s\n", field->name, value);
	}
	g_string_append_printf(text, "Subject: %s\n\n%s", header->subject ? header->subject : "",
			       header->message);
	ksig_header_scan_init(&scan, header);
	ksig_header_scan_text(&scan, text->str);
	ksig_header_scan_end(&scan);
}

struct ksig_header *ksig_upstream_header_read(const char *text, size_t length_bytes, const char *name,
					      const char **out_diff)
{
	struct ksig_header *header = g_new0(struct ksig_header, 1);
	const char *end = text + length_bytes;
	const char *body;
	const char *diff = ksig_header_find_diff(text, end);
	g_autoptr(GPtrArray) fields = ksig_fields_read(text, diff, &body);
	g_autofree char *message = body_text(fields, body, diff);

	take_fields(header, fields);
	header->message = take_body_fields(header, message);
	take_description(header, fields);
	if (!header->subject)
		subject_of_message(header);
	take_trailers(header, fields);
	scan_all(header, fields);
	if (!header->subject && name)
		set_subject(header, name);
	if (out_diff)
		*out_diff = diff;
	return header;
}

void ksig_upstream_header_scan_message(struct ksig_header *header, const char *message)
{
	struct ksig_header_scan scan;

	ksig_header_scan_init(&scan, header);
	ksig_header_scan_text(&scan, message);
	ksig_header_scan_end(&scan);
}
