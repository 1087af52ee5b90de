/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-kernel-lts.h"

static char *releases, *series, *mirror, *modules;
static gboolean force;
static struct kernel_arguments arguments;

static const GOptionEntry entries[] = {
	{"releases", 'r', 0, G_OPTION_ARG_STRING, &releases, "releases.json: a file or URL (kernel.org's)",
	 "LOCATION"},
	{"series", 0, 0, G_OPTION_ARG_STRING, &series, "the longterm series, such as 6.12", "SERIES"},
	{"mirror", 0, 0, G_OPTION_ARG_STRING, &mirror, "folder or URL of linux-VERSION.tar.xz and .tar.sign",
	 "LOCATION"},
	{"modules", 'm', 0, G_OPTION_ARG_FILENAME, &modules, "external modules: say which must be rebuilt",
	 "DIR"},
	{"force", 0, 0, G_OPTION_ARG_NONE, &force, "also a series at its end of life", NULL},
	KERNEL_ARGUMENT_ENTRIES(arguments),
	{NULL},
};

/* Which modules of a folder do not load on the kernel that is published at PATH. */
static bool say_rebuilds(const char *path, GError **error)
{
	g_autofree char *symvers = g_build_filename(path, "Module.symvers", NULL);

	if (!modules || !g_file_test(symvers, G_FILE_TEST_EXISTS))
		return true;
	g_autoptr(GPtrArray) symbols = ksig_abi_symvers_load(symvers, error);
	g_autoptr(GPtrArray) results = symbols ? ksig_abi_modules(modules, symbols, error) : NULL;
	for (guint i = 0; results && i < results->len; i++) {
		const struct ksig_abi_module *module = g_ptr_array_index(results, i);
		printf("%s: %s\n", module->path, module->bad->len ? "must be rebuilt" : "loads as it is");
	}
	return results != NULL;
}

static int bump(struct ksig_context *context, const ksig_flavour *flavour, GError **error)
{
	struct ksig_bump found = {0};
	g_autofree char *release = g_strdup_printf("%d%s%s", MAX(arguments.release, 1), flavour->tag,
						   arguments.dist ? arguments.dist : "");
	const struct ksig_bump_options options = {
		.workspace = context->workspace,
		.flavour = flavour,
		.releases = releases ? releases : "https://www.kernel.org/releases.json",
		.series = series,
		.mirror = mirror,
		.release = release,
		.force = force,
	};
	int status = KSIG_ERROR_NEGATIVE;

	if (ksig_bump_resolve(&options, &found, error)) {
		g_autofree char *path = ksig_kernel_published_path(context->workspace, flavour->package,
								   found.version, release);
		if (!arguments.since)
			arguments.since = g_strdup(found.before);
		if (!arguments.signature)
			arguments.signature = g_strdup(found.signature);
		if (found.is_done)
			printf("%s (was there)\n", path);
		status = found.is_done ? 0
				       : kernel_lts_run(context, &arguments, flavour, found.tarball,
							found.version, error);
		if (status == 0 && !say_rebuilds(path, error))
			status = KSIG_ERROR_INPUT;
	}
	ksig_bump_clear(&found);
	return status;
}

int ksig_command_kernel_bump(struct ksig_context *context, int argc, char **argv, GError **error)
{
	if (!ksig_command_parse(&argc, &argv, entries, "FLAVOUR",
				"Builds the newest release of a longterm series unless it is built already.",
				error))
		return KSIG_ERROR_USAGE;
	if (argc != 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "kernel bump: one FLAVOUR expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_flavour) flavour = ksig_flavour_load(argv[1], error);
	if (!flavour)
		return KSIG_ERROR_INPUT;
	if (flavour->kind != KSIG_FLAVOUR_LTS) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: only longterm flavours have point releases",
			       flavour->name);
		return KSIG_ERROR_USAGE;
	}
	return bump(context, flavour, error);
}
