/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of PCI ids in C source. The text is cut into entries here; macros and conditions are the
 * preprocessor's: it is given the directives of the driver's files and the entries, and nothing else of them.
 */
#include "kmod/devices-internal.h"

#include <string.h>

enum { PREPROCESS_TIMEOUT_MS = 60 * 1000, ENTRIES_MAX = 1 << 16, FILES_MAX = 1 << 14, FOLDER_DEPTH_MAX = 16 };
static const char mark[] = "KSIG_ENTRY";

/* What include/linux/pci.h says of the usual words, where the source given has no such file. */
static const char usual_words[] =
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
	"#define IS_ENABLED(option) ((option + 0) || (option##_MODULE + 0))\n";

void ksig_kmod_device_free(struct ksig_device *device)
{
	if (!device)
		return;
	g_free(device->alias);
	g_free(device->place);
	g_free(device->table);
	g_free(device->entry);
	g_free(device);
}

static void free_table(gpointer data)
{
	struct device_table *table = data;

	g_free(table->name);
	g_ptr_array_unref(table->devices);
	g_free(table);
}

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

/* Adds the definitions and conditions of TEXT to OUT, and what closes conditions that are still open. */
static void add_directives(GString *out, const char *text)
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

typedef void file_fn(const char *path, const char *relative, void *data);

static void each_file(const char *folder, const char *relative, int depth, file_fn *see, void *data)
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

static void add_header(const char *path, const char *relative, void *data)
{
	g_autofree char *text = g_str_has_suffix(relative, ".h")
					? ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL)
					: NULL;
	g_autofree char *plain = text ? ksig_c_without_comments(text) : NULL;

	if (plain)
		add_directives(data, plain);
}

char *device_definitions(const char *folder, const ksig_recipe *recipe, const char *settings, GError **error)
{
	g_autofree char *ids = g_build_filename(folder, "include/linux/pci_ids.h", NULL);
	GString *out = g_string_new(usual_words);

	if (!g_file_test(ids, G_FILE_TEST_EXISTS)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not there; a kernel's source is expected", ids);
		g_string_free(out, TRUE);
		return NULL;
	}
	g_string_append(out, settings);
	add_header(ids, ids, out);
	for (char **path = recipe->source_paths; *path; path++)
		each_file(folder, *path, 0, add_header, out);
	return g_string_free(out, FALSE);
}

static char *source_text(const char *path, const char *relative)
{
	return g_str_has_suffix(relative, ".c") || g_str_has_suffix(relative, ".h")
		       ? ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL)
		       : NULL;
}

static void add_if_table(const char *path, const char *relative, void *data)
{
	g_autofree char *text = source_text(path, relative);

	if (text && strstr(text, "pci_device_id"))
		g_ptr_array_add(data, g_strdup(relative));
}

GPtrArray *device_files(const char *folder, const ksig_recipe *recipe)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);

	for (char **path = recipe->source_paths; *path; path++)
		each_file(folder, *path, 0, add_if_table, files);
	return files;
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

	for (char **path = recipe->source_paths; *path; path++)
		each_file(folder, *path, 0, add_source, files);
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

	for (char **path = recipe->source_paths; *path; path++)
		each_file(folder, *path, 0, add_names, &names);
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

char *device_settings(const char *configuration, const ksig_recipe *recipe)
{
	g_auto(GStrv) lines = g_strsplit(configuration ? configuration : "", "\n", -1);
	GString *out = g_string_new(NULL);

	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, "CONFIG_"))
			add_setting(out, g_strchomp(*line));
	for (guint i = 0; recipe && i < recipe->options->len; i++)
		add_setting(out, g_ptr_array_index(recipe->options, i));
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

	for (char **path = recipe->source_paths; *path; path++)
		each_file(folder, *path, 0, add_config_words, words);
	g_hash_table_iter_init(&iterator, words);
	while (g_hash_table_iter_next(&iterator, &word, NULL))
		g_string_append_printf(out, "#define %s 1\n", (char *) word);
	return g_string_free(out, FALSE);
}

/* ---- tables -------------------------------------------------------------------------------------- */

/* The brace that closes the one before OPEN; NULL: none. */
static const char *closing_brace(const char *open)
{
	int depth = 1;

	for (const char *at = open; *at; at++) {
		depth += *at == '{';
		depth -= *at == '}';
		if (depth == 0)
			return at;
	}
	return NULL;
}

/* Where the entry that starts at AT ends: at its comma, or at the end of the table. */
static const char *entry_end(const char *at, const char *end)
{
	int depth = 0;

	for (; at < end; at++) {
		depth += *at == '(' || *at == '{';
		depth -= *at == ')' || *at == '}';
		if (*at == ',' && depth == 0)
			return at;
	}
	return end;
}

struct reading {
	const char *file;
	const char *text;
	struct device_table *table;
	GString *input;    /* of the preprocessor */
	GPtrArray *starts; /* offsets of entries, as pointers */
};

static void add_entry(struct reading *reading, const char *start, const char *end)
{
	struct ksig_device *device = g_new0(struct ksig_device, 1);
	g_autofree char *line = g_strndup(start, (gsize) (end - start));

	device->place = g_strdup(reading->file);
	device->table = g_strdup(reading->table->name);
	g_strdelimit(line, "\n\\", ' ');
	device->entry = g_strdup(g_strstrip(line));
	g_string_append_printf(reading->input, "%s %u %s\n", mark, reading->table->devices->len,
			       device->entry);
	g_ptr_array_add(reading->table->devices, device);
	g_ptr_array_add(reading->starts, GSIZE_TO_POINTER((gsize) (start - reading->text)));
}

static void cut_entries(struct reading *reading)
{
	const char *at = reading->text + reading->table->body, *end = reading->text + reading->table->end;

	while (at < end && reading->table->devices->len < ENTRIES_MAX) {
		at += strspn(at, " \t\n,");
		if (at >= end)
			break;
		if (*at == '#') {
			const char *line = strchr(at, '\n');
			const char *stop = line && line < end ? line : end;
			g_string_append_printf(reading->input, "%.*s\n", (int) (stop - at), at);
			at = stop;
			continue;
		}
		/* A directive inside an entry ends it: such an entry is unclear, and said to be. */
		const char *stop = entry_end(at, end);
		add_entry(reading, at, stop);
		at = stop;
	}
}

static GString *preprocess(const GString *input, GError **error)
{
	static const char *const argv[] = {"cc", "-E", "-P", "-undef", "-nostdinc",
					   "-w", "-x", "c",  "-",      NULL};
	const struct ksig_process_options options = {
		.input = input->str, .input_length_bytes = input->len, .timeout_ms = PREPROCESS_TIMEOUT_MS};
	GString *output = NULL;
	int status = 0;

	/* A condition that cannot be read is an error of one line; the others are there all the same. */
	return ksig_process_run(argv, &options, &status, &output, error) ? output : NULL;
}

/* "KSIG_ENTRY 12 .vendor = …": what the preprocessor left of entry 12. Entries that it left out stay unclear.
 */
static void take_line(struct reading *reading, const char *line, GPtrArray *active)
{
	char *rest = NULL;
	const char *number = line + strlen(mark);
	const guint64 index = g_ascii_strtoull(number, &rest, 10);
	bool is_end = false;

	if (rest == number || index >= reading->table->devices->len)
		return;
	struct ksig_device *device = g_ptr_array_index(reading->table->devices, index);
	device->alias = device_alias(rest, &is_end);
	if (is_end)
		reading->table->last = GPOINTER_TO_SIZE(reading->starts->pdata[index]);
	else
		g_ptr_array_add(active, device);
}

static bool expand(struct reading *reading, GError **error)
{
	g_autoptr(GString) output = preprocess(reading->input, error);
	g_autoptr(GPtrArray) active = g_ptr_array_new();

	if (!output)
		return false;
	g_auto(GStrv) lines = g_strsplit(output->str, "\n", -1);
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, mark))
			take_line(reading, *line, active);
	for (guint i = reading->table->devices->len; i > 0; i--)
		if (!g_ptr_array_find(active, g_ptr_array_index(reading->table->devices, i - 1), NULL))
			g_ptr_array_remove_index(reading->table->devices, i - 1);
	return true;
}

static struct device_table *read_table(const char *file, const char *text, const char *definitions,
				       const char *name, size_t body, size_t end, GError **error)
{
	struct device_table *table = g_new0(struct device_table, 1);
	g_autofree char *before = g_strndup(text, body);
	g_autoptr(GString) input = g_string_new(definitions);
	g_autoptr(GPtrArray) starts = g_ptr_array_new();
	struct reading reading = {
		.file = file, .text = text, .table = table, .input = input, .starts = starts};

	table->name = g_strdup(name);
	table->body = body;
	table->end = table->last = end;
	table->devices = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_device_free);
	add_directives(input, before);
	cut_entries(&reading);
	if (expand(&reading, error))
		return table;
	free_table(table);
	return NULL;
}

GPtrArray *device_tables_parse(const char *file, const char *text, const char *definitions,
			       const device_names *names, GError **error)
{
	g_autoptr(GRegex) head = g_regex_new("pci_device_id\\s+(\\w+)\\s*\\[[^\\]]*\\]\\s*[\\w\\s]*=\\s*\\{",
					     0, 0, NULL);
	g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func(free_table);
	g_autofree char *plain = ksig_c_without_comments(text);
	g_autoptr(GMatchInfo) match = NULL;

	/* Bytes, not letters: a source may be of any encoding. */
	g_autofree char *ascii = g_strdup(plain);
	for (char *at = ascii; *at; at++)
		*at = *at & 0x80 ? '?' : *at;
	for (g_regex_match(head, ascii, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *name = g_match_info_fetch(match, 1);
		int start = 0, body = 0;
		g_match_info_fetch_pos(match, 0, &start, &body);
		const char *end = closing_brace(ascii + body);
		if (!end || !(g_hash_table_contains(names->exported, name) ||
			      g_hash_table_contains(names->disabled, name)))
			continue;
		struct device_table *table = read_table(file, ascii, definitions, name, (size_t) body,
							(size_t) (end - ascii), error);
		if (!table)
			return NULL;
		g_ptr_array_add(tables, table);
	}
	return g_steal_pointer(&tables);
}

GPtrArray *device_tables_read(const char *folder, const char *file, const char *definitions,
			      const device_names *names, GError **error)
{
	g_autofree char *path = g_build_filename(folder, file, NULL);
	g_autofree char *text = ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, error);

	return text ? device_tables_parse(file, text, definitions, names, error) : NULL;
}
