/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dkms.conf as a recipe. It is a shell script that sets words; the assignments are read as the shell reads
 * them (quotes, continued lines, words set before), and none of the rest is run. What the recipe cannot say
 * becomes a note in it.
 */
#include "kmod/draft-dkms-internal.h"
#include "kmod/draft-data-internal.h"
#include "kmod/draft-internal.h"
#include "kmod/draft-shell-internal.h"
#include "kmod/recipe-check-internal.h"

#include <string.h>

/* ---- commands ------------------------------------------------------------------------------------ */

/* TEXT with the places that dkms knows as the recipe knows them. */
static char *in_our_words(const char *text, const char *name, const char *version)
{
	g_autoptr(GString) out = g_string_new(text);
	g_autofree char *place = g_strdup_printf("@tree@/%s/%s/build", name, version);
	g_autofree char *source = g_strdup_printf("@tree@/%s-%s", name, version);
	g_autofree char *usual_source = g_strdup_printf("/usr/src/%s-%s", name, version);
	g_autofree char *usual_place = g_strdup_printf("/var/lib/dkms/%s/%s/build", name, version);
	const char *const replaced[][2] = {{place, "@here@"},
					   {source, "@here@"},
					   {usual_source, "@here@"},
					   {usual_place, "@here@"},
					   {"$(uname -r)", "@kernel@"},
					   {"`uname -r`", "@kernel@"},
					   {"/lib/modules/@kernel@/build", "@build@"},
					   {"/lib/modules/@kernel@/source", "@source@"},
					   {"$(pwd)", "@here@"},
					   {"`pwd`", "@here@"}};

	for (size_t i = 0; i < G_N_ELEMENTS(replaced); i++)
		g_string_replace(out, replaced[i][0], replaced[i][1], 0);
	return draft_shell_plain(out->str);
}

/* "@here@/src" and "src" are "src"; NULL: it is elsewhere. */
static char *below_source(const char *path)
{
	const char *below = g_str_has_prefix(path, "@here@") ? path + strlen("@here@") : path;
	g_autofree char *plain = g_strdup(below + strspn(below, "/"));

	if (*path == '/')
		return NULL;
	for (size_t length = strlen(plain); length > 0 && plain[length - 1] == '/'; length--)
		plain[length - 1] = '\0';
	const char *rest = g_str_has_prefix(plain, "./") ? plain + 2 : plain;
	if (!*rest || g_str_equal(rest, "."))
		return g_strdup(".");
	return ksig_path_is_safe(rest) && !strpbrk(rest, "@$ ") ? g_strdup(rest) : NULL;
}

static void add_word(GString *words, const char *word)
{
	g_string_append_printf(words, "%s%s", words->len ? " " : "", word);
}

static struct draft_pass *pass_new(void)
{
	struct draft_pass *pass = g_new0(struct draft_pass, 1);

	pass->arguments = g_string_new(NULL);
	pass->targets = g_string_new(NULL);
	pass->own = true;
	return pass;
}

/* One word of make's behind its name; FOLDER: that of -C, once it was said. */
static void take_word(struct draft *draft, struct draft_pass *pass, const char *word, char **folder)
{
	if (g_str_has_prefix(word, "-j") || g_str_equal(word, "-s") || g_str_equal(word, "--silent"))
		return;
	if (g_str_has_prefix(word, "M=") || g_str_has_prefix(word, "SUBDIRS=")) {
		pass->own = false;
		g_free(pass->directory);
		pass->directory = below_source(strchr(word, '=') + 1);
	} else if (g_str_has_prefix(word, "-C")) {
		g_free(*folder);
		*folder = g_strdup(word + 2);
	} else if (strchr(word, '=') && strchr(word, ' ') && recipe_argument_is_plain(word)) {
		g_autofree char *quoted = g_strdup_printf("'%s'", word);
		add_word(pass->arguments, quoted);
	} else if (!recipe_word_is_plain(word)) {
		g_ptr_array_add(draft->notes, g_strdup_printf("dkms.conf gives make \"%s\"", word));
	} else {
		add_word(strchr(word, '=') ? pass->arguments : pass->targets, word);
	}
}

/* "./configure --a --b": the recipe has a word for it. */
static bool take_configure(struct draft *draft, char **words)
{
	g_autoptr(GString) arguments = g_string_new(NULL);

	if (!*words || !g_str_has_suffix(*words, "configure"))
		return false;
	for (char **word = words + 1; *word; word++) {
		if (!recipe_word_is_plain(*word))
			return false;
		add_word(arguments, *word);
	}
	g_free(draft->configure);
	draft->configure = g_strdup(arguments->str);
	return true;
}

/* A simple command, a make or not: "KVER=1 make -C src modules". */
static void take_command(struct draft *draft, char **words)
{
	struct draft_pass *pass = pass_new();
	g_autofree char *folder = NULL;
	char **word = words;

	for (; *word && strchr(*word, '=') && draft_shell_is_letter(**word); word++)
		take_word(draft, pass, *word, &folder);
	if (!*word || !(g_str_equal(*word, "make") || g_str_equal(*word, "/usr/bin/make"))) {
		g_autofree char *line = g_strjoinv(" ", words);
		if (*line && !g_str_equal(line, "true") && !take_configure(draft, word))
			g_ptr_array_add(draft->notes, g_strdup_printf("dkms.conf also runs: %s", line));
		draft_pass_free(pass);
		return;
	}
	for (word++; *word; word++) {
		g_autofree char *joined = g_str_equal(*word, "-C") && word[1]
						  ? g_strconcat("-C", *++word, NULL)
						  : g_strdup(*word);
		take_word(draft, pass, joined, &folder);
	}
	if (pass->own)
		pass->directory = below_source(folder ? folder : ".");
	if (!pass->directory)
		pass->directory = g_strdup(".");
	if (!pass->own && g_str_equal(pass->targets->str, "modules"))
		g_string_truncate(pass->targets, 0);
	g_ptr_array_add(draft->passes, pass);
}

/* The simple commands of a MAKE line, by ';', '&&', '|', and parentheses around them. */
static void take_commands(struct draft *draft, const char *line)
{
	g_auto(GStrv) commands = g_regex_split_simple("[;&|()\\n]+", line, G_REGEX_RAW, 0);

	for (char **command = commands; *command; command++) {
		g_auto(GStrv) words = NULL;
		if (g_shell_parse_argv(*command, NULL, &words, NULL))
			take_command(draft, words);
		else if (*g_strstrip(*command))
			g_ptr_array_add(draft->notes, g_strdup_printf("dkms.conf also runs: %s", *command));
	}
}

/* ---- what the words say -------------------------------------------------------------------------- */

/* "^(x86_64|aarch64)$" and "x86_64": names; another expression is for a reader. */
static void take_architectures(struct draft *draft, const char *expression)
{
	g_autofree char *plain = g_strdup(expression);

	g_strdelimit(plain, "^$()|", ' ');
	g_strstrip(plain);
	if (g_regex_match_simple("^[a-z0-9_ ]+$", plain, G_REGEX_RAW, 0)) {
		g_free(draft->architectures);
		draft->architectures = g_steal_pointer(&plain);
	} else
		g_ptr_array_add(draft->notes,
				g_strdup_printf("dkms.conf is for architectures: %s", expression));
}

static void take_bound(struct draft *draft, const char *sign, const char *version)
{
	g_autofree char *before = draft->kernels;

	draft->kernels = g_strdup_printf("%s%s%s%s", before ? before : "", before ? "," : "", sign, version);
}

static void take_module(struct draft *draft, const struct draft_assignment *assignment)
{
	if (assignment->conditional)
		g_ptr_array_add(draft->notes,
				g_strdup_printf("dkms.conf has a module for some kernels only: %s",
						assignment->value));
	else if (recipe_word_is_plain(assignment->value))
		draft_add_once(draft->modules, assignment->value);
}

/* The first MAKE is what dkms runs; others are for kernels that MAKE_MATCH names, or of another branch. */
static void take_make(struct draft *draft, const char *line)
{
	if (draft->passes->len > 0)
		g_ptr_array_add(draft->notes, g_strdup_printf("dkms.conf has for other kernels: %s", line));
	else
		take_commands(draft, line);
}

static void take_assignment(struct draft *draft, const struct draft_assignment *assignment, const char *value)
{
	static const char *const left[] = {"PRE_BUILD",
					   "POST_BUILD",
					   "PRE_INSTALL",
					   "POST_INSTALL",
					   "POST_REMOVE",
					   "POST_ADD",
					   "BUILD_EXCLUSIVE_KERNEL",
					   "BUILD_EXCLUSIVE_CONFIG",
					   "BUILD_DEPENDS",
					   "MAKE_MATCH",
					   "DEST_MODULE_NAME",
					   "OBSOLETE_BY",
					   "NO_WEAK_MODULES",
					   NULL};
	const char *name = assignment->name;

	if (g_str_equal(name, "BUILT_MODULE_NAME"))
		take_module(draft, assignment);
	else if (g_str_equal(name, "BUILT_MODULE_LOCATION")) {
		g_autofree char *folder = below_source(value);
		draft_add_once(draft->directories, folder ? folder : "");
	} else if (g_str_equal(name, "MAKE"))
		take_make(draft, value);
	else if (g_str_equal(name, "PATCH")) {
		g_autofree char *file = g_strconcat("patches/", value, NULL);
		draft_add_once(draft->patches, file);
	} else if (g_str_equal(name, "BUILD_EXCLUSIVE_KERNEL_MIN"))
		take_bound(draft, ">=", value);
	else if (g_str_equal(name, "BUILD_EXCLUSIVE_KERNEL_MAX"))
		take_bound(draft, "<=", value);
	else if (g_str_equal(name, "BUILD_EXCLUSIVE_ARCH") && !assignment->conditional)
		take_architectures(draft, value);
	else if (g_str_equal(name, "PATCH_MATCH") || (g_strv_contains(left, name) && *value)) {
		g_auto(GStrv) words = NULL;
		if (!g_str_equal(name, "PRE_BUILD") || !g_shell_parse_argv(value, NULL, &words, NULL) ||
		    !take_configure(draft, words))
			g_ptr_array_add(draft->notes, g_strdup_printf("dkms.conf says %s=%s", name, value));
	}
}

/* A word, of which version_of() makes RPM's; not what a build puts in ("#VERSION#"). */
static bool is_version(const char *version)
{
	g_autofree char *word = g_strdelimit(g_strdup(version), "~^", '.');

	return *word && recipe_word_is_plain(word);
}

void draft_read_dkms(struct draft *draft, const char *text)
{
	g_autoptr(GPtrArray) assignments = draft_shell_read(text);
	const char *name = draft_shell_value(assignments, "PACKAGE_NAME");
	const char *version = draft_shell_value(assignments, "PACKAGE_VERSION");

	if (name && !draft->name && recipe_word_is_plain(name))
		draft->name = g_strdup(name);
	if (version && !draft->version && is_version(version))
		draft->version = g_strdup(version);
	for (guint i = 0; i < assignments->len; i++) {
		const struct draft_assignment *assignment = g_ptr_array_index(assignments, i);
		g_autofree char *value = in_our_words(assignment->value, name ? name : "",
						      version ? version : "");
		take_assignment(draft, assignment, value);
	}
	if (draft->modules->len == 0 && draft->name)
		draft_add_once(draft->modules, draft->name);
	if (draft->directories->len == 0)
		draft_add_once(draft->directories, ".");
}
