/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The assignments of a shell script, read as the shell reads them. */
#include "kmod/draft-shell-internal.h"

#include <string.h>

enum { ASSIGNMENTS_MAX = 4096, VALUE_LIMIT_BYTES = 64 << 10 };

/* What dkms sets before it reads the file, as a recipe's arguments have it. */
static const char *const dkms_words[][2] = {{"kernelver", "@kernel@"}, {"kernel_source_dir", "@build@"},
					    {"dkms_tree", "@tree@"},   {"arch", "@arch@"},
					    {"source_tree", "@tree@"}, {"PWD", "@here@"}};

static void free_assignment(gpointer data)
{
	struct draft_assignment *assignment = data;

	g_free(assignment->name);
	g_free(assignment->index);
	g_free(assignment->value);
	g_free(assignment);
}

const char *draft_shell_value(const GPtrArray *assignments, const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(dkms_words); i++)
		if (g_str_equal(dkms_words[i][0], name))
			return dkms_words[i][1];
	for (guint i = assignments->len; i > 0; i--) {
		const struct draft_assignment *assignment = g_ptr_array_index(assignments, i - 1);
		if (g_str_equal(assignment->name, name))
			return assignment->value;
	}
	return NULL;
}

bool draft_shell_is_letter(char letter)
{
	return g_ascii_isalnum(letter) || letter == '_';
}

/* Adds what "$name" or "${name}" at AT stands for, and returns where it ends. Another "$…" stays. */
static const char *expand(GString *out, const char *at, const GPtrArray *assignments)
{
	const bool braced = at[1] == '{';
	const char *start = at + 1 + braced, *end = start;

	while (draft_shell_is_letter(*end))
		end++;
	if (end == start || (braced && *end != '}')) {
		g_string_append_c(out, '$');
		return at + 1;
	}
	g_autofree char *name = g_strndup(start, (gsize) (end - start));
	const char *value = draft_shell_value(assignments, name);
	if (value && out->len < VALUE_LIMIT_BYTES)
		g_string_append(out, value);
	else
		g_string_append_len(out, at, end + braced - at);
	return end + braced;
}

/* Behind the command at AT whose output stands there, "`…`" or "$(…)"; AT: there is none. */
static const char *command_end(const char *at)
{
	int depth = 0;

	if (*at == '`') {
		const char *end = strchr(at + 1, '`');
		return end ? end + 1 : at;
	}
	if (!g_str_has_prefix(at, "$("))
		return at;
	for (const char *end = at + 1; *end; end++) {
		depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
		if (depth == 0)
			return end + 1;
	}
	return at;
}

/* The word at AT, with what quotes and backslashes mean; OUT_END: behind it. */
static char *read_value(const char *at, const GPtrArray *assignments, const char **out_end)
{
	g_autoptr(GString) out = g_string_new(NULL);
	char quote = '\0';

	while (*at && (quote || !strchr(" \t\n;#", *at))) {
		const char *behind = quote == '\'' ? at : command_end(at);
		if (behind > at) {
			g_string_append_len(out, at, behind - at);
			at = behind;
		} else if (*at == quote || (!quote && (*at == '"' || *at == '\''))) {
			quote = quote ? '\0' : *at;
			at++;
		} else if (at[0] == '\\' && at[1] == '\n' && quote != '\'') {
			at += 2;
		} else if (at[0] == '\\' && at[1] &&
			   (quote ? quote == '"' && strchr("\"\\$`", at[1]) : true)) {
			g_string_append_c(out, at[1]);
			at += 2;
		} else if (*at == '$' && quote != '\'') {
			at = expand(out, at, assignments);
		} else {
			g_string_append_c(out, *at++);
		}
	}
	*out_end = at;
	return g_strdup(out->str);
}

/* "NAME=" or "NAME[INDEX]=" at AT: behind the '='; NULL: no assignment. */
static const char *read_target(const char *at, struct draft_assignment *assignment)
{
	const char *end = at, *close = NULL;

	while (draft_shell_is_letter(*end))
		end++;
	if (end == at || g_ascii_isdigit(*at))
		return NULL;
	close = *end == '[' ? strchr(end, ']') : NULL;
	if (*end == '[' && (!close || close[1] != '='))
		return NULL;
	if (!close && *end != '=')
		return NULL;
	assignment->name = g_strndup(at, (gsize) (end - at));
	assignment->index = close ? g_strndup(end + 1, (gsize) (close - end - 1)) : g_strdup("");
	return close ? close + 2 : end + 1;
}

static bool starts_with_word(const char *line, const char *word)
{
	return g_str_has_prefix(line, word) && !draft_shell_is_letter(line[strlen(word)]);
}

GPtrArray *draft_shell_read(const char *text)
{
	GPtrArray *assignments = g_ptr_array_new_with_free_func(free_assignment);
	int depth = 0;

	for (const char *at = text; *at && assignments->len < ASSIGNMENTS_MAX;) {
		struct draft_assignment found = {0};
		at += strspn(at, " \t\n;");
		depth += starts_with_word(at, "if") || starts_with_word(at, "case") ? 1 : 0;
		depth -= (starts_with_word(at, "fi") || starts_with_word(at, "esac")) && depth > 0 ? 1 : 0;
		const char *value = read_target(at, &found);
		if (!value) {
			at += strcspn(at, "\n");
			continue;
		}
		found.value = read_value(value, assignments, &at);
		found.conditional = depth > 0;
		g_ptr_array_add(assignments, g_memdup2(&found, sizeof found));
	}
	return assignments;
}

char *draft_shell_plain(const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (const char *at = text; *at;) {
		const char *behind = command_end(at);
		if (behind > at)
			g_string_append(out, "`…`");
		else
			g_string_append_c(out, *at++);
		at = behind > at ? behind : at;
	}
	return g_strdup(out->str);
}
