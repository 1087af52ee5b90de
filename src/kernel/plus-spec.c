/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kernel-internal.h"

#include <stdlib.h>
#include <string.h>

/* A spec as lines that keep their ends, so that what is not touched is what it was. */
struct spec {
	GPtrArray *lines; /* of char * */
	const char *what;
};

static GPtrArray *split(const char *text)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

	while (*text) {
		const char *end = strchr(text, '\n');
		size_t length = end ? (size_t) (end - text) + 1 : strlen(text);
		g_ptr_array_add(lines, g_strndup(text, length));
		text += length;
	}
	return lines;
}

static char *join(GPtrArray *lines)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < lines->len; i++)
		g_string_append(text, g_ptr_array_index(lines, i));
	return g_strdup(text->str);
}

static void replace(GPtrArray *lines, guint index, char *line)
{
	g_free(g_ptr_array_index(lines, index));
	g_ptr_array_index(lines, index) = line;
}

/* The one line that PATTERN matches; -1: none; -2 with an error: several. */
static int find_one(const struct spec *spec, const char *pattern, GError **error)
{
	int found = -1;

	for (guint i = 0; i < spec->lines->len; i++) {
		if (!g_regex_match_simple(pattern, g_ptr_array_index(spec->lines, i), 0, 0))
			continue;
		if (found >= 0) {
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s:%u: a second line like line %d: %s",
				       spec->what, i + 1, found + 1, pattern);
			return -2;
		}
		found = (int) i;
	}
	return found;
}

static bool missing(const struct spec *spec, const char *landmark, GError **error)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: no line \"%s\"; not a kernel.spec as el8 or el9 has", spec->what,
			      landmark);
}

static bool set_buildid(struct spec *spec, const char *tag, GError **error)
{
	int at = find_one(spec, "^%(define|global) +buildid ", error);

	if (at >= 0) {
		g_autofree char *line = g_strchomp(g_strdup(g_ptr_array_index(spec->lines, (guint) at)));
		replace(spec->lines, (guint) at, g_strconcat(line, tag, "\n", NULL));
		return true;
	}
	if (at == -1)
		at = find_one(spec, "^# *%? *define buildid ", error);
	if (at == -1)
		return missing(spec, "# define buildid .local", error);
	if (at >= 0)
		replace(spec->lines, (guint) at, g_strdup_printf("%%define buildid %s\n", tag));
	return at >= 0;
}

static bool set_name(struct spec *spec, const char *package, GError **error)
{
	int at = find_one(spec, "^%(define|global) +package_name ", error);

	if (at >= 0) {
		replace(spec->lines, (guint) at, g_strdup_printf("%%global package_name %s\n", package));
		return true;
	}
	if (at == -1)
		at = find_one(spec, "^Name: *kernel", error);
	if (at == -1)
		return missing(spec, "Name: kernel", error);
	if (at < 0)
		return false;
	const char *rest = strstr(g_ptr_array_index(spec->lines, (guint) at), "kernel") + strlen("kernel");
	replace(spec->lines, (guint) at, g_strdup_printf("Name: %s%s", package, rest));
	return true;
}

/* One more than the largest number of a Patch line but for the test patch's 999999. */
static long next_patch_number(const struct spec *spec)
{
	long next = 1;

	for (guint i = 0; i < spec->lines->len; i++) {
		const char *line = g_ptr_array_index(spec->lines, i);
		if (!g_str_has_prefix(line, "Patch") || !g_ascii_isdigit(line[5]))
			continue;
		long number = strtol(line + 5, NULL, 10);
		if (number < 999999 && number >= next)
			next = number + 1;
	}
	return next;
}

static bool add_patches(struct spec *spec, const char *const *patches, GError **error)
{
	if (!patches || !*patches)
		return true;
	long number = next_patch_number(spec);
	int declared = find_one(spec, "^Patch[0-9]+: *linux-kernel-test\\.patch", error);
	if (declared < 0)
		return declared == -1 ? missing(spec, "Patch999999: linux-kernel-test.patch", error) : false;
	for (guint i = 0; patches[i]; i++)
		g_ptr_array_insert(spec->lines, declared + (int) i,
				   g_strdup_printf("Patch%ld: %s\n", number + i, patches[i]));
	int applied = find_one(spec, "^ApplyOptionalPatch +linux-kernel-test\\.patch", error);
	if (applied < 0)
		return applied == -1 ? missing(spec, "ApplyOptionalPatch linux-kernel-test.patch", error)
				     : false;
	for (guint i = 0; patches[i]; i++)
		g_ptr_array_insert(spec->lines, applied + (int) i,
				   g_strdup_printf("ApplyOptionalPatch %s\n", patches[i]));
	return true;
}

static bool add_changelog(struct spec *spec, const char *entry, GError **error)
{
	int at = find_one(spec, "^%changelog\\b", error);

	if (at == -1)
		return missing(spec, "%changelog", error);
	if (at >= 0)
		g_ptr_array_insert(spec->lines, at + 1, g_strdup(entry));
	return at >= 0;
}

char *spec_change(const char *text, const struct spec_changes *changes, const char *what, GError **error)
{
	g_autoptr(GPtrArray) lines = split(text);
	struct spec spec = {.lines = lines, .what = what};

	if (!set_buildid(&spec, changes->tag, error) || !set_name(&spec, changes->package, error) ||
	    !add_patches(&spec, changes->patches, error) || !add_changelog(&spec, changes->changelog, error))
		return NULL;
	return join(lines);
}

/* True if LINE decides NAME, one way or the other. */
static bool decides(const char *line, const char *name)
{
	if (g_str_has_prefix(line, "# "))
		line += 2;
	if (!g_str_has_prefix(line, "CONFIG_") || !g_str_has_prefix(line + 7, name))
		return false;
	return line[7 + strlen(name)] == '=' || line[7 + strlen(name)] == ' ';
}

char *config_text_change(const char *text, GPtrArray *options)
{
	g_autoptr(GPtrArray) lines = split(text);

	for (guint i = 0; i < options->len; i++) {
		const struct ksig_option *option = g_ptr_array_index(options, i);
		char *line = g_str_equal(option->value, "n")
				     ? g_strdup_printf("# CONFIG_%s is not set\n", option->name)
				     : g_strdup_printf("CONFIG_%s=%s\n", option->name, option->value);
		guint at = 0;
		while (at < lines->len && !decides(g_ptr_array_index(lines, at), option->name))
			at++;
		if (at < lines->len)
			replace(lines, at, line);
		else
			g_ptr_array_add(lines, line);
	}
	return join(lines);
}
