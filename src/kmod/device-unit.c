/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A driver's .c files as the compiler sees them: with the headers that they include put in place, macros
 * expanded, conditions decided. The preprocessor works on copies that include each other and nothing else: a
 * header that is not among the recipe's files leaves a word where it would be, which makes unclear what it
 * stands in.
 */
#include "kmod/device-unit-internal.h"
#include "kmod/device-enumerators-internal.h"
#include "kmod/device-include-internal.h"
#include "kmod/device-owner-internal.h"
#include "kmod/device-preprocess-internal.h"
#include "kmod/device-source-internal.h"
#include "kmod/devices-internal.h"

#include <string.h>

enum { UNIT_FILES_MAX = 1 << 14, UNIT_DEPTH_MAX = 64 };

/* A file of the driver, read when something includes it. */
struct unit_file {
	char *name;
	unsigned number;
	char *text;          /* for the preprocessor, with its includes by number */
	GPtrArray *includes; /* struct unit_file, borrowed */
	GPtrArray *missing;  /* char *, what it includes by "" and is not there */
	bool has_table;      /* itself */
	bool is_inner;       /* another file includes it */
	bool is_written;
	unsigned visited;       /* in which walk */
	struct unit_file *root; /* the first root that is made of it; NULL: none */
	char *enumerators;      /* of all that it includes, as directives; NULL: not asked for yet */
};

struct device_units {
	char *folder;
	const ksig_recipe *recipe;
	ksig_scratch *scratch;
	GHashTable *known;  /* paths below FOLDER, and what stands behind the last '/': GPtrArray of paths */
	GHashTable *files;  /* path -> struct unit_file */
	GPtrArray *roots;   /* char *, of FILES: the .c files that reach a table */
	GPtrArray *parts;   /* char *, of FILES: what roots are made of */
	GHashTable *others; /* device_units_others() */
	unsigned walks;
	unsigned copies; /* written so far, or numbers that files have */
};

static void free_file(gpointer data)
{
	struct unit_file *file = data;

	g_free(file->name);
	g_free(file->text);
	g_free(file->enumerators);
	g_ptr_array_unref(file->includes);
	g_ptr_array_unref(file->missing);
	g_free(file);
}

static void add_known(const char *path, const char *relative, void *data)
{
	device_units *units = data;
	g_autofree char *base = g_path_get_basename(relative);
	GPtrArray *same = g_hash_table_lookup(units->known, base);

	(void) path;
	if (!same) {
		same = g_ptr_array_new_with_free_func(g_free);
		g_hash_table_insert(units->known, g_steal_pointer(&base), same);
	}
	g_ptr_array_add(same, g_strdup(relative));
}

/*
 * The driver's file that "NAME" means in FROM: the one beside it, else the first whose path ends so (the
 * makefile's -I is not read). NULL: none.
 */
static const char *resolve(const device_units *units, const char *from, const char *name)
{
	g_autofree char *folder = g_path_get_dirname(from), *base = g_path_get_basename(name);
	g_autofree char *joined = g_strdup_printf("%s/%s", folder, name);
	g_autofree char *beside = device_include_path(joined);
	const GPtrArray *same = g_hash_table_lookup(units->known, base);
	const char *tail = name;

	while (g_str_has_prefix(tail, "../") || g_str_has_prefix(tail, "./"))
		tail += strcspn(tail, "/") + 1;
	g_autofree char *end = g_strconcat("/", tail, NULL);
	for (guint i = 0; beside && same && i < same->len; i++)
		if (g_str_equal(same->pdata[i], beside))
			return same->pdata[i];
	for (guint i = 0; same && i < same->len; i++)
		if (g_str_has_suffix(same->pdata[i], end))
			return same->pdata[i];
	return NULL;
}

static struct unit_file *get_file(device_units *units, const char *relative, int depth);

static void add_include(device_units *units, struct unit_file *file, const char *relative, const char *name,
			bool is_quoted, GString *out, int depth)
{
	const char *path = *name ? resolve(units, relative, name) : NULL;
	struct unit_file *inner = path ? get_file(units, path, depth + 1) : NULL;

	if (inner) {
		inner->is_inner = true;
		g_ptr_array_add(file->includes, inner);
		g_string_append_printf(out, "#include \"" DEVICE_COPY_FORMAT "\"\n", inner->number);
		return;
	}
	g_string_append(out, DEVICE_ABSENT "\n");
	if (is_quoted || !*name)
		g_ptr_array_add(file->missing, g_strdup(*name ? name : "a file that a macro names"));
}

static void take_lines(device_units *units, struct unit_file *file, const char *relative, const char *text,
		       int depth)
{
	g_autofree char *spliced = device_without_splices(text);
	g_autofree char *plain = ksig_c_without_comments(spliced);
	g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
	g_autoptr(GString) out = g_string_new(NULL);

	for (char **line = lines; *line; line++) {
		bool is_quoted = false;
		g_autofree char *name = device_included(*line, &is_quoted);
		if (name)
			add_include(units, file, relative, name, is_quoted, out, depth);
		else if ((*line)[strspn(*line, " \t")] != '#' || device_is_directive(*line))
			g_string_append_printf(out, "%s\n", *line);
	}
	file->text = g_strdup(out->str);
}

static struct unit_file *get_file(device_units *units, const char *relative, int depth)
{
	struct unit_file *file = g_hash_table_lookup(units->files, relative);
	g_autofree char *path = g_build_filename(units->folder, relative, NULL);

	if (file || depth > UNIT_DEPTH_MAX || g_hash_table_size(units->files) >= UNIT_FILES_MAX)
		return file;
	g_autofree char *text = ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL);
	if (!text)
		return NULL;
	file = g_new0(struct unit_file, 1);
	file->name = g_strdup(relative);
	file->number = units->copies++;
	file->includes = g_ptr_array_new();
	file->missing = g_ptr_array_new_with_free_func(g_free);
	file->has_table = strstr(text, "MODULE_DEVICE_TABLE") || strstr(text, "pci_hw_disabled") ||
			  strstr(text, "pci_driver");
	g_hash_table_insert(units->files, g_strdup(relative), file);
	take_lines(units, file, relative, text, depth);
	return file;
}

/* Calls SEE for FILE and each file that it includes, once; ends where it says so. */
static bool walk(device_units *units, struct unit_file *file,
		 bool (*see)(device_units *, struct unit_file *, void *), void *data)
{
	if (file->visited == units->walks)
		return false;
	file->visited = units->walks;
	if (see(units, file, data))
		return true;
	for (guint i = 0; i < file->includes->len; i++)
		if (walk(units, file->includes->pdata[i], see, data))
			return true;
	return false;
}

static bool has_table(device_units *units, struct unit_file *file, void *data)
{
	(void) units;
	(void) data;
	return file->has_table;
}

static bool claim(device_units *units, struct unit_file *file, void *root)
{
	if (!file->root)
		g_ptr_array_add(units->parts, file->name);
	file->root = file->root ? file->root : root;
	return false;
}

static void add_root(device_units *units, struct unit_file *file)
{
	g_ptr_array_add(units->roots, file->name);
	units->walks++;
	walk(units, file, claim, file);
}

/* A .c file that is compiled by itself, for the recipe, and reaches a table. */
static bool is_root(device_units *units, struct unit_file *file)
{
	if (!g_str_has_suffix(file->name, ".c") ||
	    (file->is_inner && device_is_not_compiled(units->folder, file->name)))
		return false;
	units->walks++;
	return walk(units, file, has_table, NULL) &&
	       !device_is_of_another_module(units->folder, units->recipe, file->name);
}

device_units *device_units_open(const char *folder, const ksig_recipe *recipe, GError **error)
{
	device_units *units = g_new0(device_units, 1);
	g_autoptr(GPtrArray) sources = device_sources(folder, recipe);

	units->folder = g_strdup(folder);
	units->recipe = recipe;
	units->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					     (GDestroyNotify) g_ptr_array_unref);
	units->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_file);
	units->roots = g_ptr_array_new();
	units->parts = g_ptr_array_new();
	units->others = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	units->scratch = ksig_directory_temporary(NULL, "ksig-devices", error);
	if (!units->scratch) {
		device_units_free(units);
		return NULL;
	}
	device_each_file(folder, recipe, add_known, units);
	for (guint i = 0; i < sources->len; i++)
		if (g_str_has_suffix(sources->pdata[i], ".c"))
			get_file(units, sources->pdata[i], 0);
	for (guint i = 0; i < sources->len; i++) {
		struct unit_file *file = g_hash_table_lookup(units->files, sources->pdata[i]);
		if (file && is_root(units, file))
			add_root(units, file);
	}
	return units;
}

void device_units_free(device_units *units)
{
	if (!units)
		return;
	g_clear_pointer(&units->scratch, ksig_scratch_free);
	g_hash_table_unref(units->known);
	g_hash_table_unref(units->files);
	g_ptr_array_unref(units->roots);
	g_ptr_array_unref(units->parts);
	g_hash_table_unref(units->others);
	g_free(units->folder);
	g_free(units);
}

const char *device_units_folder(const device_units *units)
{
	return units->folder;
}

const char *device_units_copies(const device_units *units)
{
	return units->scratch;
}

const ksig_recipe *device_units_recipe(const device_units *units)
{
	return units->recipe;
}

const GPtrArray *device_units_roots(const device_units *units)
{
	return units->roots;
}

const GPtrArray *device_units_parts(const device_units *units)
{
	return units->parts;
}

GHashTable *device_units_others(const device_units *units)
{
	return units->others;
}

static bool write_copy(device_units *units, struct unit_file *file, void *data)
{
	g_autofree char *name = g_strdup_printf(DEVICE_COPY_FORMAT, file->number);
	g_autofree char *path = g_build_filename(units->scratch, name, NULL);
	g_autofree char *text = file->is_written ? NULL : device_harmless(file->text);

	if (text && !ksig_file_write_scratch(path, text, -1, data))
		return true;
	file->is_written = true;
	return false;
}

char *device_units_copy(device_units *units, const char *text, GError **error)
{
	g_autofree char *name = g_strdup_printf(DEVICE_COPY_FORMAT, units->copies++);
	g_autofree char *path = g_build_filename(units->scratch, name, NULL);
	g_autofree char *harmless = device_harmless(text);

	return ksig_file_write_scratch(path, harmless, -1, error) ? g_strdup_printf("#include \"%s\"\n", name)
								  : NULL;
}

/* The directives of FILE, those of what it includes before them; of EXCEPT none. */
static void add_directives(device_units *units, const struct unit_file *except, struct unit_file *file,
			   GString *out)
{
	if (file->visited == units->walks)
		return;
	file->visited = units->walks;
	for (guint i = 0; i < file->includes->len; i++)
		add_directives(units, except, file->includes->pdata[i], out);
	if (file != except)
		device_add_directives(out, file->text);
}

static bool read_enumerators(device_units *units, struct unit_file *file, void *data)
{
	(void) units;
	device_enumerators_read(data, file->text);
	return false;
}

static const char *enumerators_of(device_units *units, struct unit_file *root)
{
	if (root->enumerators)
		return root->enumerators;
	g_autoptr(GHashTable) enumerators = device_enumerators_new();
	GString *out = g_string_new(NULL);
	units->walks++;
	walk(units, root, read_enumerators, enumerators);
	device_enumerators_write(enumerators, out);
	return root->enumerators = g_string_free(out, FALSE);
}

char *device_units_around(device_units *units, const char *path, GError **error)
{
	struct unit_file *file = g_hash_table_lookup(units->files, path);
	g_autoptr(GString) out = g_string_new(NULL);

	if (file && file->root) {
		g_string_append(out, enumerators_of(units, file->root));
		units->walks++;
		add_directives(units, file, file->root, out);
	}
	return device_units_copy(units, out->str, error);
}

GString *device_units_expand(device_units *units, const char *root, const char *definitions, GError **error)
{
	struct unit_file *file = g_hash_table_lookup(units->files, root);
	g_autoptr(GString) input = g_string_new(definitions);
	GError *reason = NULL;

	units->walks++;
	walk(units, file, write_copy, &reason);
	if (reason) {
		g_propagate_error(error, reason);
		return NULL;
	}
	g_string_append(input, enumerators_of(units, file));
	g_string_append_printf(input, "\n#include \"" DEVICE_COPY_FORMAT "\"\n", file->number);
	return device_preprocess(input, units->scratch, error);
}

static bool add_missing(device_units *units, struct unit_file *file, void *data)
{
	(void) units;
	for (guint i = 0; i < file->missing->len; i++)
		if (!g_ptr_array_find_with_equal_func(data, file->missing->pdata[i], g_str_equal, NULL))
			g_ptr_array_add(data, g_strdup(file->missing->pdata[i]));
	return false;
}

char *device_units_missing(device_units *units, const char *root)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	units->walks++;
	walk(units, g_hash_table_lookup(units->files, root), add_missing, names);
	if (names->len == 0)
		return NULL;
	g_ptr_array_add(names, NULL);
	return g_strjoinv(" ", (char **) names->pdata);
}
