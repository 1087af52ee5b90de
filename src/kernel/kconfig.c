/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads Kconfig files for what kbuild does not tell: why an option has no effect, and the help of a new one.
 * Values are never decided here; kbuild's conf does that. The language:
 * Documentation/kbuild/kconfig-language.rst.
 */
#include "kernel/kconfig-internal.h"
#include "kernel/kernel-internal.h"

#include <string.h>

struct reader {
	const char *source, *srcarch;
	GHashTable *symbols;
	GPtrArray *scopes;           /* of GPtrArray of char *: what menus, ifs and choices demand */
	struct kconfig_entry *entry; /* the entry that is being read; NULL: none */
	bool is_menu;                /* lines that follow belong to the innermost menu or choice */
	GString *help;               /* being read; NULL: not */
	int help_indent;             /* -1: not known yet */
	unsigned files, depth;       /* read, and those of them that are not at their end */
	size_t bytes;                /* of all files */
	size_t conditions;           /* that entries have of what they stand under */
};

static void entry_free(gpointer data)
{
	struct kconfig_entry *entry = data;

	g_free(entry->name);
	g_ptr_array_unref(entry->depends);
	g_ptr_array_unref(entry->selects);
	g_free(entry->help);
	g_free(entry->type);
	g_free(entry->range);
	g_free(entry->place);
	g_free(entry);
}

static bool read_file(struct reader *reader, const char *name, bool is_optional, GError **error);

/* A file that reads itself, or many that read each other many times. */
static bool too_much(const struct reader *reader, const char *name, GError **error)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: Kconfig files without end, at %s", reader->source,
			      name);
}

static void end_help(struct reader *reader)
{
	if (!reader->help)
		return;
	char *text = g_strchomp(g_string_free(g_steal_pointer(&reader->help), FALSE));
	if (reader->entry) {
		g_free(reader->entry->help);
		reader->entry->help = text;
	} else {
		g_free(text);
	}
}

static void push_scope(struct reader *reader, const char *condition)
{
	GPtrArray *scope = g_ptr_array_new_with_free_func(g_free);

	if (condition)
		g_ptr_array_add(scope, g_strdup(condition));
	g_ptr_array_add(reader->scopes, scope);
	reader->entry = NULL;
	reader->is_menu = !condition;
}

static void pop_scope(struct reader *reader)
{
	if (reader->scopes->len)
		g_ptr_array_remove_index(reader->scopes, reader->scopes->len - 1);
	reader->entry = NULL;
	reader->is_menu = false;
}

/* False: there is more than a tree has. */
static bool start_entry(struct reader *reader, const char *name, const char *place)
{
	struct kconfig_entry *entry = g_new0(struct kconfig_entry, 1);
	GPtrArray *entries = g_hash_table_lookup(reader->symbols, name);

	entry->name = g_strdup(name);
	entry->place = g_strdup(place);
	entry->depends = g_ptr_array_new_with_free_func(g_free);
	entry->selects = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < reader->scopes->len; i++) {
		const GPtrArray *scope = g_ptr_array_index(reader->scopes, i);
		reader->conditions += 1 + scope->len;
		for (guint j = 0; j < scope->len; j++)
			g_ptr_array_add(entry->depends, g_strdup(g_ptr_array_index(scope, j)));
	}
	if (!entries) {
		entries = g_ptr_array_new_with_free_func(entry_free);
		g_hash_table_insert(reader->symbols, g_strdup(name), entries);
	}
	g_ptr_array_add(entries, entry);
	reader->entry = entry;
	reader->is_menu = false;
	return reader->conditions <= KERNEL_LIMIT_KCONFIG_CONDITIONS;
}

static void add_dependency(struct reader *reader, const char *condition)
{
	GPtrArray *to = reader->entry ? reader->entry->depends : NULL;

	if (!to && reader->is_menu && reader->scopes->len)
		to = g_ptr_array_index(reader->scopes, reader->scopes->len - 1);
	if (to)
		g_ptr_array_add(to, g_strdup(condition));
}

/* A prompt's own "if" is a dependency of its being asked for. */
static void read_prompt(struct reader *reader, const char *text)
{
	const char *end = NULL;

	if (*text != '"' && *text != '\'')
		return;
	for (const char *c = text + 1; *c; c++)
		if (*c == *text && c[-1] != '\\')
			end = c + 1;
	if (reader->entry)
		reader->entry->has_prompt = true;
	while (end && g_ascii_isspace(*end))
		end++;
	if (end && g_str_has_prefix(end, "if "))
		add_dependency(reader, end + strlen("if "));
}

/* Of several, the first: what follows are other architectures' or conditions'. */
static void keep_first(char **to, const char *text)
{
	if (!*to)
		*to = g_strdup(text);
}

static bool is_type(const char *word)
{
	static const char *const types[] = {"bool", "tristate", "string", "int", "hex", NULL};

	return g_strv_contains(types, word);
}

/* "name" or, up to 4.18, name, with $(SRCARCH) replaced, without quotes; NULL: other macros, which are not
 * for us. */
static char *source_name(const struct reader *reader, const char *text)
{
	size_t length = strlen(text);
	bool is_quoted = length >= 2 && text[0] == '"' && text[length - 1] == '"';
	g_autofree char *name = is_quoted ? g_strndup(text + 1, length - 2) : g_strdup(text);

	if (!is_quoted && strpbrk(name, "\"' \t"))
		return NULL;
	g_autoptr(GString) result = g_string_new(name);
	g_string_replace(result, "$(SRCARCH)", reader->srcarch, 0);
	g_string_replace(result, "$(HEADER_ARCH)", reader->srcarch, 0);
	if (strchr(result->str, '$') || !ksig_path_is_safe(result->str))
		return NULL;
	return g_strdup(result->str);
}

static bool read_source(struct reader *reader, const char *text, bool is_optional, GError **error)
{
	g_autofree char *name = source_name(reader, text);

	reader->entry = NULL;
	reader->is_menu = false;
	return !name || read_file(reader, name, is_optional, error);
}

static bool read_statement(struct reader *reader, const char *word, const char *rest, const char *place,
			   GError **error)
{
	if (g_str_equal(word, "config") || g_str_equal(word, "menuconfig"))
		return start_entry(reader, rest, place) || too_much(reader, place, error);
	else if (g_str_equal(word, "if"))
		push_scope(reader, rest);
	else if (g_str_equal(word, "menu") || g_str_equal(word, "choice"))
		push_scope(reader, NULL);
	else if (g_str_equal(word, "endif") || g_str_equal(word, "endmenu") || g_str_equal(word, "endchoice"))
		pop_scope(reader);
	else if (g_str_equal(word, "depends") && g_str_has_prefix(rest, "on "))
		add_dependency(reader, rest + strlen("on "));
	else if (g_str_equal(word, "select") && reader->entry)
		g_ptr_array_add(reader->entry->selects, g_strndup(rest, strcspn(rest, " \t")));
	else if (g_str_equal(word, "source"))
		return read_source(reader, rest, false, error);
	else if (g_str_equal(word, "osource"))
		return read_source(reader, rest, true, error);
	else if (g_str_equal(word, "comment") || g_str_equal(word, "mainmenu"))
		reader->entry = NULL, reader->is_menu = false;
	else if (g_str_equal(word, "range") && reader->entry)
		keep_first(&reader->entry->range, rest);
	else if (g_str_equal(word, "prompt") || is_type(word)) {
		if (reader->entry && is_type(word))
			keep_first(&reader->entry->type, word);
		read_prompt(reader, rest);
	} else if (g_str_equal(word, "help") || g_str_equal(word, "---help---")) {
		reader->help = g_string_new(NULL);
		reader->help_indent = -1;
	}
	return true;
}

static int indent_of(const char *line)
{
	int indent = 0;

	for (; *line == ' ' || *line == '\t'; line++)
		indent = *line == '\t' ? (indent / 8 + 1) * 8 : indent + 1;
	return indent;
}

/* True if LINE belongs to the help text that is being read. */
static bool take_help(struct reader *reader, const char *line)
{
	g_autofree char *text = g_strstrip(g_strdup(line));
	int indent = indent_of(line);

	if (!reader->help)
		return false;
	if (*text && reader->help_indent < 0)
		reader->help_indent = indent;
	if (*text && (indent == 0 || indent < reader->help_indent)) {
		end_help(reader);
		return false;
	}
	if (*text || reader->help->len)
		g_string_append_printf(reader->help, "%s\n", text);
	return true;
}

/* Cuts a comment that stands outside quotes. */
static void cut_comment(char *line)
{
	char quote = '\0';

	for (; *line; line++) {
		if (quote && *line == '\\' && line[1])
			line++;
		else if (*line == quote)
			quote = '\0';
		else if (!quote && (*line == '"' || *line == '\''))
			quote = *line;
		else if (!quote && *line == '#')
			*line = '\0', line--;
	}
}

static bool read_line(struct reader *reader, char *line, const char *place, GError **error)
{
	cut_comment(line);
	g_strstrip(line);
	char *rest = line + strcspn(line, " \t");
	if (*rest) {
		*rest++ = '\0';
		rest = g_strchug(rest);
	}
	return !*line || read_statement(reader, line, rest, place, error);
}

/* Lines that end in a backslash, joined with the next. */
static char *join_lines(const char *text)
{
	g_autoptr(GString) joined = g_string_new(text);

	g_string_replace(joined, "\\\n", " ", 0);
	return g_strdup(joined->str);
}

static bool read_file(struct reader *reader, const char *name, bool is_optional, GError **error)
{
	g_autofree char *path = g_build_filename(reader->source, name, NULL);
	bool good = true;

	if (is_optional && !g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	if (++reader->files > KERNEL_LIMIT_KCONFIG_FILES || ++reader->depth > KERNEL_LIMIT_KCONFIG_DEPTH)
		return too_much(reader, name, error);
	size_t length_bytes = 0;
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_KCONFIG_BYTES, &length_bytes, error);
	if (!text)
		return false;
	if ((reader->bytes += length_bytes) > KERNEL_LIMIT_KCONFIG_TOTAL_BYTES)
		return too_much(reader, name, error);
	g_autofree char *joined = join_lines(text);
	g_auto(GStrv) lines = g_strsplit(joined, "\n", -1);
	for (unsigned i = 0; good && lines[i]; i++) {
		g_autofree char *place = g_strdup_printf("%s:%u", name, i + 1);
		if (!take_help(reader, lines[i]))
			good = read_line(reader, lines[i], place, error);
	}
	end_help(reader);
	reader->depth--;
	return good;
}

GHashTable *kconfig_read(const char *source, const char *srcarch, GError **error)
{
	struct reader reader = {
		.source = source,
		.srcarch = srcarch,
		.symbols = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						 (GDestroyNotify) g_ptr_array_unref),
		.scopes = g_ptr_array_new_with_free_func((GDestroyNotify) g_ptr_array_unref),
	};
	bool good = read_file(&reader, "Kconfig", false, error);

	end_help(&reader); /* of a file that was not read to its end */
	g_ptr_array_unref(reader.scopes);
	if (!good)
		g_clear_pointer(&reader.symbols, g_hash_table_unref);
	return reader.symbols;
}
