/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig kernel boot: an installed kernel, or packages, in QEMU; which of the given modules loaded. */
#include "cli/cmd-kernel.h"
#include "kernel/kernel.h"

static char *root, *release;
static char **modules;
static int timeout_s, memory_mib;
static gboolean show_console;

static const GOptionEntry entries[] = {
	{"root", 0, 0, G_OPTION_ARG_FILENAME, &root, "a root where the kernel is installed", "DIR"},
	{"release", 0, 0, G_OPTION_ARG_STRING, &release, "the expected `uname -r` (the only kernel there)",
	 "RELEASE"},
	{"module", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &modules, "load this module, a name or a file",
	 "MODULE"},
	{"timeout", 0, 0, G_OPTION_ARG_INT, &timeout_s, "seconds (300)", "S"},
	{"memory", 0, 0, G_OPTION_ARG_INT, &memory_mib, "of the machine (512)", "MIB"},
	{"console", 0, 0, G_OPTION_ARG_NONE, &show_console, "print what the machine said on stderr", NULL},
	{NULL},
};

static void print_result(const struct ksig_boot_result *result)
{
	if (show_console && result->console)
		ksig_print(stderr, "%s", result->console);
	if (result->release)
		ksig_print(stdout, "%s: booted to user space\n", result->release);
	for (guint i = 0; i < result->modules->len; i++) {
		const struct ksig_boot_module *module = g_ptr_array_index(result->modules, i);
		ksig_print(stdout, "%s: %s\n", module->name, module->is_loaded ? "loaded" : "refused");
	}
}

int ksig_command_kernel_boot(struct ksig_context *context, int argc, char **argv, GError **error)
{
	struct ksig_boot_result result = {0};

	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, "[PACKAGE…]",
				"Boots an installed kernel, or packages, in QEMU, and loads modules.", error))
		return KSIG_ERROR_USAGE;
	if ((argc > 1) == (root != NULL)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "kernel boot: either PACKAGE… or --root expected");
		return KSIG_ERROR_USAGE;
	}
	const struct ksig_boot_options options = {
		.root = root,
		.packages = (const char *const *) argv + 1,
		.release = release,
		.modules = (const char *const *) modules,
		.timeout_s = (unsigned) MAX(timeout_s, 0),
		.memory_mib = (unsigned) MAX(memory_mib, 0),
	};
	bool good = ksig_kernel_boot(&options, &result, error);
	print_result(&result);
	ksig_kernel_boot_result_clear(&result);
	return good ? 0 : KSIG_ERROR_NEGATIVE;
}
