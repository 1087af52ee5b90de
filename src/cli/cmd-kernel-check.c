/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kernel check: a flavour's symbols against its base, with causes, and the verdict on the kABI;
 * --package: which options and patches of a plus flavour the distribution has by now.
 */
#include "cli/kernel-arguments.h"
#include "elf/elf.h"

static char *base_path, *other_path, *modules_folder, *base_types, *other_types, *format_name;
static char **list_paths;
static char *source, *base_config, *output, *arch, *package;

static const GOptionEntry entries[] = {
	{"package", 'p', 0, G_OPTION_ARG_FILENAME, &package,
	 "the distribution's source package or dist-git: what of a plus flavour it has by now", "SRPM|DIR"},
	{"base", 'b', 0, G_OPTION_ARG_FILENAME, &base_path, "Module.symvers of the distribution's kernel",
	 "FILE"},
	{"new", 'n', 0, G_OPTION_ARG_FILENAME, &other_path, "Module.symvers of the flavour's kernel", "FILE"},
	{"kabi", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &list_paths,
	 "Module.kabi_ARCH, Module.kabi_dup_ARCH, a stable list, or a folder, tarball or package of them",
	 "FILE|DIR"},
	{"modules", 'm', 0, G_OPTION_ARG_FILENAME, &modules_folder, "modules built for the base", "DIR"},
	{"base-types", 0, 0, G_OPTION_ARG_FILENAME, &base_types, "vmlinux or vmlinuz of the base, with BTF",
	 "FILE"},
	{"new-types", 0, 0, G_OPTION_ARG_FILENAME, &other_types, "the flavour's, with BTF", "FILE"},
	{"source", 's', 0, G_OPTION_ARG_FILENAME, &source,
	 "the unpacked tree: find the option or patch by halving", "DIR"},
	{"config", 'c', 0, G_OPTION_ARG_FILENAME, &base_config, "the base's .config, for halving", "FILE"},
	{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "where halving works (kept)", "DIR"},
	{"arch", 'a', 0, G_OPTION_ARG_STRING, &arch, "the architecture (x86_64)", "ARCH"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"symbol", 0},
					     {"module", 0},
					     {"base", 0},
					     {"new", 0},
					     {"listed", KSIG_COLUMN_BOOL},
					     {"cause", KSIG_COLUMN_WIDE}};

/* The first changed type behind each symbol, where both kernels bring BTF. */
static bool explain_types(GPtrArray *changes, GError **error)
{
	g_autoptr(ksig_types) from = ksig_elf_types_read(base_types, NULL, error);
	g_autoptr(ksig_types) to = from ? ksig_elf_types_read(other_types, NULL, error) : NULL;

	if (!to)
		return false;
	g_autoptr(ksig_type_difference) difference = ksig_elf_type_difference_new(from, to);
	for (guint i = 0; i < changes->len; i++) {
		struct ksig_abi_change *change = g_ptr_array_index(changes, i);
		g_autoptr(ksig_symbol_reason)
			reason = ksig_elf_type_difference_explain(difference, change->symbol);
		if (reason && reason->roots && reason->roots->len)
			change->cause = g_strdup(g_ptr_array_index(reason->roots, 0));
	}
	return true;
}

static bool explain_changes(struct ksig_context *context, GPtrArray *changes, const ksig_flavour *flavour,
			    GError **error)
{
	g_autofree char *tree = g_canonicalize_filename(source, NULL);
	g_autofree char *folder = g_canonicalize_filename(output ? output : "ksig-halving", NULL);
	const struct ksig_blame_options options = {.workspace = context->workspace,
						   .flavour = flavour,
						   .source = tree,
						   .output = folder,
						   .arch = arch ? arch : "x86_64",
						   .base_config = base_config};

	return ksig_kernel_abi_explain(changes, &options, error);
}

static void print_changes(GPtrArray *changes, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_abi_change *change = g_ptr_array_index(changes, i);
		g_autofree char *before = g_strdup_printf("0x%08x", change->base_crc);
		g_autofree char *after = change->is_gone ? g_strdup("gone")
							 : g_strdup_printf("0x%08x", change->new_crc);
		const char *const cells[] = {
			change->symbol, change->module, before, after, change->is_listed ? "true" : "false",
			change->cause};
		ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
}

/* Says which modules do not load; gives how many. */
static bool check_modules(GPtrArray *other, guint *out_bad, guint *out_all, GError **error)
{
	g_autoptr(GPtrArray) modules = modules_folder ? ksig_kernel_abi_modules(modules_folder, other, error)
						      : NULL;

	for (guint i = 0; modules && i < modules->len; i++) {
		const struct ksig_abi_module *module = g_ptr_array_index(modules, i);
		if (!module->bad->len)
			continue;
		++*out_bad;
		ksig_print(stderr, "%s: does not load: %u symbols differ, first %s\n", module->path,
			   module->bad->len, (const char *) g_ptr_array_index(module->bad, 0));
	}
	*out_all = modules ? modules->len : 0;
	if (modules && !modules->len)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no modules there", modules_folder);
	return modules || !modules_folder;
}

/* With modules at hand they decide; the list is a promise of its own, and the only one if it alone is given.
 */
static int verdict(GPtrArray *changes, guint bad, guint all)
{
	guint listed = 0;

	for (guint i = 0; i < changes->len; i++)
		listed += ((const struct ksig_abi_change *) g_ptr_array_index(changes, i))->is_listed;
	bool good = all || list_paths ? !bad && !listed : !changes->len;
	ksig_print(stderr, "%u symbols differ, %u of them listed; ", changes->len, listed);
	if (all)
		ksig_print(stderr, "%u of %u modules do not load: ", bad, all);
	else
		ksig_print(stderr, "no module was looked at: ");
	ksig_print(stderr, "%s\n",
		   !good ? "the kABI is broken"
		   : all ? "the distribution's modules load"
			 : "the kABI is kept");
	return good ? 0 : KSIG_ERROR_NEGATIVE;
}

static GPtrArray *load_lists(GError **error)
{
	return ksig_kernel_abi_lists_load((const char *const *) list_paths, arch ? arch : "x86_64", error);
}

static int check(struct ksig_context *context, const ksig_flavour *flavour, enum ksig_format format,
		 GError **error)
{
	g_autoptr(GPtrArray) base = ksig_kernel_abi_symvers_load(base_path, error);
	g_autoptr(GPtrArray) other = base ? ksig_kernel_abi_symvers_load(other_path, error) : NULL;
	g_autoptr(GPtrArray) listed = other && list_paths ? load_lists(error) : NULL;
	guint bad = 0, all = 0;

	if (!other || (list_paths && !listed))
		return KSIG_ERROR_INPUT;
	g_autoptr(GPtrArray) changes = ksig_kernel_abi_compare(base, other, listed);
	if (listed)
		ksig_kernel_abi_check_list(changes, listed, other);
	if ((base_types && other_types && !explain_types(changes, error)) ||
	    (source && base_config && !explain_changes(context, changes, flavour, error)) ||
	    !check_modules(other, &bad, &all, error))
		return KSIG_ERROR_INPUT;
	print_changes(changes, format);
	return verdict(changes, bad, all);
}

static int check_package(struct ksig_context *context, const ksig_flavour *flavour, enum ksig_format format,
			 GError **error)
{
	static const struct ksig_column column[] = {{"droppable", 0}};
	g_autoptr(GPtrArray) droppable = NULL, found = NULL;
	const struct ksig_plus_options options = {.job = {.workspace = context->workspace,
							  .flavour = flavour,
							  .arch = arch ? arch : "x86_64",
							  .accept_defaults = true,
							  .out_new = &found},
						  .base = package};

	bool good = ksig_kernel_plus_check(&options, &droppable, error);
	kernel_say_new(found, false);
	if (!good)
		return KSIG_ERROR_ENVIRONMENT;
	g_autoptr(ksig_table) table = ksig_table_new(column, G_N_ELEMENTS(column));
	for (guint i = 0; i < droppable->len; i++)
		ksig_table_add(table, (const char *[]){g_ptr_array_index(droppable, i)});
	ksig_table_print(table, format, stdout);
	return 0;
}

int ksig_command_kernel_check(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "FLAVOUR",
		    "Compares a flavour's kernel with its base: which symbols changed, why, and whether "
		    "the distribution's modules still load. With --package, a plus flavour with what the "
		    "distribution has by now.",
		    error) ||
	    !ksig_format_parse(format_name ? format_name : "text", &format, error))
		return KSIG_ERROR_USAGE;
	if (argc != 2 || !(package ? !base_path && !other_path : base_path && other_path)) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "kernel check: FLAVOUR, and --base with --new, or --package expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_flavour) flavour = ksig_kernel_flavour_load(argv[1], error);
	if (!flavour)
		return KSIG_ERROR_INPUT;
	if (package && flavour->kind != KSIG_FLAVOUR_PLUS) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: a plus flavour expected", flavour->name);
		return KSIG_ERROR_USAGE;
	}
	return (package ? check_package : check)(context, flavour, format, error);
}
