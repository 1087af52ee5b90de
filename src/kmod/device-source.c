/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A driver's source, as tables of ids are looked for in it: its files, the names of its tables, what the
 * preprocessor has to know before them.
 */
#include "kmod/device-source-internal.h"
#include "kmod/device-release-internal.h"
#include "kmod/devices-internal.h"

#include <string.h>

enum { FILES_MAX = 1 << 14, FOLDER_DEPTH_MAX = 16 };

/* What kbuild defines for modules, and what include/linux/pci.h says of the usual words, where the source
 * given has no such file. */
static const char usual_words[] =
	"#define MODULE 1\n"
	"#define __KERNEL__ 1\n"
	"#define PCI_ANY_ID (~0)\n"
	"#define PCI_DEVICE(v, d) .vendor = (v), .device = (d), .subvendor = PCI_ANY_ID, .subdevice = "
	"PCI_ANY_ID\n"
	"#define PCI_DEVICE_SUB(v, d, sv, sd) .vendor = (v), .device = (d), .subvendor = (sv), .subdevice = "
	"(sd)\n"
	"#define PCI_DEVICE_CLASS(c, m) .class = (c), .class_mask = (m), .vendor = PCI_ANY_ID, .device = "
	"PCI_ANY_ID, .subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID\n"
	"#define PCI_VDEVICE(v, d) PCI_DEVICE(PCI_VENDOR_ID_##v, d), 0, 0\n"
	"#define PCI_VDEVICE_SUB(v, d, sv, sd) PCI_DEVICE_SUB(PCI_VENDOR_ID_##v, d, sv, sd), 0, 0\n"
	"#define PCI_DEVICE_DATA(v, d, data) PCI_DEVICE(PCI_VENDOR_ID_##v, PCI_DEVICE_ID_##v##_##d), 0, 0, "
	".driver_data = (data)\n"
	"#define DEFINE_PCI_DEVICE_TABLE(name) const struct pci_device_id name[]\n"
	"#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))\n"
	"#define RHEL_RELEASE_VERSION(a, b) (((a) << 8) + (b))\n"
	"#define IS_ENABLED(option) ((option + 0) || (option##_MODULE + 0))\n";

/* ---- directives ---------------------------------------------------------------------------------- */

static bool is_directive(const char *line, const char *const *names)
{
	const char *name = line + strspn(line, " \t");

	if (*name != '#')
		return false;
	name += 1 + strspn(name + 1, " \t");
	for (; *names; names++)
		if (g_str_has_prefix(name, *names))
			return true;
	return false;
}

bool device_is_directive(const char *line)
{
	static const char *const wanted[] = {"define", "undef", "if", "el", "endif", "pragma once", NULL};

	return is_directive(line, wanted);
}

/* Adds the definitions and conditions of TEXT to OUT, and what closes conditions that are still open. */
void device_add_directives(GString *out, const char *text)
{
	static const char *const wanted[] = {"define", "undef", "if", "el", "endif", NULL};
	static const char *const opens[] = {"if", NULL}, *const closes[] = {"endif", NULL};
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	int depth = 0;

	for (char **line = lines; *line; line++) {
		if (!is_directive(*line, wanted))
			continue;
		if (depth == 0 && is_directive(*line, closes))
			continue;
		depth += is_directive(*line, opens) ? 1 : is_directive(*line, closes) ? -1 : 0;
		g_string_append_printf(out, "%s\n", *line);
		for (; g_str_has_suffix(*line, "\\") && line[1]; line++)
			g_string_append_printf(out, "%s\n", line[1]);
	}
	g_string_append_c(out, '\n');
	for (; depth > 0; depth--)
		g_string_append(out, "#endif\n");
}

/* ---- files --------------------------------------------------------------------------------------- */

static void each_file(const char *folder, const char *relative, int depth, device_file_fn *see, void *data)
{
	g_autofree char *path = g_build_filename(folder, relative, NULL);
	g_autoptr(GDir) listing = g_dir_open(path, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	if (!listing && g_file_test(path, G_FILE_TEST_IS_REGULAR))
		see(path, relative, data);
	while (listing && names->len < FILES_MAX && (name = g_dir_read_name(listing)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, ksig_by_string);
	for (guint i = 0; i < names->len && depth < FOLDER_DEPTH_MAX; i++) {
		g_autofree char *inner = g_build_filename(relative, names->pdata[i], NULL);
		g_autofree char *full = g_build_filename(folder, inner, NULL);
		if (!g_file_test(full, G_FILE_TEST_IS_SYMLINK))
			each_file(folder, inner, depth + 1, see, data);
	}
}

void device_each_file(const char *folder, const ksig_recipe *recipe, device_file_fn *see, void *data)
{
	for (char **path = recipe->source_paths; *path; path++)
		each_file(folder, *path, 0, see, data);
}

static void add_header(const char *path, const char *relative, void *data)
{
	g_autofree char *text = g_str_has_suffix(relative, ".h")
					? ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL)
					: NULL;
	g_autofree char *plain = text ? ksig_c_without_comments(text) : NULL;

	if (plain)
		device_add_directives(data, plain);
}

char *device_base_definitions(const char *folder, const char *settings, GError **error)
{
	g_autofree char *ids = g_build_filename(folder, "include/linux/pci_ids.h", NULL);
	g_autofree char *version = device_version_words(folder);
	GString *out = g_string_new(usual_words);

	if (!g_file_test(ids, G_FILE_TEST_EXISTS)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not there; a kernel's source is expected", ids);
		g_string_free(out, TRUE);
		return NULL;
	}
	g_string_append(out, version);
	g_string_append(out, settings);
	add_header(ids, ids, out);
	return g_string_free(out, FALSE);
}

static char *source_text(const char *path, const char *relative)
{
	return g_str_has_suffix(relative, ".c") || g_str_has_suffix(relative, ".h")
		       ? ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL)
		       : NULL;
}

static void add_source(const char *path, const char *relative, void *data)
{
	(void) path;
	if (g_str_has_suffix(relative, ".c") || g_str_has_suffix(relative, ".h"))
		g_ptr_array_add(data, g_strdup(relative));
}

GPtrArray *device_sources(const char *folder, const ksig_recipe *recipe)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);

	device_each_file(folder, recipe, add_source, files);
	return files;
}

/* Adds to NAMES each first group of PATTERN in TEXT. */
static void add_matches(GHashTable *names, const char *text, const char *pattern)
{
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL))
		g_hash_table_add(names, g_match_info_fetch(match, 1));
}

static void add_names(const char *path, const char *relative, void *data)
{
	device_names *names = data;
	g_autofree char *text = source_text(path, relative);
	g_autofree char *plain = text ? ksig_c_without_comments(text) : NULL;

	if (!plain)
		return;
	add_matches(names->exported, plain, "MODULE_DEVICE_TABLE\\s*\\(\\s*pci\\s*,\\s*(\\w+)\\s*\\)");
	add_matches(names->disabled, plain, "pci_hw_disabled\\s*\\(\\s*(\\w+)\\s*,");
}

device_names device_names_read(const char *folder, const ksig_recipe *recipe)
{
	device_names names = {.exported = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
			      .disabled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};

	device_each_file(folder, recipe, add_names, &names);
	g_hash_table_add(names.disabled, g_strdup(device_central_table));
	return names;
}

void device_names_clear(device_names *names)
{
	g_clear_pointer(&names->exported, g_hash_table_unref);
	g_clear_pointer(&names->disabled, g_hash_table_unref);
}

/* ---- settings ------------------------------------------------------------------------------------ */

static void add_setting(GString *out, const char *line)
{
	g_auto(GStrv) pair = g_strsplit(line, "=", 2);

	if (g_strv_length(pair) != 2)
		return;
	g_string_append_printf(out, "#undef %s\n#undef %s_MODULE\n", pair[0], pair[0]);
	if (g_str_equal(pair[1], "m"))
		g_string_append_printf(out, "#define %s_MODULE 1\n", pair[0]);
	else if (!g_str_equal(pair[1], "n"))
		g_string_append_printf(out, "#define %s %s\n", pair[0],
				       g_str_equal(pair[1], "y") ? "1" : pair[1]);
}

char *device_settings(const char *configuration, const ksig_recipe *recipe, const char *release)
{
	g_auto(GStrv) lines = g_strsplit(configuration ? configuration : "", "\n", -1);
	GString *out = g_string_new(NULL);

	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, "CONFIG_"))
			add_setting(out, g_strchomp(*line));
	for (guint i = 0; recipe && i < recipe->options->len; i++) {
		const struct ksig_recipe_option *option = g_ptr_array_index(recipe->options, i);
		if (ksig_kmod_recipe_option_is_for(option, release))
			add_setting(out, option->setting);
	}
	return g_string_free(out, FALSE);
}

static void add_config_words(const char *path, const char *relative, void *data)
{
	g_autofree char *text = source_text(path, relative);

	if (text)
		add_matches(data, text, "\\b(CONFIG_\\w+)");
}

char *device_settings_all(const char *folder, const ksig_recipe *recipe)
{
	g_autoptr(GHashTable) words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GString *out = g_string_new(NULL);
	GHashTableIter iterator;
	gpointer word;

	device_each_file(folder, recipe, add_config_words, words);
	g_hash_table_iter_init(&iterator, words);
	while (g_hash_table_iter_next(&iterator, &word, NULL))
		g_string_append_printf(out, "#define %s 1\n", (char *) word);
	return g_string_free(out, FALSE);
}
