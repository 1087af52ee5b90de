/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills @NAME@ in one pass: a line "@NAME@" alone becomes the value's lines or none, "@?NAME@" begins a line
 * that depends on it, "@#" a comment.
 */
#include "base/base.h"

static const char *value_of(const struct ksig_mark *marks, const char *name, size_t length)
{
	for (; marks->name; marks++)
		if (strlen(marks->name) == length && strncmp(marks->name, name, length) == 0)
			return marks->value ? marks->value : "";
	return NULL;
}

/* The value of the mark that TEXT begins with, before END, and its length; NULL: it begins with none. */
static const char *mark_at(const char *text, const char *end, const char *before,
			   const struct ksig_mark *marks, size_t *out_length)
{
	const char *name = text + strlen(before);

	if (!g_str_has_prefix(text, before))
		return NULL;
	const char *last = memchr(name, '@', (size_t) (end - MIN(name, end)));
	*out_length = last ? (size_t) (last - text) + 1 : 0;
	return last ? value_of(marks, name, (size_t) (last - name)) : NULL;
}

/* Of one pass: what a value holds is text, and no mark. */
static void fill_line(GString *out, const char *line, const char *end, const struct ksig_mark *marks)
{
	size_t length = 0;
	const char *value = mark_at(line, end, "@", marks, &length);

	if (value && line + length == end) { /* the mark alone: lines of its own, or none */
		g_string_append(out, value);
		if (*value && value[strlen(value) - 1] != '\n')
			g_string_append_c(out, '\n');
		return;
	}
	for (const char *at = line; at < end; at += length) {
		value = mark_at(at, end, "@", marks, &length);
		if (!value)
			length = 1;
		g_string_append_len(out, value ? value : at, value ? (gssize) strlen(value) : 1);
	}
	g_string_append_c(out, '\n');
}

char *ksig_template_fill(const char *template, const struct ksig_mark *marks)
{
	GString *out = g_string_new(NULL);
	const char *end = template;

	for (const char *line = template; *line; line = *end ? end + 1 : end) {
		size_t length = 0;
		end = line + strcspn(line, "\n");
		if (g_str_has_prefix(line, "@#"))
			continue;
		const char *condition = mark_at(line, end, "@?", marks, &length);
		if (!condition || *condition)
			fill_line(out, condition ? line + length : line, end, marks);
	}
	return g_string_free(out, FALSE);
}

static void clear_mark(void *data)
{
	g_free((char *) ((struct ksig_mark *) data)->value);
}

GArray *ksig_marks_new(void)
{
	GArray *marks = g_array_new(TRUE, FALSE, sizeof(struct ksig_mark));

	g_array_set_clear_func(marks, clear_mark);
	return marks;
}

void ksig_marks_add(GArray *marks, const char *name, const char *value)
{
	const struct ksig_mark mark = {name, g_strdup(value)};

	g_array_append_val(marks, mark);
}

char *ksig_marks_fill(const GArray *marks, const char *template)
{
	return ksig_template_fill(template, &g_array_index(marks, struct ksig_mark, 0));
}
