/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Header blocks: RFC 822 fields, DEP-3, SUSE's. */
#include "upstream/header-fields-internal.h"
#include "upstream/header-internal.h"

#include <string.h>

enum {
	FIELDS_LIMIT = 1000,       /* of one block; more are dropped */
	VALUE_LIMIT_BYTES = 65536, /* of one field; the rest is dropped */
};

static void field_free(struct ksig_field *field)
{
	g_free(field->name);
	g_free(field->value);
	g_free(field);
}

/* The length of a field's name at AT, 0 if no field begins there. */
static size_t name_length(const char *at, const char *end)
{
	size_t n = 0;

	while (at + n < end && (g_ascii_isalnum(at[n]) || at[n] == '-' || at[n] == '_'))
		n++;
	if (n == 0 || n > 60 || at + n >= end || at[n] != ':')
		return 0;
	return at + n + 1 == end || strchr(" \t\r\n", at[n + 1]) ? n : 0;
}

/* Whether a block may begin with field NAME. */
static bool heads_patches(const char *name, size_t length)
{
	static const char *const heads[] = {
		"From",
		"Author",
		"Subject",
		"Description",
		"Date",
		"Origin",
		"Bug",
		"Bug-*",
		"Forwarded",
		"Last-Update",
		"Reviewed-by",
		"Acked-by",
		"Git-*",
		"Applied-Upstream",
		"Patch-*",
		"References",
		"Return-Path",
		"Received",
		"Message-Id",
		"To",
		"Cc",
		"X-*",
		"Content-*",
		"MIME-Version",
		"List-*",
		"Delivered-To",
		"DKIM-*",
		"ARC-*",
		"Sender",
		"Reply-To",
		"In-Reply-To",
		"Envelope-To",
		"Authentication-*",
		"Status",
		"Return-*",
		"Precedence",
		"Signed-off-by",
		"Original-*",
		"Precedence",
		"Title",
		"BugLink",
		"Upstream*",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
		const size_t n = strcspn(heads[i], "*");
		if (heads[i][n] == '*' ? length >= n : length == n)
			if (g_ascii_strncasecmp(name, heads[i], n) == 0)
				return true;
	}
	return false;
}

static const char *line_end(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t) (end - at));

	return newline ? newline + 1 : end;
}

/* Adds a line of a field's value; folded lines are joined by a blank, Description's keep their ends. */
static void add_value(GString *value, const char *at, const char *end, bool keeps_lines)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && g_ascii_isspace(end[-1]))
		end--;
	if (value->len + (size_t) (end - at) > VALUE_LIMIT_BYTES)
		return;
	if (value->len > 0)
		g_string_append_c(value, keeps_lines ? '\n' : ' ');
	/* DEP-3: a lone dot is a blank line. */
	if (!(keeps_lines && end - at == 1 && *at == '.'))
		g_string_append_len(value, at, end - at);
}

/* Reads the field at AT, whose name has LENGTH letters, with its folded lines. Returns what follows. */
static const char *read_field(GPtrArray *fields, const char *at, const char *end, size_t length)
{
	struct ksig_field *field = g_new0(struct ksig_field, 1);
	g_autoptr(GString) value = g_string_new(NULL);
	const char *next = line_end(at, end);

	field->name = g_strndup(at, length);
	const bool keeps_lines = g_ascii_strcasecmp(field->name, "Description") == 0;
	add_value(value, at + length + 1, next, keeps_lines);
	for (at = next; at < end && (*at == ' ' || *at == '\t'); at = next) {
		next = line_end(at, end);
		add_value(value, at, next, keeps_lines);
	}
	field->value = g_strndup(value->str, value->len);
	if (fields->len < FIELDS_LIMIT)
		g_ptr_array_add(fields, field);
	else
		field_free(field);
	return at;
}

/* "commit ID" as the first line: what `git show` and `git log -p` print. */
static bool is_git_show(const char *at, const char *end)
{
	return end - at > 47 && memcmp(at, "commit ", 7) == 0 && g_ascii_isxdigit(at[46]) &&
	       g_ascii_isspace(at[47]);
}

GPtrArray *ksig_fields_read(const char *at, const char *end, const char **out_body)
{
	GPtrArray *fields = g_ptr_array_new_with_free_func((GDestroyNotify) field_free);
	size_t length;

	*out_body = at;
	const bool is_free = is_git_show(at, end) || (end - at > 5 && memcmp(at, "From ", 5) == 0);
	if (is_free)
		at = line_end(at, end);
	while (at < end && (*at == '\n' || *at == '\r'))
		at++;
	length = name_length(at, end);
	if (length == 0 || !heads_patches(at, length))
		return fields;
	for (; (length = name_length(at, end)) > 0;)
		at = read_field(fields, at, end, length);
	if (at < end && (*at == '\n' || *at == '\r'))
		at = line_end(at, end);
	*out_body = at;
	return fields;
}

const char *ksig_fields_find(const GPtrArray *fields, const char *name)
{
	for (unsigned i = 0; i < fields->len; i++) {
		const struct ksig_field *field = g_ptr_array_index(fields, i);
		if (g_ascii_strcasecmp(field->name, name) == 0)
			return field->value;
	}
	return NULL;
}
