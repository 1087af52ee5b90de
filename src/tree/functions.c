/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions with the eyes of someone who skims C: one begins at a line that starts with a letter and has a
 * parenthesis, and ends at a "}" at the line's beginning. That is how kernel code is laid out; what is not,
 * is not found.
 */
#include "tree/tree.h"

#include <string.h>

enum { LINES_UP = 3000, LINE_LIMIT = 400 };

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* SYSCALL_DEFINE3(open, …), EXPORT_SYMBOL_GPL(name), module_param(name, …): the name stands inside. */
static bool is_macro(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (g_ascii_islower(name[i]))
			return false;
	return true;
}

const char *ksig_tree_line_function(const char *line, size_t length_bytes, size_t *out_length)
{
	const char *end = line + MIN(length_bytes, (size_t) LINE_LIMIT);
	const char *parenthesis = length_bytes > 0 ? memchr(line, '(', (size_t) (end - line)) : NULL;
	const char *name = parenthesis;

	if (!parenthesis || !(g_ascii_isalpha(line[0]) || line[0] == '_'))
		return NULL;
	while (name > line && is_word(name[-1]))
		name--;
	if (is_macro(name, (size_t) (parenthesis - name))) {
		name = parenthesis + 1;
		parenthesis = name;
		while (parenthesis < end && is_word(*parenthesis))
			parenthesis++;
	}
	*out_length = (size_t) (parenthesis - name);
	return *out_length > 0 ? name : NULL;
}

const char *ksig_tree_lines_function(const struct ksig_lines *lines, uint32_t at, size_t *out_length)
{
	for (uint32_t up = 0; up < LINES_UP && at < lines->count; up++, at--) {
		const char *line = lines->data + lines->starts[at];
		const size_t length_bytes = MIN(lines->starts[at + 1] - lines->starts[at], LINE_LIMIT);
		if (up > 0 && length_bytes > 0 && line[0] == '}')
			return NULL;
		const char *name = ksig_tree_line_function(line, length_bytes, out_length);
		if (name && !memchr(name, ';', (size_t) (line + length_bytes - name)))
			return name;
	}
	return NULL;
}
