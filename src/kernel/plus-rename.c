/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel.spec whose packages get another name. Only packages are renamed: files (configurations, lists of
 * files, folders) keep theirs, for the scripts of the vendor know them. What says the package's name by a
 * macro thus gets the old one back where no package is meant; packages that are named by a literal get the
 * new one; what is provided is provided by both names, so that whatever asks for the old one, the spec itself
 * and dnf's installonly rule among it, finds it.
 *
 * Whether all was found is not decided here: rpm's parse of the result is (plus-verify.c).
 */
#include "kernel/plus-rename-internal.h"

#include <string.h>

enum section { PREAMBLE, PACKAGE, DESCRIPTION, OTHER };

struct renaming {
	const char *base, *package;
	const char *release; /* of a package, as its relations have it */
	GRegex *directive, *tag, *reference, *after_n, *provides, *name, *package_name;
	enum section section;
	bool main_done;
	GString *out;
};

static GRegex *regex(const char *format, const char *base)
{
	g_autofree char *escaped = g_regex_escape_string(base, -1);
	g_auto(GStrv) parts = g_strsplit(format, "@", -1);
	g_autofree char *pattern = g_strjoinv(escaped, parts);

	return g_regex_new(pattern, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
}

/* '@' stands for the old name. */
static void renaming_init(struct renaming *renaming)
{
	const char *base = renaming->base;

	renaming->directive = regex(
		"^\\s*(?:%\\{expand:\\s*%)?%(package|description|files|pre|post|preun|postun|"
		"pretrans|posttrans|preuntrans|postuntrans|\\w*trigger\\w*|verifyscript|prep|"
		"generate_buildrequires|conf|build|install|check|clean)(?=[\\s\\\\}]|$)",
		base);
	renaming->tag = regex(
		"(?i)^\\s*(name|summary|group|license|url|provides|requires|conflicts|obsoletes|"
		"recommends|suggests|supplements|enhances|buildrequires|buildconflicts)"
		"(\\([a-z, ]+\\))?\\s*:",
		base);
	renaming->reference = regex("(?<!-n )%(?:\\{[?]?(?:name|package_name)\\}|name\\b|package_name\\b)",
				    base);
	renaming->after_n = regex("(?<=-n )@(?=[-%\\s\\\\]|$)", base);
	renaming->provides = regex(
		"(?i)^(\\s*provides\\s*:\\s*)(@|%\\{[?]?(?:name|package_name)\\})(?=[-%\\s\\\\]|$)", base);
	renaming->name = regex("(?i)^name\\s*:\\s*\\K@(?=[-%\\s]|$)", base);
	renaming->package_name = regex("^%(?:define|global)\\s+package_name\\s+\\K@(?=\\s|$)", base);
	renaming->out = g_string_new(NULL);
}

static void renaming_clear(struct renaming *renaming)
{
	g_regex_unref(renaming->directive);
	g_regex_unref(renaming->tag);
	g_regex_unref(renaming->reference);
	g_regex_unref(renaming->after_n);
	g_regex_unref(renaming->provides);
	g_regex_unref(renaming->name);
	g_regex_unref(renaming->package_name);
	g_string_free(renaming->out, TRUE);
}

/* How LINE ends: in a macro's body all lines but the last are continued. */
static const char *end_of(const char *line)
{
	return g_str_has_suffix(line, "\\\n") ? "\\\n" : "\n";
}

/* The old name of the package that the directive LINE declares; NULL: it is none of the kernel's. */
static char *old_name(const struct renaming *renaming, const char *line)
{
	g_autoptr(GRegex) own = regex("^(?:@|%\\{[?]?(?:name|package_name)\\}|%name\\b|%package_name\\b)",
				      renaming->base);
	g_autofree char *words = g_strdup(strstr(line, "package") + strlen("package"));
	g_autoptr(GMatchInfo) match = NULL;
	int end = 0;

	g_strstrip(words);
	if (g_str_has_suffix(words, "\\"))
		words[strlen(words) - 1] = '\0';
	g_strchomp(words);
	if (!g_str_has_prefix(words, "-n "))
		return g_strdup_printf("%s-%s", renaming->base, words);
	const char *name = g_strchug(words + strlen("-n "));
	if (!g_regex_match(own, name, 0, &match) || !g_match_info_fetch_pos(match, 0, NULL, &end))
		return NULL;
	return g_strdup_printf("%s%s", renaming->base, name + end);
}

/*
 * Packages that the spec names in full, and headers, have files where the old ones have theirs, and so
 * conflict with older ones of the old name, as CentOS Plus's do. The others' files are in folders of their
 * release.
 */
static void add_old_name(struct renaming *renaming, const char *line)
{
	const char *end = end_of(line);
	g_autofree char *old = old_name(renaming, line);

	if (!old)
		return;
	g_string_append_printf(renaming->out, "Provides: %s = %s%s", old, renaming->release, end);
	if ((strstr(line, " -n ") || g_str_has_suffix(old, "headers")) && !strstr(old, "debuginfo"))
		g_string_append_printf(renaming->out, "Conflicts: %s < %s%s", old, renaming->release, end);
}

static void add_replaced(struct renaming *renaming, GRegex *regex, const char *line, const char *with)
{
	g_autofree char *changed = g_regex_replace_literal(regex, line, -1, 0, with, 0, NULL);

	g_string_append(renaming->out, changed ? changed : line);
}

static enum section section_of(const char *word)
{
	return g_str_equal(word, "package")       ? PACKAGE
	       : g_str_equal(word, "description") ? DESCRIPTION
						  : OTHER;
}

/* The main package is installonly by its old name, and has to stay so. */
static void end_main(struct renaming *renaming, const char *line)
{
	if (renaming->main_done || !g_regex_match_simple("^%description\\s*$", line, G_REGEX_RAW, 0))
		return;
	g_string_append_printf(renaming->out, "Provides: %s = %s\n", renaming->base, renaming->release);
	g_string_append(renaming->out, "Provides: installonlypkg(kernel)\n");
	renaming->main_done = true;
}

static void take_directive(struct renaming *renaming, const char *line, const char *word)
{
	renaming->section = section_of(word);
	end_main(renaming, line);
	g_autofree char *plain = g_regex_replace_literal(renaming->reference, line, -1, 0, renaming->base, 0,
							 NULL);
	add_replaced(renaming, renaming->after_n, plain ? plain : line, renaming->package);
	if (renaming->section == PACKAGE)
		add_old_name(renaming, line);
}

/* A thing that is provided by one name is provided by the other one, too. */
static void take_tag(struct renaming *renaming, const char *line)
{
	g_autoptr(GMatchInfo) match = NULL;

	if (g_regex_match(renaming->name, line, 0, NULL)) {
		add_replaced(renaming, renaming->name, line, renaming->package);
		return;
	}
	g_string_append(renaming->out, line);
	if (!g_regex_match(renaming->provides, line, 0, &match))
		return;
	g_autofree char *start = g_match_info_fetch(match, 1), *name = g_match_info_fetch(match, 2);
	g_string_append_printf(renaming->out, "%s%s%s", start,
			       g_str_equal(name, renaming->base) ? renaming->package : renaming->base,
			       line + strlen(start) + strlen(name));
}

static void take_line(struct renaming *renaming, const char *line)
{
	g_autoptr(GMatchInfo) match = NULL;

	if (g_regex_match(renaming->directive, line, 0, &match)) {
		g_autofree char *word = g_match_info_fetch(match, 1);
		take_directive(renaming, line, word);
	} else if (g_regex_match(renaming->package_name, line, 0, NULL)) {
		add_replaced(renaming, renaming->package_name, line, renaming->package);
	} else if (renaming->section != OTHER && g_regex_match(renaming->tag, line, 0, NULL)) {
		take_tag(renaming, line);
	} else if (renaming->section == DESCRIPTION && *line != '%') {
		g_string_append(renaming->out, line);
	} else {
		add_replaced(renaming, renaming->reference, line, renaming->base);
	}
}

/* What the packages' versions are called in relations. */
static const char *release_of(char **lines)
{
	for (; *lines && !g_str_has_prefix(*lines, "%changelog"); lines++)
		if (g_regex_match_simple("^Epoch\\s*:", *lines, G_REGEX_RAW | G_REGEX_CASELESS, 0))
			return "%{?epoch:%{epoch}:}%{version}-%{release}";
	return "%{version}-%{release}";
}

char *spec_rename(char **lines, const char *base, const char *package)
{
	struct renaming renaming = {.base = base, .package = package, .release = release_of(lines)};

	if (g_str_equal(base, package))
		return g_strjoinv("", lines);
	renaming_init(&renaming);
	for (; *lines && !g_str_has_prefix(*lines, "%changelog"); lines++)
		take_line(&renaming, *lines);
	for (; *lines; lines++)
		g_string_append(renaming.out, *lines);
	char *text = g_strdup(renaming.out->str);
	renaming_clear(&renaming);
	return text;
}
