/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kmod why: types that changed between two kernel images (by BTF), the patches that changed them, and
 * the modules' symbols behind which they stand.
 */
#include "cli/cmd-kmod.h"
#include "history/history.h"

#include <string.h>

static char *from_path, *to_path, *kernel_name, *revisions, *format_name;
static gboolean all;

static const GOptionEntry entries[] = {
	{"from", 0, 0, G_OPTION_ARG_FILENAME, &from_path,
	 "the image of the kernel that the modules were built for", "IMAGE"},
	{"to", 0, 0, G_OPTION_ARG_FILENAME, &to_path, "the image of the kernel that refuses them", "IMAGE"},
	{"kernel", 'k', 0, G_OPTION_ARG_STRING, &kernel_name,
	 "what that kernel exports: a label, package, folder or symvers file", "KERNEL"},
	{"revisions", 0, 0, G_OPTION_ARG_STRING, &revisions,
	 "the two kernels' revisions in the workspace's breakdown: name the patches that changed the types",
	 "FROM..TO"},
	{"all", 0, 0, G_OPTION_ARG_NONE, &all, "with the types that only moved with what they contain", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text or json", "FORMAT"},
	{NULL},
};

/* "struct sock" -> the patches that changed it, a line each. */
static GHashTable *read_patches(const char *workspace, GError **error)
{
	g_auto(GStrv) ends = g_strsplit(revisions, "..", 2);
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(workspace, false, error);
	g_autoptr(ksig_store) store = catalog ? ksig_tree_store_open(workspace, error) : NULL;
	g_autoptr(GPtrArray)
		found = store ? ksig_history_type_patches(catalog, store, ends[0], ends[1], error) : NULL;

	if (!found)
		return NULL;
	GHashTable *patches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						    (GDestroyNotify) g_ptr_array_unref);
	for (guint i = 0; i < found->len; i++) {
		const struct ksig_type_patch *patch = g_ptr_array_index(found, i);
		GPtrArray *lines = g_hash_table_lookup(patches, patch->type);
		if (!lines) {
			lines = g_ptr_array_new_with_free_func(g_free);
			g_hash_table_insert(patches, g_strdup(patch->type), lines);
		}
		g_ptr_array_add(lines,
				g_strdup_printf("%" G_GINT64_FORMAT " %s %s %s (%s)", patch->patch_id,
						patch->revision, patch->upstream ? patch->upstream : "-",
						patch->subject, patch->path));
	}
	return patches;
}

static void print_changes(const ksig_type_difference *difference, GHashTable *patches)
{
	const GPtrArray *changes = ksig_elf_type_difference_changes(difference);
	guint roots = 0;

	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_type_change *change = g_ptr_array_index(changes, i);
		roots += change->root;
		if (!change->root && !all)
			continue;
		ksig_print(stdout, "%s\n", change->name);
		for (guint k = 0; k < change->changes->len; k++)
			ksig_print(stdout, "    %s\n", (const char *) g_ptr_array_index(change->changes, k));
		const GPtrArray *by = patches ? g_hash_table_lookup(patches, change->name) : NULL;
		for (guint k = 0; by && k < by->len; k++)
			ksig_print(stdout, "    by patch %s\n", (const char *) g_ptr_array_index(by, k));
	}
	ksig_print(stdout, "%u types changed, %u of them by their own members\n", changes->len, roots);
}

static bool print_modules(const char *workspace, int argc, char **argv, ksig_type_difference *difference,
			  GHashTable *patches, enum ksig_kmod_format format, GError **error)
{
	char *names[] = {kernel_name, NULL};
	g_autoptr(ksig_catalog) catalog = NULL;
	g_autoptr(GPtrArray) modules = ksig_command_kmod_modules(argc, argv, error);

	if (!modules)
		return false;
	g_autoptr(GPtrArray) kernels = ksig_command_kmod_kernels_named(workspace, names, &catalog, error);
	if (!kernels)
		return false;
	g_autoptr(GPtrArray) results = ksig_kmod_check(modules, g_ptr_array_index(kernels, 0), false);
	for (guint i = 0; i < results->len; i++) {
		g_autofree char *text = ksig_kmod_why(g_ptr_array_index(results, i), difference, patches,
						      format);
		if (format == KSIG_KMOD_JSON)
			fputs(text, stdout);
		else
			ksig_print(stdout, "%s", text);
	}
	return true;
}

int ksig_command_kmod_why(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_kmod_format format = KSIG_KMOD_TEXT;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "--from IMAGE --to IMAGE [-k KERNEL MODULE|DIR…]",
		    "Says why a kernel refuses modules: the types that changed behind their symbols, and "
		    "whether\n"
		    "a rebuild suffices. Without modules: the types that changed between the two kernels.",
		    error) ||
	    (format_name && !ksig_kmod_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (!from_path || !to_path || (argc > 1 && !kernel_name) || (revisions && !strstr(revisions, ".."))) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "--from and --to expected, --kernel with modules, and revisions as FROM..TO");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_types) from = ksig_elf_types_read(from_path, NULL, error);
	g_autoptr(ksig_types) to = from ? ksig_elf_types_read(to_path, NULL, error) : NULL;
	if (!to)
		return KSIG_ERROR_INPUT;
	g_autoptr(ksig_type_difference) difference = ksig_elf_type_difference_new(from, to);
	g_autoptr(GHashTable) patches = revisions ? read_patches(context->workspace, error) : NULL;
	if (revisions && !patches)
		return KSIG_ERROR_INPUT;
	if (argc > 1)
		return print_modules(context->workspace, argc, argv, difference, patches, format, error)
			       ? 0
			       : KSIG_ERROR_INPUT;
	print_changes(difference, patches);
	return 0;
}
