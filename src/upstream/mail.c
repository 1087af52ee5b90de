/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies of mail: transfer encodings undone, the text of multiparts (RFC 2046) put together. */
#include "upstream/mail-internal.h"
#include "upstream/header-fields-internal.h"
#include "upstream/header-internal.h"
#include "upstream/mime-internal.h"

#include <string.h>

enum { PARTS_LIMIT = 1000, PARTS_DEPTH = 4 };

/* Adds the block's fields but for the transfer encoding, as they stand, to DECODED. */
static void append_block(GString *decoded, const char *at, const char *end)
{
	static const char name[] = "Content-Transfer-Encoding:";
	bool is_dropped = false;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t) (end - at));
		const char *next = newline ? newline + 1 : end;
		if (*at != ' ' && *at != '\t')
			is_dropped = (size_t) (next - at) > strlen(name) &&
				     g_ascii_strncasecmp(at, name, strlen(name)) == 0;
		if (!is_dropped)
			g_string_append_len(decoded, at, next - at);
		at = next;
	}
}

/* The boundary of a multipart TYPE, NULL if it is none. */
static char *boundary_of(const char *type)
{
	const char *at = type && g_ascii_strncasecmp(type, "multipart/", 10) == 0
				 ? strcasestr(type, "boundary=")
				 : NULL;

	if (!at)
		return NULL;
	at += strlen("boundary=");
	const bool is_quoted = *at == '"';
	const size_t length = strcspn(at + is_quoted, is_quoted ? "\"" : "; \t");
	return length > 0 ? g_strndup(at + is_quoted, length) : NULL;
}

/* Where a line "--BOUNDARY" begins in AT … END; END if there is none. */
static const char *find_boundary(const char *at, const char *end, const char *boundary)
{
	const size_t length = strlen(boundary);

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t) (end - at));
		if ((size_t) (end - at) >= length + 2 && at[0] == '-' && at[1] == '-' &&
		    memcmp(at + 2, boundary, length) == 0)
			return at;
		at = newline ? newline + 1 : end;
	}
	return end;
}

/* A part without fields of its own begins with a blank line. */
static const char *part_body(const GPtrArray *fields, const char *part, const char *body, const char *end)
{
	if (fields->len > 0)
		return body;
	return part < end && *part == '\n' ? part + 1 : part;
}

static void append_body(GString *text, const GPtrArray *fields, const char *at, const char *end,
			unsigned depth);

static void append_parts(GString *text, const char *at, const char *end, const char *boundary, unsigned depth)
{
	at = find_boundary(at, end, boundary);
	for (unsigned i = 0; i < PARTS_LIMIT && at < end; i++) {
		const char *newline = memchr(at, '\n', (size_t) (end - at));
		const char *part = newline ? newline + 1 : end;
		const char *closing = at + 2 + strlen(boundary);
		const char *body = part;
		if (end - closing >= 2 && closing[0] == '-' && closing[1] == '-')
			return;
		at = find_boundary(part, end, boundary);
		g_autoptr(GPtrArray) fields = ksig_fields_read(part, at, &body);
		append_body(text, fields, part_body(fields, part, body, at), at, depth);
	}
}

/* A patch that a mailer attached without knowing that it is text. */
static bool is_attached_patch(const char *type, const GString *content)
{
	if (g_ascii_strncasecmp(type, "application/octet-stream", 24) != 0 &&
	    g_ascii_strncasecmp(type, "application/x-patch", 19) != 0 &&
	    g_ascii_strncasecmp(type, "application/x-diff", 18) != 0)
		return false;
	return !memchr(content->str, '\0', content->len) &&
	       ksig_header_find_diff(content->str, content->str + content->len) < content->str + content->len;
}

/* Adds what a body, or a part of one, says in plain text: HTML and attached binaries are left out. */
static void append_body(GString *text, const GPtrArray *fields, const char *at, const char *end,
			unsigned depth)
{
	const char *type = ksig_fields_find(fields, "Content-Type");
	g_autofree char *boundary = boundary_of(type);

	if (boundary) {
		if (depth < PARTS_DEPTH)
			append_parts(text, at, end, boundary, depth + 1);
		return;
	}
	if (depth > 0 && type && g_ascii_strncasecmp(type, "text/html", 9) == 0)
		return;
	g_autoptr(GString) plain = ksig_mime_body(at, (size_t) (end - at),
						  ksig_fields_find(fields, "Content-Transfer-Encoding"));
	if (depth > 0 && type && g_ascii_strncasecmp(type, "text/", 5) != 0 &&
	    !is_attached_patch(type, plain))
		return;
	g_string_append_len(text, plain->str, (gssize) plain->len);
	if (depth > 0 && plain->len > 0 && plain->str[plain->len - 1] != '\n')
		g_string_append_c(text, '\n');
}

GBytes *ksig_mail_decode(char *text, size_t length_bytes)
{
	const char *body;
	g_autoptr(GPtrArray) fields = ksig_fields_read(text, text + length_bytes, &body);
	const char *encoding = ksig_fields_find(fields, "Content-Transfer-Encoding");
	g_autofree char *boundary = boundary_of(ksig_fields_find(fields, "Content-Type"));

	if (!boundary && (!encoding || (g_ascii_strcasecmp(encoding, "base64") != 0 &&
					g_ascii_strcasecmp(encoding, "quoted-printable") != 0)))
		return g_bytes_new_take(text, length_bytes);
	GString *decoded = g_string_sized_new(length_bytes);
	append_block(decoded, text, body);
	append_body(decoded, fields, body, text + length_bytes, 0);
	g_free(text);
	return g_string_free_to_bytes(decoded);
}
