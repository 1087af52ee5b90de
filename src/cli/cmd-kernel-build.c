/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-kernel.h"
#include "kernel/kernel.h"

#include <string.h>

static char *tarball, *signature, *sums, *version, *config, *changelogs, *since, *cves, *dist, *arch, *date;
static char **keys, **neighbours;
static gboolean accept_defaults, unsigned_tarball;
static int release = 1, jobs;

static const GOptionEntry entries[] = {
	{"tarball", 't', 0, G_OPTION_ARG_FILENAME, &tarball, "linux-VERSION.tar.xz", "FILE"},
	{"version", 0, 0, G_OPTION_ARG_STRING, &version, "its version (from its name)", "VERSION"},
	{"signature", 's', 0, G_OPTION_ARG_FILENAME, &signature,
	 "its OpenPGP signature, linux-VERSION.tar.sign", "FILE"},
	{"key", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &keys, "OpenPGP keys that are known; may be repeated",
	 "FILE"},
	{"sha256sums", 0, 0, G_OPTION_ARG_FILENAME, &sums, "kernel.org's sha256sums.asc", "FILE"},
	{"unsigned", 0, 0, G_OPTION_ARG_NONE, &unsigned_tarball, "build a tarball that nothing vouches for",
	 NULL},
	{"config", 'c', 0, G_OPTION_ARG_STRING, &config, "start from FILE, or from make:TARGET", "FILE"},
	{"neighbour", 'n', 0, G_OPTION_ARG_FILENAME_ARRAY, &neighbours,
	 "propose values for new options from this configuration", "FILE"},
	{"accept-defaults", 0, 0, G_OPTION_ARG_NONE, &accept_defaults, "new options take their proposals",
	 NULL},
	{"changelogs", 0, 0, G_OPTION_ARG_STRING, &changelogs,
	 "folder or URL of ChangeLog-VERSION files, or a Debian changelog", "LOCATION"},
	{"since", 0, 0, G_OPTION_ARG_STRING, &since, "changes after this release (the one before)",
	 "VERSION"},
	{"cves", 0, 0, G_OPTION_ARG_FILENAME, &cves, "lines \"CVE COMMIT\"", "FILE"},
	{"release", 0, 0, G_OPTION_ARG_INT, &release, "the number of the package release (1)", "N"},
	{"dist", 0, 0, G_OPTION_ARG_STRING, &dist, "%dist, such as .el9", "TAG"},
	{"arch", 'a', 0, G_OPTION_ARG_STRING, &arch, "the architecture (x86_64)", "ARCH"},
	{"date", 0, 0, G_OPTION_ARG_STRING, &date, "of the changelog entry (today)", "YYYY-MM-DD"},
	{"jobs", 'j', 0, G_OPTION_ARG_INT, &jobs, "compilers at one time", "N"},
	{NULL},
};

/* "linux-6.1.187.tar.xz" and "linux_6.1.187.orig.tar.xz" are of "6.1.187". */
static char *version_of(const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	if (!g_str_has_prefix(name, "linux"))
		return NULL;
	const char *start = name + strlen("linux") + 1;
	size_t length = strspn(start, "0123456789.");
	while (length && start[length - 1] == '.')
		length--;
	return length ? g_strndup(start, length) : NULL;
}

static bool verify(const ksig_flavour *flavour, GError **error)
{
	if (sums && !ksig_tarball_check_sum(tarball, sums, error))
		return false;
	if (signature && keys)
		return ksig_tarball_verify(tarball, signature, (const char *const *) keys,
					   (const char *const *) flavour->keys, error);
	return unsigned_tarball ||
	       ksig_error_set(error, KSIG_ERROR_USAGE,
			      "%s: --signature and --key expected, or --unsigned to build it regardless",
			      tarball);
}

static GPtrArray *load_points(const char *of, GError **error)
{
	g_autoptr(GPtrArray) points = NULL;
	g_autofree char *before = g_strdup(since ? since : of);

	/* Without --since, the last point alone: from the number before its own. */
	if (!since && strrchr(before, '.')) {
		char *last = strrchr(before, '.') + 1;
		g_snprintf(last, strlen(last) + 1, "%d", MAX(atoi(last) - 1, 0));
	}
	points = ksig_points_load(changelogs, before, of, error);
	if (points && cves && !ksig_points_add_cves(points, cves, error))
		return NULL;
	return g_steal_pointer(&points);
}

static void say_new(GPtrArray *found)
{
	for (guint i = 0; found && i < found->len; i++) {
		const struct ksig_new_option *option = g_ptr_array_index(found, i);
		fprintf(stderr, "new option %s: default %s, proposed %s (%s)\n", option->name, option->value,
			option->proposal, option->origin);
	}
}

static int build(struct ksig_context *context, const ksig_flavour *flavour, GError **error)
{
	g_autofree char *of = version ? g_strdup(version) : version_of(tarball);
	g_autofree char *today = date ? g_strdup(date) : NULL;
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autoptr(GPtrArray) points = NULL, found = NULL;
	g_autofree char *path = NULL;
	bool was_there = false;

	if (!of) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: --version expected", tarball);
		return KSIG_ERROR_USAGE;
	}
	if (!verify(flavour, error) || (changelogs && !(points = load_points(of, error))))
		return KSIG_ERROR_NEGATIVE;
	if (!today)
		today = g_date_time_format(now, "%F");
	const struct ksig_lts_options options = {
		.workspace = context->workspace,
		.flavour = flavour,
		.version = of,
		.release = (unsigned) MAX(release, 1),
		.dist = dist,
		.arch = arch ? arch : "x86_64",
		.tarball = tarball,
		.config = config ? config : flavour->config,
		.neighbours = (const char *const *) neighbours,
		.accept_defaults = accept_defaults,
		.points = points,
		.date = today,
		.jobs = (unsigned) MAX(jobs, 0),
		.out_new = &found,
	};
	if (!options.config) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: --config expected", flavour->name);
		return KSIG_ERROR_USAGE;
	}
	bool good = ksig_lts_build(&options, &path, &was_there, error);
	say_new(found);
	if (good)
		printf("%s%s\n", path, was_there ? " (was there)" : "");
	return good ? 0 : KSIG_ERROR_ENVIRONMENT;
}

int ksig_command_kernel_build(struct ksig_context *context, int argc, char **argv, GError **error)
{
	if (!ksig_command_parse(
		    &argc, &argv, entries, "FLAVOUR",
		    "Verifies, configures and builds a longterm kernel, and publishes its packages "
		    "below WORKSPACE/kernel/.",
		    error))
		return KSIG_ERROR_USAGE;
	if (argc != 2 || !tarball) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "kernel build: one FLAVOUR and --tarball expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_flavour) flavour = ksig_flavour_load(argv[1], error);
	return flavour ? build(context, flavour, error) : KSIG_ERROR_INPUT;
}
