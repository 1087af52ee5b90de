/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changes in a vendor's kernel.spec (release tag, patches behind the vendor's, changelog entry) and in
 * its configurations, line by line; all other lines stay.
 */
#include "kernel/plus-spec-internal.h"
#include "kernel/plus-rename-internal.h"

#include <stdlib.h>
#include <string.h>

/* A spec as lines that keep their ends, so that what is not touched is what it was. */
struct spec {
	GPtrArray *lines; /* of char * */
	guint end;        /* where %changelog begins */
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

/* The first line from FROM on, before TO, that PATTERN matches; TO: none. */
static guint find_first(const struct spec *spec, const char *pattern, guint from, guint to)
{
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
	guint at = from;

	while (at < to && !g_regex_match(regex, g_ptr_array_index(spec->lines, at), 0, NULL))
		at++;
	return at;
}

/* The last one; -1: none. */
static int find_last(const struct spec *spec, const char *pattern, guint from, guint to)
{
	int found = -1;

	for (guint at = find_first(spec, pattern, from, to); at < to;
	     at = find_first(spec, pattern, at + 1, to))
		found = (int) at;
	return found;
}

/* The one line above the changelog that PATTERN matches; -1: none; -2 with an error: several. */
static int find_one(const struct spec *spec, const char *pattern, GError **error)
{
	guint first = find_first(spec, pattern, 0, spec->end);
	guint second = first < spec->end ? find_first(spec, pattern, first + 1, spec->end) : spec->end;

	if (second < spec->end) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s:%u: a second line like line %u: %s", spec->what,
			       second + 1, first + 1, pattern);
		return -2;
	}
	return first < spec->end ? (int) first : -1;
}

static void insert(struct spec *spec, guint at, char *line)
{
	g_ptr_array_insert(spec->lines, (int) at, line);
	spec->end++;
}

static bool missing(const struct spec *spec, const char *landmark, GError **error)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: no line \"%s\"; not a kernel.spec as Enterprise Linux has", spec->what,
			      landmark);
}

/* ---- the release ---------------------------------------------------------------------------------- */

static void append(struct spec *spec, int at, const char *text)
{
	g_autofree char *line = g_strchomp(g_strdup(g_ptr_array_index(spec->lines, (guint) at)));

	replace(spec->lines, (guint) at, g_strconcat(line, text, "\n", NULL));
}

/* Before the line where rebuilders look for such things; else at the top. */
static void insert_define(struct spec *spec, char *line)
{
	int at = find_last(spec, "^# *%? *define buildid ", 0, spec->end);

	insert(spec, at < 0 ? 0 : (guint) at, line);
}

/* As CentOS Plus has it: %dist is the base's with the tag, whatever the machine's is that builds it. */
static bool tag_dist(struct spec *spec, const struct spec_changes *changes, GError **error)
{
	int at = find_one(spec, "^%(define|global) +dist ", error);

	if (at >= 0)
		append(spec, at, changes->tag);
	else if (at == -1 && changes->dist)
		insert_define(spec, g_strdup_printf("%%define dist %s%s\n", changes->dist, changes->tag));
	else
		return at == -1 && ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %%dist is not in its release",
						  spec->what);
	return true;
}

static bool tag_buildid(struct spec *spec, const struct spec_changes *changes, GError **error)
{
	int at = find_one(spec, "^%(define|global) +buildid ", error);

	if (at >= 0)
		append(spec, at, changes->tag);
	if (at == -1) {
		at = find_one(spec, "^# *%? *define buildid ", error);
		if (at == -1)
			return missing(spec, "# define buildid .local", error);
		if (at >= 0)
			replace(spec->lines, (guint) at,
				g_strdup_printf("%%define buildid %s\n", changes->tag));
	}
	return at >= 0;
}

static bool tag_release(struct spec *spec, const struct spec_changes *changes, GError **error)
{
	int at = find_one(spec, "^Release:", error);

	if (at >= 0)
		append(spec, at, changes->tag);
	return at == -1 ? missing(spec, "Release:", error) : at >= 0;
}

static bool set_tag(struct spec *spec, const struct spec_changes *changes, GError **error)
{
	/* The release says which distribution it is of, whatever the machine's is that builds it. */
	if (changes->tag_at != SPEC_TAG_DIST && changes->dist && *changes->dist)
		insert_define(spec, g_strdup_printf("%%define dist %s\n", changes->dist));
	switch (changes->tag_at) {
	case SPEC_TAG_DIST:
		return tag_dist(spec, changes, error);
	case SPEC_TAG_BUILDID:
		return tag_buildid(spec, changes, error);
	default:
		return tag_release(spec, changes, error);
	}
}

/* ---- patches -------------------------------------------------------------------------------------- */

/* The line after AT that stands in no condition, counted from FROM: behind the conditions that AT is in. */
static guint after(const struct spec *spec, guint from, guint at)
{
	int depth = 0;

	for (guint i = from; i < spec->end; i++) {
		g_autofree char *line = g_strchug(g_strdup(g_ptr_array_index(spec->lines, i)));
		if (i > at && depth <= 0)
			return i;
		if (g_str_has_prefix(line, "%if"))
			depth++;
		else if (g_str_has_prefix(line, "%endif"))
			depth--;
	}
	return spec->end;
}

/* One more than the largest number of a Patch line; the test patch's 999999 counts where the order does. */
static long next_patch_number(const struct spec *spec, bool by_number)
{
	long next = 1;

	for (guint i = 0; i < spec->end; i++) {
		const char *line = g_ptr_array_index(spec->lines, i);
		if (!g_str_has_prefix(line, "Patch") || !g_ascii_isdigit(line[5]))
			continue;
		long number = strtol(line + 5, NULL, 10);
		if ((number < 999999 || by_number) && number >= next)
			next = number + 1;
	}
	return next;
}

/* Whether %prep applies whatever Patch lines there are: rpm's macros, or a shell that is given %{patches}. */
static bool takes_all(const struct spec *spec, guint prep, guint build)
{
	static const char pattern[] =
		"^[^#]*(%autopatch\\b|%autosetup\\b(?!.*\\s-[acDqTv]*N)|%\\{?patches\\b)";

	return find_last(spec, pattern, prep, build) >= 0;
}

/* How the spec applies a patch: by functions of its own, or by rpm's macro. */
static char *apply_line(const struct spec *spec, guint prep, guint build, const char *patch, long number)
{
	if (find_last(spec, "^\\s*ApplyOptionalPatch *\\(\\)", prep, build) >= 0)
		return g_strdup_printf("ApplyOptionalPatch %s\n", patch);
	if (find_last(spec, "^\\s*ApplyPatch *\\(\\)", prep, build) >= 0)
		return g_strdup_printf("ApplyPatch %s\n", patch);
	return g_strdup_printf("%%patch -P %ld -p1\n", number);
}

/* After all that the vendor applies: ours are made for what comes out of it. What is indented may stand in a
 * function or a loop. */
static bool apply_patches(struct spec *spec, const char *const *patches, long number, GError **error)
{
	static const char pattern[] =
		"^\\s*((ApplyPatch|ApplyOptionalPatch)\\s+[^$(\\s]|%(patch|autopatch|autosetup)(\\b|[0-9]))|"
		"^(git\\s+(am|apply)|patch)\\s";
	guint prep = find_first(spec, "^%prep\\b", 0, spec->end);
	guint build = find_first(spec, "^%build\\b", prep, spec->end);
	int last = find_last(spec, pattern, prep, build);

	guint mark = find_first(spec, "^# END OF PATCH APPLICATIONS", prep, build);
	if (last < 0 && mark == build)
		return missing(spec, "ApplyOptionalPatch linux-kernel-test.patch", error);
	guint at = last < 0 ? mark : after(spec, prep, (guint) last);
	for (guint i = 0; patches[i]; i++)
		insert(spec, at++, apply_line(spec, prep, build, patches[i], number + i));
	return true;
}

static bool add_patches(struct spec *spec, const struct spec_changes *changes, GError **error)
{
	const char *const *patches = changes->patches;
	guint prep = find_first(spec, "^%prep\\b", 0, spec->end);
	guint build = find_first(spec, "^%build\\b", prep, spec->end);
	bool with_all = takes_all(spec, prep, build) != changes->other_way;
	long number = next_patch_number(spec, with_all);
	int last = find_last(spec, "^Patch[0-9]*\\s*:", 0, prep);

	if (!patches || !*patches)
		return true;
	if (last < 0)
		last = find_last(spec, "^Source[0-9]*\\s*:", 0, prep);
	if (last < 0)
		return missing(spec, "Patch999999: linux-kernel-test.patch", error);
	if (!with_all && !apply_patches(spec, patches, number, error))
		return false;
	guint at = after(spec, 0, (guint) last);
	for (guint i = 0; patches[i]; i++)
		insert(spec, at + i, g_strdup_printf("Patch%ld: %s\n", number + i, patches[i]));
	return true;
}

static bool add_changelog(struct spec *spec, const char *entry, GError **error)
{
	if (spec->end == spec->lines->len)
		return missing(spec, "%changelog", error);
	g_ptr_array_insert(spec->lines, (int) spec->end + 1, g_strdup(entry));
	return true;
}

char *spec_change(const char *text, const struct spec_changes *changes, const char *what, GError **error)
{
	g_autoptr(GPtrArray) lines = split(text);
	struct spec spec = {.lines = lines, .what = what};

	spec.end = find_first(&spec, "^%changelog\\b", 0, lines->len);
	if (!set_tag(&spec, changes, error) || !add_patches(&spec, changes, error) ||
	    !add_changelog(&spec, changes->changelog, error))
		return NULL;
	g_ptr_array_add(lines, NULL);
	return spec_rename((char **) lines->pdata, changes->base, changes->package);
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
