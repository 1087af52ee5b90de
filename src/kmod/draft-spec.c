/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A spec as a recipe: its tags with the macros that it defines itself, its patches as its %prep applies them.
 * Nothing of it runs; what rpm would have to decide becomes a note in the recipe.
 */
#include "kmod/draft-spec-internal.h"
#include "kmod/draft-data-internal.h"

#include <string.h>

/* VALUE with the macros that the spec itself defines plainly; NULL: it has others. */
static char *expand(const char *spec, const char *value, int depth)
{
	g_autofree char *name = value ? draft_match(value, "%\\{\\?{0,1}([A-Za-z_]\\w*)\\}") : NULL;

	if (!name || depth > 8)
		return value && !strchr(value, '%') ? g_strdup(value) : NULL;
	g_autofree char *pattern = g_strdup_printf(
		"^(?:%%(?:global|define)[ \\t]+%s[ \\t]+|(?i:%s):[ \\t]*)(\\S+)", name, name);
	g_autofree char *given = draft_match(spec, pattern);
	g_autofree char *conditional = g_strdup_printf(
		"^%%\\{!\\?%s:[ \\t]*%%(?:global|define)[ \\t]+%s[ \\t]+([^ \\t}]+)", name, name);
	if (!given)
		given = draft_match(spec, conditional);
	g_autofree char *plain = g_strdup_printf("%%{%s}", name), *asked = g_strdup_printf("%%{?%s}", name);
	g_autoptr(GString) out = g_string_new(value);
	g_string_replace(out, plain, given ? given : "", 0);
	g_string_replace(out, asked, given ? given : "", 0);
	return expand(spec, out->str, depth + 1);
}

/* The value of TAG in SPEC, its own macros expanded; NULL: none, or one that only rpm could expand. */
static char *spec_value(const char *spec, const char *tag)
{
	g_autofree char *pattern = g_strdup_printf("^%s:[ \\t]*(\\S.*?)[ \\t]*$", tag);
	g_autofree char *value = draft_match(spec, pattern);

	return value ? expand(spec, value, 0) : NULL;
}

/* A condition of a spec that is open: "0", "1" and its like are decided here, all else is rpm's to say. */
struct condition {
	char *words;
	bool is_else;
};

static void clear_condition(gpointer data)
{
	g_free(((struct condition *) data)->words);
}

/* Takes LINE of a spec: OPEN are the conditions around the next one. */
static void take_condition(GArray *open, const char *line)
{
	if (g_str_has_prefix(line, "%if")) {
		struct condition condition = {.words = g_strchomp(g_strdup(line))};
		g_array_append_val(open, condition);
	} else if (g_str_has_prefix(line, "%elif") && open->len > 0) {
		struct condition *last = &g_array_index(open, struct condition, open->len - 1);
		g_free(last->words);
		*last = (struct condition){.words = g_strchomp(g_strdup(line))};
	} else if (g_str_has_prefix(line, "%else") && open->len > 0) {
		struct condition *last = &g_array_index(open, struct condition, open->len - 1);
		last->is_else = true;
	} else if (g_str_has_prefix(line, "%endif") && open->len > 0) {
		g_array_set_size(open, open->len - 1);
	}
}

enum answer { NO, YES, UNKNOWN };

static enum answer decide(const struct condition *condition)
{
	g_autofree char *number = draft_match(condition->words, "^%if[ \\t]+(\\d+)$");

	if (!number)
		return UNKNOWN;
	return (strspn(number, "0") != strlen(number)) != condition->is_else ? YES : NO;
}

/* Whether the line of SPEC at AT counts; OUT_WORDS: the condition by which it may. */
static enum answer counts(const char *spec, size_t at, char **out_words)
{
	g_autofree char *before = g_strndup(spec, at);
	g_auto(GStrv) lines = g_strsplit(before, "\n", -1);
	g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(struct condition));
	enum answer all = YES;

	g_array_set_clear_func(open, clear_condition);
	for (char **line = lines; *line; line++)
		take_condition(open, *line);
	for (guint i = 0; i < open->len; i++) {
		const struct condition *condition = &g_array_index(open, struct condition, i);
		const enum answer answer = decide(condition);
		if (answer == UNKNOWN && all == YES)
			*out_words = g_strdup_printf("%s%s", condition->is_else ? "the %else of " : "",
						     condition->words);
		all = all == NO || answer == NO ? NO : answer == UNKNOWN ? UNKNOWN : all;
	}
	return all;
}

/* Says of FILE by which condition it counts; false: by none. */
static bool may_count(struct draft *draft, const char *spec, size_t at, const char *file)
{
	g_autofree char *words = NULL;
	const enum answer answer = counts(spec, at, &words);

	if (answer == UNKNOWN)
		g_ptr_array_add(draft->notes,
				g_strdup_printf("the spec has %s under \"%s\" only: its group wants "
						"kernels, or it is not for EL",
						file, words));
	return answer != NO;
}

/* How %prep applies a patch: its line, "%patch0 -p3" or "%patch -P0 -p3". */
struct application {
	char *words; /* behind the number; NULL: there is no line */
	size_t at;
};

static struct application find_application(const char *spec, const char *number)
{
	g_autofree char *pattern = g_strdup_printf("^%%patch(?:%s|[ \\t]+-P[ \\t]*%s)[ \\t]([^\\n]*)", number,
						   number);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	int start = 0, end = 0;

	if (!g_regex_match(regex, spec, 0, &match))
		return (struct application){0};
	g_match_info_fetch_pos(match, 0, &start, &end);
	return (struct application){.words = g_match_info_fetch(match, 1), .at = (size_t) start};
}

static void note(struct draft *draft, const char *file, const char *what)
{
	g_ptr_array_add(draft->notes, g_strdup_printf("%s %s", file, what));
}

/* Takes patch NUMBER, FILE, whose tag is at AT, as %prep applies it. */
static void read_how(struct draft *draft, const char *spec, const char *number, const char *file, size_t at)
{
	const struct application how = find_application(spec, number);
	g_autofree char *words = how.words;
	g_autofree char *strip = words ? draft_match(words, "-p[ \\t]*(\\d+)") : NULL;
	const bool by_number = g_regex_match_simple("^%patch", spec, G_REGEX_MULTILINE | G_REGEX_RAW, 0) &&
			       !g_regex_match_simple("^%auto(setup|patch)", spec,
						     G_REGEX_MULTILINE | G_REGEX_RAW, 0);

	if (words && g_regex_match_simple("(^|\\s)-R\\b", words, G_REGEX_RAW, 0)) {
		note(draft, file, "is applied in reverse (-R): turn it round");
		return;
	}
	if (!words && by_number) {
		note(draft, file, "is not applied by the spec");
		return;
	}
	if (!may_count(draft, spec, words ? how.at : at, file)) {
		note(draft, file, "is left out by the spec's %if");
		return;
	}
	draft_add_once(draft->patches, file);
	if (strip && !g_str_equal(strip, "1"))
		g_hash_table_insert(draft->strips, g_strdup(file),
				    GUINT_TO_POINTER(g_ascii_strtoull(strip, NULL, 10) + 1));
}

static void read_patches(struct draft *draft, const char *spec)
{
	g_autoptr(GRegex)
		tag = g_regex_new("^Patch(\\d*):[ \\t]*(\\S+)", G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(tag, spec, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *number = g_match_info_fetch(match, 1), *word = g_match_info_fetch(match, 2);
		g_autofree char *file = expand(spec, word, 0);
		int start = 0, end = 0;
		g_match_info_fetch_pos(match, 0, &start, &end);
		if (file && *file)
			read_how(draft, spec, *number ? number : "0", file, (size_t) start);
	}
}

void draft_read_spec(struct draft *draft, const char *text)
{
	g_autofree char *name = draft_match(text, "^%(?:global|define)[ \\t]+kmod_name[ \\t]+(\\S+)");

	draft->version = spec_value(text, "Version");
	draft->summary = spec_value(text, "Summary");
	draft->license = spec_value(text, "License");
	draft->url = spec_value(text, "Source0?");
	if (name) {
		g_autofree char *module = expand(text, name, 0);
		draft_add_once(draft->modules, module ? module : "");
	}
	g_autoptr(GPtrArray) options = draft_matches(text, "\\b(CONFIG_\\w+=[mny])\\b");
	for (guint i = 0; i < options->len; i++)
		draft_add_once(draft->options, options->pdata[i]);
	read_patches(draft, text);
}
