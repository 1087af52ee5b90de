/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel's %prep does with its patches. Command lines that name files by their paths: %patch and
 * %autosetup, which rpm has expanded, Fedora's `git am %{patches}` and `xzcat %{SOURCE5000} | patch -p1`. And
 * ApplyPatch and ApplyOptionalPatch, the shell functions of Red Hat's kernel specs, whose tool stands in
 * patch_command (`patch -p1 -F1 -s` in el8, `git apply` in el9 and el10).
 */
#include "rpm/srpm-internal.h"

static const char default_command[] = "patch -p1 -F1 -s";

struct reader {
	GHashTable *names;  /* of the Patch and Source lines */
	GPtrArray *patches; /* struct ksig_srpm_patch * */
	char *command;      /* what ApplyPatch runs */
};

static void patch_free(void *data)
{
	struct ksig_srpm_patch *patch = data;

	g_free(patch->name);
	g_free(patch);
}

static unsigned number_after(const char *text, unsigned missing)
{
	while (*text == ' ' || *text == '=')
		text++;
	return g_ascii_isdigit(*text) ? (unsigned) MIN(strtoul(text, NULL, 10), 100) : missing;
}

/* The value of the last OPTION ("-p") in COMMAND. */
static unsigned option(const char *command, const char *name, unsigned missing)
{
	g_autofree char *word = g_strdup_printf(" %s", name);
	const char *at = g_strrstr(command, word);

	return at ? number_after(at + strlen(word), missing) : missing;
}

static void add(struct reader *reader, const char *name, const char *command, bool optional)
{
	struct ksig_srpm_patch *patch = g_new0(struct ksig_srpm_patch, 1);
	/* GNU patch's own default is 2; rpm gives --fuzz always. */
	const unsigned fuzz = option(command, "-F", option(command, "--fuzz", 2));

	patch->name = g_strdup(name);
	patch->by_git = strstr(command, "git apply") || strstr(command, "git am");
	patch->strip = option(command, "-p", 1);
	patch->fuzz = patch->by_git ? 0 : fuzz;
	patch->optional = optional;
	g_ptr_array_add(reader->patches, patch);
}

/* "ApplyOptionalPatch linux-kernel-test.patch -p2" */
static bool read_call(struct reader *reader, const char *line, GError **error)
{
	g_auto(GStrv) words = g_strsplit_set(line, " \t", 3);
	const bool optional = g_str_equal(words[0], "ApplyOptionalPatch");

	if (!optional && !g_str_equal(words[0], "ApplyPatch"))
		return true;
	/* In the functions' own bodies the name is a variable. */
	if (!words[1] || strchr(words[1], '$') || g_str_has_prefix(words[1], "("))
		return true;
	if (!g_hash_table_contains(reader->names, words[1]))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%%prep applies %s, which no Patch or Source line names", words[1]);
	g_autofree char *command = g_strdup_printf(
		"%s %s", reader->command ? reader->command : default_command, words[2] ? words[2] : "");
	add(reader, words[1], command, optional);
	return true;
}

/* Every file that the command LINE names by its path is a patch: `git am` takes many. */
static void read_command(struct reader *reader, const char *line)
{
	g_auto(GStrv) words = g_strsplit_set(line, " \t'\"|<>;(){}", -1);

	for (char **word = words; *word; word++) {
		const char *slash = strrchr(*word, '/');
		if (slash && g_hash_table_contains(reader->names, slash + 1) && !strstr(slash, ".tar"))
			add(reader, slash + 1, line, false);
	}
}

static bool is_patch_command(const char *line)
{
	return strstr(line, "patch -") || strstr(line, "git apply") || strstr(line, "git am");
}

static bool read_line(struct reader *reader, const char *line, GError **error)
{
	if (g_str_has_prefix(line, "patch_command=")) {
		g_free(reader->command);
		reader->command = g_strdelimit(g_strdup(line + strlen("patch_command=")), "'\"", ' ');
		return true;
	}
	if (g_str_has_prefix(line, "Apply"))
		return read_call(reader, line, error);
	if (*line == '#' || g_str_has_prefix(line, "echo ") || !is_patch_command(line))
		return true;
	read_command(reader, line);
	return true;
}

/* Lines that a pipe or a backslash carries on are one. */
static GPtrArray *logical_lines(const char *prep)
{
	GPtrArray *result = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) lines = g_strsplit(prep, "\n", -1);
	g_autoptr(GString) joined = g_string_new(NULL);

	for (char **line = lines; *line; line++) {
		g_strstrip(*line);
		const size_t length = strlen(*line);
		const bool carries_on = length > 0 && strchr("|\\", (*line)[length - 1]) && line[1];
		if (carries_on && (*line)[length - 1] == '\\')
			(*line)[length - 1] = ' ';
		g_string_append_printf(joined, "%s%s", joined->len > 0 ? " " : "", *line);
		if (carries_on)
			continue;
		g_ptr_array_add(result, g_strdup(joined->str));
		g_string_truncate(joined, 0);
	}
	return result;
}

static void add_names(GHashTable *names, GPtrArray *files)
{
	for (guint i = 0; i < files->len; i++)
		g_hash_table_add(names, files->pdata[i]);
}

GPtrArray *ksig_prep_patches(const ksig_spec *spec, GError **error)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) result = g_ptr_array_new_with_free_func(patch_free);
	g_autoptr(GPtrArray) lines = logical_lines(spec->prep);
	struct reader reader = {.names = names, .patches = result};
	bool good = true;

	add_names(names, spec->sources);
	add_names(names, spec->patches);
	for (guint i = 0; i < lines->len && good; i++)
		good = read_line(&reader, lines->pdata[i], error);
	g_free(reader.command);
	return good ? g_steal_pointer(&result) : NULL;
}
