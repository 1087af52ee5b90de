/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kconfig's expressions evaluated against a configuration (macros count as y), and why an option has not the
 * value asked for. Kconfig files are read in kconfig.c.
 */
#include "kernel/kconfig-expression-internal.h"
#include "kernel/kernel-internal.h"

#include <string.h>

enum { DEPTH_LIMIT = 64 };

struct cursor {
	const char *at;
	const ksig_config *config;
	int depth;
};

static int evaluate_or(struct cursor *cursor);

static void skip_blanks(struct cursor *cursor)
{
	while (g_ascii_isspace(*cursor->at))
		cursor->at++;
}

static bool take(struct cursor *cursor, const char *token)
{
	skip_blanks(cursor);
	if (!g_str_has_prefix(cursor->at, token))
		return false;
	cursor->at += strlen(token);
	return true;
}

/* A macro "$(…)" with what nests in it. */
static char *take_macro(struct cursor *cursor)
{
	const char *start = cursor->at;
	int depth = 0;

	for (cursor->at++; *cursor->at; cursor->at++) {
		if (*cursor->at == '(')
			depth++;
		else if (*cursor->at == ')' && --depth == 0) {
			cursor->at++;
			break;
		}
	}
	return g_strndup(start, (gsize) (cursor->at - start));
}

static char *take_word(struct cursor *cursor)
{
	const char *start;

	skip_blanks(cursor);
	start = cursor->at;
	if (*start == '$')
		return take_macro(cursor);
	if (*start == '"' || *start == '\'') {
		const char *end = strchr(start + 1, *start);
		cursor->at = end ? end + 1 : start + strlen(start);
		return g_strndup(start, (gsize) (cursor->at - start));
	}
	cursor->at += strspn(start, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-");
	if (cursor->at == start && *start)
		cursor->at++;
	return g_strndup(start, (gsize) (cursor->at - start));
}

static int tristate(const char *value)
{
	return !value || g_str_equal(value, "n") ? 0 : g_str_equal(value, "m") ? 1 : 2;
}

/* The value that a word stands for: a constant, or what the configuration says of that symbol. */
static const char *value_of(const struct cursor *cursor, const char *word)
{
	if (*word == '"' || *word == '\'' || g_ascii_isdigit(*word) || g_str_equal(word, "y") ||
	    g_str_equal(word, "m") || g_str_equal(word, "n"))
		return word;
	const char *value = ksig_kernel_config_get(cursor->config, word);
	return value ? value : "n";
}

static bool same(const char *a, const char *b)
{
	g_autofree char *x = g_strdup(a), *y = g_strdup(b);

	g_strdelimit(x, "\"'", ' ');
	g_strdelimit(y, "\"'", ' ');
	return g_str_equal(g_strstrip(x), g_strstrip(y));
}

static int compare_numbers(const char *a, const char *b)
{
	gint64 x = g_ascii_strtoll(a, NULL, 0), y = g_ascii_strtoll(b, NULL, 0);

	return (x > y) - (x < y);
}

/* -1: no comparison follows. */
static int take_comparison(struct cursor *cursor, const char *left)
{
	static const char *const operators[] = {"!=", "<=", ">=", "=", "<", ">"};
	size_t i = 0;

	while (i < G_N_ELEMENTS(operators) && !take(cursor, operators[i]))
		i++;
	if (i == G_N_ELEMENTS(operators))
		return -1;
	g_autofree char *right = take_word(cursor);
	if (*left == '$' || *right == '$')
		return 2;
	const char *a = value_of(cursor, left), *b = value_of(cursor, right);
	switch (i) {
	case 0:
		return same(a, b) ? 0 : 2;
	case 1:
		return compare_numbers(a, b) <= 0 ? 2 : 0;
	case 2:
		return compare_numbers(a, b) >= 0 ? 2 : 0;
	case 3:
		return same(a, b) ? 2 : 0;
	case 4:
		return compare_numbers(a, b) < 0 ? 2 : 0;
	default:
		return compare_numbers(a, b) > 0 ? 2 : 0;
	}
}

static int evaluate_atom(struct cursor *cursor)
{
	int value;

	if (++cursor->depth > DEPTH_LIMIT)
		return 2;
	skip_blanks(cursor);
	if (g_str_has_prefix(cursor->at, "!") && cursor->at[1] != '=') {
		cursor->at++;
		value = 2 - evaluate_atom(cursor);
	} else if (take(cursor, "(")) {
		value = evaluate_or(cursor);
		take(cursor, ")");
	} else {
		g_autofree char *word = take_word(cursor);
		value = take_comparison(cursor, word);
		if (value < 0)
			value = *word == '$' ? 2 : tristate(value_of(cursor, word));
	}
	cursor->depth--;
	return value;
}

static int evaluate_and(struct cursor *cursor)
{
	int value = evaluate_atom(cursor);

	while (take(cursor, "&&"))
		value = MIN(value, evaluate_atom(cursor));
	return value;
}

static int evaluate_or(struct cursor *cursor)
{
	int value = evaluate_and(cursor);

	while (take(cursor, "||"))
		value = MAX(value, evaluate_and(cursor));
	return value;
}

int kconfig_evaluate(const char *expression, const ksig_config *config)
{
	struct cursor cursor = {.at = expression, .config = config};

	return evaluate_or(&cursor);
}

GPtrArray *kconfig_conjuncts(const char *expression)
{
	GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
	const char *start = expression;
	int depth = 0;

	for (const char *c = expression; *c; c++) {
		if (*c == '(')
			depth++;
		else if (*c == ')')
			depth--;
		else if (depth == 0 && c[0] == '|' && c[1] == '|') {
			g_ptr_array_set_size(parts, 0);
			start = expression;
			break;
		} else if (depth == 0 && c[0] == '&' && c[1] == '&') {
			g_ptr_array_add(parts, g_strstrip(g_strndup(start, (gsize) (c - start))));
			start = ++c + 1;
		}
	}
	g_ptr_array_add(parts, g_strstrip(g_strdup(start)));
	return parts;
}

/* "A && B" with the values of what it names: "A (n)". */
static char *with_values(const char *expression, const ksig_config *config)
{
	struct cursor cursor = {.at = expression, .config = config};
	g_autoptr(GString) values = g_string_new(NULL);

	for (skip_blanks(&cursor); *cursor.at; skip_blanks(&cursor)) {
		g_autofree char *word = take_word(&cursor);
		if (!g_ascii_isupper(*word) && !(g_ascii_isdigit(*word) && strlen(word) > 3))
			continue;
		const char *value = ksig_kernel_config_get(config, word);
		g_string_append_printf(values, "%s%s is %s", values->len ? ", " : "", word,
				       value ? value : "n");
	}
	return values->len ? g_strdup_printf("%s (%s)", expression, values->str) : g_strdup(expression);
}

/* The conjuncts of ENTRY that allow less than LEAST, in words; NULL: all allow it. */
static char *unmet(const struct kconfig_entry *entry, const ksig_config *config, int least)
{
	g_autoptr(GString) words = g_string_new(NULL);

	for (guint i = 0; i < entry->depends->len; i++) {
		g_autoptr(GPtrArray) parts = kconfig_conjuncts(g_ptr_array_index(entry->depends, i));
		for (guint j = 0; j < parts->len; j++) {
			const char *part = g_ptr_array_index(parts, j);
			if (kconfig_evaluate(part, config) >= least)
				continue;
			g_autofree char *text = with_values(part, config);
			g_string_append_printf(words, "%s%s", words->len ? "; " : "", text);
		}
	}
	return words->len ? g_strdup(words->str) : NULL;
}

static bool selects(const struct kconfig_entry *entry, const char *name)
{
	return g_ptr_array_find_with_equal_func(entry->selects, name, g_str_equal, NULL);
}

/* An option that is on and selects NAME; NULL: there is none. */
static const char *selector_of(GHashTable *symbols, const ksig_config *config, const char *name)
{
	GHashTableIter iterator;
	gpointer other, entries;

	g_hash_table_iter_init(&iterator, symbols);
	while (g_hash_table_iter_next(&iterator, &other, &entries))
		for (guint i = 0; i < ((GPtrArray *) entries)->len; i++)
			if (selects(g_ptr_array_index((GPtrArray *) entries, i), name) &&
			    tristate(ksig_kernel_config_get(config, other)) > 0)
				return other;
	return NULL;
}

/* Whether VALUE is one of TYPE's, whatever the range. */
static bool is_of_type(const char *type, const char *value)
{
	const bool is_letter = strchr("ymn", *value) && !value[1], is_string = *value == '"';

	if (g_str_equal(type, "bool") || g_str_equal(type, "tristate"))
		return is_letter && (*value != 'm' || *type == 't');
	return g_str_equal(type, "string") ? is_string : !is_string && !is_letter;
}

/* Nothing that it depends on is in the way of VALUE. */
static char *explain_type(const struct kconfig_entry *entry, const char *value)
{
	const char *type = entry->type ? entry->type : "of a type that is not known";

	if (entry->range)
		return g_strdup_printf("it is %s, in the range %s (%s)", type, entry->range, entry->place);
	if (entry->type && is_of_type(type, value))
		return g_strdup_printf("by its prompt's condition, a choice or a default (%s)", entry->place);
	return g_strdup_printf("it is %s (%s)", type, entry->place);
}

char *kconfig_explain(GHashTable *symbols, const ksig_config *config, const char *name, const char *value)
{
	const GPtrArray *entries = g_hash_table_lookup(symbols, name);
	const int least = g_str_equal(value, "m") ? 1 : g_str_equal(value, "n") ? 0 : 2;
	bool has_prompt = false;

	if (!entries)
		return g_strdup("this kernel has no such option");
	for (guint i = 0; i < entries->len; i++) {
		const struct kconfig_entry *entry = g_ptr_array_index(entries, i);
		g_autofree char *words = unmet(entry, config, least);
		if (words)
			return g_strdup_printf("unmet dependency at %s: %s", entry->place, words);
		has_prompt |= entry->has_prompt;
	}
	const struct kconfig_entry *first = g_ptr_array_index(entries, 0);
	const char *selector = selector_of(symbols, config, name);
	if (selector)
		return g_strdup_printf("%s selects it (%s)", selector, first->place);
	if (!has_prompt)
		return g_strdup_printf("it cannot be asked for, only selected by others (%s)", first->place);
	return explain_type(first, value);
}
