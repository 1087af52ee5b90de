/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kmod kernels: puts what kernels export into the catalog, and lists the kernels that are there. Reading
 * a --kernel argument of other commands is in kmod-arguments.c.
 */
#include "cli/cmd-kmod.h"

static char *stable, *types_path, *format_name;

static const GOptionEntry entries[] = {
	{"stable", 0, 0, G_OPTION_ARG_FILENAME, &stable,
	 "the kernels' list of stable symbols: Module.kabi_ARCH, or a stable list, or a folder, tarball or "
	 "package of them",
	 "FILE|DIR"},
	{"types", 0, 0, G_OPTION_ARG_FILENAME, &types_path,
	 "the kernel's image, for the types of its symbols", "FILE"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"kernel", 0},
					     {"flavour", 0},
					     {"architecture", 0},
					     {"symbols", KSIG_COLUMN_NUMBER},
					     {"set", KSIG_COLUMN_NUMBER},
					     {"stable_list", KSIG_COLUMN_BOOL},
					     {"vermagic", 0},
					     {"source", KSIG_COLUMN_WIDE}};

static bool store(ksig_catalog *catalog, ksig_kmod_kernel *kernel, GError **error)
{
	if (types_path) {
		g_autoptr(ksig_types) types = ksig_elf_types_read(types_path, NULL, error);
		if (!types)
			return false;
		ksig_kmod_kernel_add_types(kernel, types);
	}
	return ksig_kmod_kernel_store(kernel, catalog, error);
}

static bool add(ksig_catalog *catalog, const char *path, GError **error)
{
	g_autoptr(GPtrArray) kernels = ksig_command_kmod_kernels_read(path, stable, error);

	for (guint i = 0; kernels && i < kernels->len; i++)
		if (!store(catalog, g_ptr_array_index(kernels, i), error))
			return false;
	return kernels != NULL;
}

static bool list(ksig_catalog *catalog, enum ksig_format format, GError **error)
{
	g_autoptr(GPtrArray) kernels = ksig_catalog_kernels(catalog, error);
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; kernels && i < kernels->len; i++) {
		const struct ksig_catalog_kernel *kernel = g_ptr_array_index(kernels, i);
		g_autofree char *symbols = g_strdup_printf("%" G_GINT64_FORMAT, kernel->n_symbols);
		g_autofree char *set = g_strdup_printf("%" G_GINT64_FORMAT, kernel->set_id);
		const char *const cells[] = {kernel->label,
					     kernel->flavour,
					     kernel->architecture,
					     symbols,
					     set,
					     kernel->has_stable ? "true" : "false",
					     kernel->vermagic,
					     kernel->source};
		ksig_table_add(table, cells);
	}
	return kernels && ksig_command_answer(table, format, error) == 0;
}

int ksig_command_kmod_kernels(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(&argc, &argv, entries, "[PACKAGE|DIR|SYMVERS…]",
				"Adds what kernels export to the catalog, and lists the kernels that are "
				"there. Kernels of one\n"
				"set export the same symbols with the same CRCs.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	g_autoptr(ksig_catalog) catalog = argc > 1 ? ksig_catalog_open(context->workspace, true, error)
						   : ksig_command_kmod_catalog(context->workspace, error);
	if (!catalog)
		return KSIG_ERROR_INPUT;
	g_autoptr(ksig_progress) progress = ksig_progress_new("reading kernels", (uint64_t) argc - 1);
	for (int i = 1; i < argc; i++) {
		if (!add(catalog, argv[i], error))
			return KSIG_ERROR_INPUT;
		ksig_progress_set(progress, (uint64_t) i);
	}
	return list(catalog, format, error) ? 0 : KSIG_ERROR_INPUT;
}
