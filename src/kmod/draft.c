/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recipe read off a source. Files are read as text: no make, no shell and no macro of a spec runs. A word
 * that a recipe could not hold is left out.
 */
#include "kmod/draft-internal.h"
#include "kmod/draft-data-internal.h"
#include "kmod/draft-dkms-internal.h"
#include "kmod/draft-spec-internal.h"
#include "kmod/recipe-check-internal.h"
#include "kmod/source-tree-internal.h"

#include <errno.h>
#include <string.h>

enum { FILE_LIMIT_BYTES = 4 << 20, DEPTH_MAX = 6, FILES_MAX = 20000, TAR_TIMEOUT_MS = 10 * 60 * 1000 };

/* Sets *FIELD to the first group of PATTERN in TEXT if it has none yet. */
static void take(char **field, const char *text, const char *pattern)
{
	if (!*field)
		*field = draft_match(text, pattern);
}

/* ---- Kbuild files and C -------------------------------------------------------------------------- */

/* The packaging gives make OPTION=n. */
static bool is_switched_off(const struct draft *draft, const char *option)
{
	g_autofree char *off = g_strconcat(option, "=n", NULL);

	return draft->given &&
	       g_ptr_array_find_with_equal_func((GPtrArray *) draft->given, off, g_str_equal, NULL);
}

/* "obj-m := a.o b.o" and "obj-$(CONFIG_A) += a.o": modules; a folder ("core/") has a makefile of its own. */
static void read_kbuild(struct draft *draft, const char *text, const char *below)
{
	g_autoptr(GRegex)
		regex = g_regex_new("^[ \\t]*obj-(?:m|\\$[({](CONFIG_\\w+)[)}])[ \\t]*[:+]?=[ \\t]*(.*)$",
				    G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *option = g_match_info_fetch(match, 1), *list = g_match_info_fetch(match, 2);
		g_auto(GStrv) words = g_strsplit_set(list, " \t\\", -1);
		if (is_switched_off(draft, option))
			continue;
		for (char **word = words; *word; word++) {
			if (!g_regex_match_simple("^[A-Za-z0-9_-]+\\.o$", *word, G_REGEX_RAW, 0))
				continue;
			(*word)[strlen(*word) - strlen(".o")] = '\0';
			draft_add_once(draft->modules, *word);
			draft_add_once(draft->directories, *below ? below : ".");
			g_autofree char *set = *option ? g_strconcat(option, "=m", NULL) : g_strdup("");
			draft_add_once(draft->options, set);
		}
	}
}

/* MODULE_LICENSE()'s words as SPDX has them. */
static char *spdx_of(const char *license)
{
	static const char *const names[][2] = {{"GPL", "GPL-2.0-only"},
					       {"GPL v2", "GPL-2.0-only"},
					       {"Dual BSD/GPL", "GPL-2.0-only OR BSD-3-Clause"},
					       {"Dual MIT/GPL", "GPL-2.0-only OR MIT"},
					       {"Dual MPL/GPL", "GPL-2.0-only OR MPL-1.1"}};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_str_equal(license, names[i][0]))
			return g_strdup(names[i][1]);
	return NULL;
}

static void read_c(struct draft *draft, const char *text)
{
	g_autofree char *license = draft_match(text, "^MODULE_LICENSE\\(\"([^\"]+)\"\\)");

	if (license && !draft->license)
		draft->license = spdx_of(license);
	take(&draft->summary, text, "^MODULE_DESCRIPTION\\(\"([^\"%\\\\]+)\"\\)");
	take(&draft->version, text, "^MODULE_VERSION\\(\"([0-9][A-Za-z0-9._]*)\"\\)");
}

static void read_tree(struct draft *draft, const char *folder, const char *below, int depth)
{
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	const char *name;

	while (listing && (name = g_dir_read_name(listing)) && draft->files < FILES_MAX) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *inner = *below ? g_build_filename(below, name, NULL) : g_strdup(name);
		const bool kbuild = g_str_equal(name, "Makefile") || g_str_equal(name, "Kbuild");
		if (g_file_test(path, G_FILE_TEST_IS_SYMLINK) || name[0] == '.')
			continue;
		if (g_file_test(path, G_FILE_TEST_IS_DIR) && depth < DEPTH_MAX)
			read_tree(draft, path, inner, depth + 1);
		if (!kbuild && !g_str_has_suffix(name, ".c"))
			continue;
		g_autofree char *text = ksig_file_read(path, FILE_LIMIT_BYTES, NULL, NULL);
		draft->files++;
		if (text && kbuild)
			read_kbuild(draft, text, below);
		else if (text)
			read_c(draft, text);
	}
}

/* ---- the recipe ---------------------------------------------------------------------------------- */

static char *joined(const GPtrArray *words)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (guint i = 0; i < words->len; i++)
		g_string_append_printf(out, "%s%s", i ? " " : "", (const char *) words->pdata[i]);
	return g_strdup(out->str);
}

/* A version as RPM takes it: what comes before a release ("1.0-rc1") is older for it by '~'. */
static char *version_of(const struct draft *draft)
{
	g_autoptr(GRegex) before = g_regex_new("[-_](?=(rc|pre|alpha|beta)[0-9.]*$)", G_REGEX_RAW, 0, NULL);
	char *version = g_regex_replace_literal(
		before, draft->version && *draft->version ? draft->version : "0", -1, 0, "~", 0, NULL);

	return g_strcanon(version, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~^",
			  '_');
}

static void add_key(GString *out, const char *key, const char *value)
{
	if (value && *value)
		g_string_append_printf(out, "%s=%s\n", key, value);
}

static void write_pass(GString *out, const char *name, const struct draft_pass *pass)
{
	g_string_append_printf(out, "\n[pass %s]\ndirectory=%s\n", name, pass->directory);
	add_key(out, "make", pass->own ? "own" : NULL);
	add_key(out, "targets", pass->targets->str);
	add_key(out, "arguments", pass->arguments->str);
}

/* What the packaging says of make; otherwise kbuild builds each folder of modules. */
static void write_passes(GString *out, const struct draft *draft, const char *name)
{
	for (guint i = 0; i < draft->passes->len; i++) {
		g_autofree char *other = g_strdup_printf("%s-%u", name, i + 1);
		write_pass(out, i ? other : name, g_ptr_array_index(draft->passes, i));
	}
	for (guint i = 0; draft->passes->len == 0 && i < draft->directories->len; i++) {
		const char *directory = g_ptr_array_index(draft->directories, i);
		g_string_append_printf(out, "\n[pass %s]\ndirectory=%s\n", i ? directory : name, directory);
	}
}

/* Comments, each a line. */
static void write_notes(GString *out, const struct draft *draft)
{
	for (guint i = 0; i < draft->notes->len; i++) {
		g_autofree char *line = g_strdelimit(g_strdup(draft->notes->pdata[i]), "\n\r", ' ');
		g_autofree char *text = ksig_utf8(line, -1);
		g_string_append_printf(out, "# %s\n", text);
	}
	if (draft->notes->len > 0)
		g_string_append_c(out, '\n');
}

static char *write_recipe(const struct draft *draft, const char *name, const char *source)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *modules = joined(draft->modules), *version = version_of(draft);

	write_notes(out, draft);
	g_string_append_printf(out, "[module]\nname=%s\n", name);
	add_key(out, "summary", draft->summary ? draft->summary : name);
	add_key(out, "version", version);
	add_key(out, "license", draft->license ? draft->license : "NOASSERTION");
	add_key(out, "kernels", draft->kernels);
	add_key(out, "architectures", draft->architectures);
	add_key(out, "modules", modules);
	g_string_append_printf(out, "\n%s", source);
	if (draft->configure)
		g_string_append_printf(out, "\n[prepare]\nconfigure=%s\n", draft->configure);
	for (guint i = 0; i < draft->options->len; i++)
		g_string_append_printf(out, "%s%s\n", i ? "" : "\n[options]\n",
				       (char *) draft->options->pdata[i]);
	write_passes(out, draft, name);
	for (guint i = 0; i < draft->patches->len; i++) {
		const char *file = g_ptr_array_index(draft->patches, i);
		const guint strip = GPOINTER_TO_UINT(g_hash_table_lookup(draft->strips, file));
		g_string_append_printf(out, "\n[patch %u]\nfile=%s\n", i + 1, file);
		if (strip > 0)
			g_string_append_printf(out, "strip=%u\n", strip - 1);
	}
	return g_strdup(out->str);
}

/* A folder is known by its checksum, a tarball by its own. */
static char *source_group(const char *path, const char *url, GError **error)
{
	const bool folder = g_file_test(path, G_FILE_TEST_IS_DIR);
	g_autofree char *base = g_path_get_basename(path);
	g_autofree char *sum = folder ? ksig_kmod_source_tree_sum(path, NULL, error)
				      : ksig_file_sha256(path, error);

	return sum ? g_strdup_printf("[source]\nkind=tarball\nurl=%s\n%s=%s\n", url ? url : base,
				     folder ? "tree" : "sha256", sum)
		   : NULL;
}

static bool unpack(const char *tarball, const char *folder, GError **error)
{
	g_autofree char *into = g_strdup_printf("--directory=%s", folder),
			*file = g_strdup_printf("--file=%s", tarball);
	const char *const argv[] = {"tar", "--extract", "--strip-components=1", "--no-same-owner", into,
				    file,  NULL};
	const struct ksig_process_options options = {.timeout_ms = TAR_TIMEOUT_MS};

	g_autoptr(GError) reason = NULL;

	if (!g_file_test(tarball, G_FILE_TEST_EXISTS))
		return ksig_error_errno(error, ENOENT, "%s", tarball);
	if (ksig_process_run(argv, &options, NULL, NULL, &reason))
		return true;
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: a folder, a tarball, a dkms.conf or a spec is expected: %.*s", tarball,
			      (int) strcspn(reason->message, "\n"), reason->message);
}

static void prefer(GPtrArray **list, GPtrArray *other)
{
	if (other->len == 0)
		return;
	g_ptr_array_unref(*list);
	*list = g_ptr_array_ref(other);
}

static bool share(const GPtrArray *list, const GPtrArray *other)
{
	for (guint i = 0; i < other->len; i++)
		if (g_ptr_array_find_with_equal_func((GPtrArray *) list, other->pdata[i], g_str_equal, NULL))
			return true;
	return false;
}

/* Reads SOURCE, a folder or a tarball; a dkms.conf in it says more than its makefiles. */
static bool read_source(struct draft *draft, const char *source, GError **error)
{
	const bool is_folder = g_file_test(source, G_FILE_TEST_IS_DIR);
	g_autoptr(ksig_scratch) scratch = is_folder ? NULL
						    : ksig_directory_temporary(NULL, "ksig-draft", error);

	if (!is_folder && (!scratch || !unpack(source, scratch, error)))
		return false;
	const char *folder = is_folder ? source : scratch;
	g_autofree char *dkms = g_build_filename(folder, "dkms.conf", NULL);
	g_autofree char *text = ksig_file_read(dkms, FILE_LIMIT_BYTES, NULL, NULL);
	const bool from_spec = draft->modules->len > 0;
	if (text && draft->modules->len == 0)
		draft_read_dkms(draft, text);
	/* What was said before the makefiles are read stays: they may have more modules than are wanted. */
	g_autoptr(GPtrArray) modules = g_steal_pointer(&draft->modules);
	g_autoptr(GPtrArray) directories = g_steal_pointer(&draft->directories);
	g_autoptr(GPtrArray) options = g_steal_pointer(&draft->options);
	draft->modules = g_ptr_array_new_with_free_func(g_free);
	draft->directories = g_ptr_array_new_with_free_func(g_free);
	draft->options = g_ptr_array_new_with_free_func(g_free);
	draft->given = options;
	read_tree(draft, folder, "", 0);
	draft->given = NULL;
	/* A spec has the package's name, which need not be a module's. */
	if (!from_spec || draft->modules->len == 0 || share(draft->modules, modules))
		prefer(&draft->modules, modules);
	prefer(&draft->options, options);
	prefer(&draft->directories, directories);
	return true;
}

/* The tarball that SPEC names, beside it or in SOURCES beside its folder; NULL: not here. */
static char *tarball_of(const char *spec, const char *url)
{
	g_autofree char *folder = g_path_get_dirname(spec), *base = g_path_get_basename(url ? url : "-");
	const char *const places[] = {".", "../SOURCES"};

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		char *path = g_build_filename(folder, places[i], base, NULL);
		if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
			return path;
		g_free(path);
	}
	return NULL;
}

/* It has C files at its top. */
static bool has_code(const char *folder)
{
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	const char *name;

	while (listing && (name = g_dir_read_name(listing)))
		if (g_str_has_suffix(name, ".c"))
			return true;
	return false;
}

/* What the tarball of SPEC would unpack to, beside it (as packages are kept in git), or SPEC's own folder;
 * NULL: neither.
 */
static char *unpacked_of(const char *spec, const char *url)
{
	static const char *const ends[] = {".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst",
					   ".tgz",    ".tar",    ".zip"};
	g_autofree char *folder = g_path_get_dirname(spec), *base = g_path_get_basename(url ? url : "-");
	char *path;

	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		if (g_str_has_suffix(base, ends[i])) {
			base[strlen(base) - strlen(ends[i])] = '\0';
			break;
		}
	path = g_build_filename(folder, base, NULL);
	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		return path;
	g_free(path);
	return has_code(folder) ? g_steal_pointer(&folder) : NULL;
}

char *ksig_kmod_recipe_draft(const char *name, const char *from, GError **error)
{
	g_auto(draft_data) draft = {0};
	g_autofree char *source = g_strdup(from), *base = g_path_get_basename(from);
	const bool is_spec = g_str_has_suffix(base, ".spec"), is_dkms = g_str_equal(base, "dkms.conf");

	draft_init(&draft);
	if (!recipe_is_name(name)) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "\"%s\": a name of small letters, digits, '-' and '_' is expected", name);
		return NULL;
	}
	if (is_spec) {
		g_autofree char *text = ksig_file_read(from, FILE_LIMIT_BYTES, NULL, error);
		if (!text)
			return NULL;
		draft_read_spec(&draft, text);
		g_free(source);
		source = tarball_of(from, draft.url);
		if (!source)
			source = unpacked_of(from, draft.url);
		if (!source) {
			ksig_error_set(error, KSIG_ERROR_INPUT,
				       "%s: its Source0 %s is expected beside it, or unpacked", from,
				       draft.url ? draft.url : "(which only rpm could expand)");
			return NULL;
		}
	}
	if (is_dkms) {
		g_free(source);
		source = g_path_get_dirname(from);
	}
	if (!read_source(&draft, source, error))
		return NULL;
	if (draft.modules->len == 0) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no module in it: no obj-m, no dkms.conf", from);
		return NULL;
	}
	if (draft.directories->len == 0)
		draft_add_once(draft.directories, ".");
	g_autofree char *group = source_group(source, draft.url, error);
	return group ? write_recipe(&draft, name, group) : NULL;
}
