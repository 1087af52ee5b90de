/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kernel build: lts from a tarball or the newest release of a series, plus from the distribution's
 * source package. What lts shares with bump is in kernel-arguments.c.
 */
#include "cli/kernel-arguments.h"

#include <string.h>

static char *tarball, *version, *base;
static gboolean is_binary;
static struct kernel_arguments arguments = {.release = 1};

static const GOptionEntry entries[] = {
	{"base", 'b', 0, G_OPTION_ARG_FILENAME, &base,
	 "plus: the distribution's source package, or its dist-git", "SRPM|DIR"},
	{"tarball", 't', 0, G_OPTION_ARG_FILENAME, &tarball, "lts: linux-VERSION.tar.xz", "FILE"},
	{"version", 0, 0, G_OPTION_ARG_STRING, &version, "its version (from its name)", "VERSION"},
	{"signature", 's', 0, G_OPTION_ARG_FILENAME, &arguments.signature,
	 "its OpenPGP signature, linux-VERSION.tar.sign", "FILE"},
	{"binary", 0, 0, G_OPTION_ARG_NONE, &is_binary, "plus: builds the packages, too", NULL},
	KERNEL_ARGUMENT_ENTRIES(arguments),
	{NULL},
};

/* "linux-6.1.187.tar.xz" and "linux_6.1.187.orig.tar.xz" are of "6.1.187". */
static char *version_of(const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	if (!g_str_has_prefix(name, "linux-") && !g_str_has_prefix(name, "linux_"))
		return NULL;
	const char *start = name + strlen("linux-");
	size_t length = strspn(start, "0123456789.");
	while (length && start[length - 1] == '.')
		length--;
	return length ? g_strndup(start, length) : NULL;
}

static int build_lts(struct ksig_context *context, const ksig_flavour *flavour, GError **error)
{
	g_autofree char *of = version ? g_strdup(version) : tarball ? version_of(tarball) : NULL;
	g_autofree char *path = NULL;
	const struct kernel_option of_plus[] = {{"base", base}, {"binary", is_binary}};
	const struct kernel_option of_series[] = {{"series", arguments.series},
						  {"releases", arguments.releases},
						  {"mirror", arguments.mirror},
						  {"force", arguments.force}};

	if (!kernel_options_refuse(of_plus, G_N_ELEMENTS(of_plus), "of a plus flavour", error) ||
	    (tarball && !kernel_options_refuse(of_series, G_N_ELEMENTS(of_series),
					       "--tarball says what is built", error)))
		return KSIG_ERROR_USAGE;
	if (!tarball && (arguments.series || flavour->series))
		return kernel_lts_newest(context->workspace, &arguments, flavour, &path, error);
	if (!tarball || !of) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "kernel build: --series, or --tarball and --version if it does not name it");
		return KSIG_ERROR_USAGE;
	}
	return kernel_lts_run(context->workspace, &arguments, flavour, tarball, of, error);
}

static int build_plus(struct ksig_context *context, const ksig_flavour *flavour, GError **error)
{
	g_autoptr(GPtrArray) found = NULL;
	struct ksig_plus_result result = {0};
	struct ksig_boot_options boot = {0};
	struct ksig_plus_options options = {
		.job = kernel_arguments_job(&arguments, context->workspace, flavour, &boot),
		.base = base ? base : flavour->base,
		.is_binary = is_binary || arguments.boot || arguments.boot_modules,
		.is_dry_run = arguments.dry_run,
	};

	const struct kernel_option of_lts[] = {{"tarball", tarball}, {"version", version}};
	const struct kernel_option of_packages[] = {{"mock", arguments.mock}, {"define", arguments.defines}};

	if (!kernel_options_refuse(of_lts, G_N_ELEMENTS(of_lts), "of a longterm flavour", error) ||
	    (!options.is_binary &&
	     !kernel_options_refuse(of_packages, G_N_ELEMENTS(of_packages),
				    "packages are built with --binary or --boot", error)))
		return KSIG_ERROR_USAGE;
	if (!options.base) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: --base expected", flavour->name);
		return KSIG_ERROR_USAGE;
	}
	options.job.out_new = &found;
	bool good = ksig_kernel_plus_build(&options, &result, error);
	kernel_say_new(found, !good && !arguments.accept_defaults);
	for (guint i = 0; good && i < result.droppable->len; i++)
		ksig_print(stderr, "%s: the distribution has it, it can be dropped\n",
			   (const char *) g_ptr_array_index(result.droppable, i));
	for (guint i = 0; good && i < result.absent->len; i++)
		ksig_print(stderr,
			   "option %s: this kernel has no such option, or not what it depends on; it is left "
			   "out\n",
			   (const char *) g_ptr_array_index(result.absent, i));
	for (guint i = 0; good && i < result.idle->len; i++)
		ksig_print(stderr, "%s: no effect in this configuration, where they are left out\n",
			   (const char *) g_ptr_array_index(result.idle, i));
	if (good && result.stopped)
		ksig_print(stderr,
			   "ksig: its %%prep stops here at `%s`, as the base's does: what comes after it "
			   "was not seen (rpmbuild -bp tells)\n",
			   result.stopped);
	if (good && arguments.dry_run)
		kernel_print_plan(&result.plan, arguments.format);
	else if (good)
		ksig_print(stdout, "%s%s\n", result.path, result.was_there ? " (was there)" : "");
	ksig_kernel_plus_result_clear(&result);
	return good ? 0 : KSIG_ERROR_ENVIRONMENT;
}

int ksig_command_kernel_build(struct ksig_context *context, int argc, char **argv, GError **error)
{
	if (!ksig_command_parse(
		    &argc, &argv, entries, "FLAVOUR",
		    "lts: verifies, configures and builds a longterm kernel. plus: makes a source package "
		    "of the distribution's. What comes out is published below WORKSPACE/kernel/.",
		    error))
		return KSIG_ERROR_USAGE;
	if (argc != 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "kernel build: one FLAVOUR expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_flavour) flavour = ksig_kernel_flavour_load(argv[1], error);
	if (!flavour)
		return KSIG_ERROR_INPUT;
	if (!kernel_arguments_check(&arguments, flavour, error))
		return KSIG_ERROR_USAGE;
	return (flavour->kind == KSIG_FLAVOUR_LTS ? build_lts : build_plus)(context, flavour, error);
}
