/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-kernel-lts.h"

#include <stdlib.h>
#include <string.h>

char *kernel_arguments_date(const struct kernel_arguments *arguments)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();

	return arguments->date ? g_strdup(arguments->date) : g_date_time_format(now, "%F");
}

void kernel_say_new(GPtrArray *found)
{
	for (guint i = 0; found && i < found->len; i++) {
		const struct ksig_new_option *option = g_ptr_array_index(found, i);
		fprintf(stderr, "new option %s: default %s, proposed %s (%s)\n", option->name, option->value,
			option->proposal, option->origin);
	}
}

static bool verify(const struct kernel_arguments *arguments, const ksig_flavour *flavour, const char *tarball,
		   GError **error)
{
	if (arguments->sums && !ksig_tarball_check_sum(tarball, arguments->sums, error))
		return false;
	if (arguments->signature && arguments->keys)
		return ksig_tarball_verify(tarball, arguments->signature,
					   (const char *const *) arguments->keys,
					   (const char *const *) flavour->keys, error);
	return arguments->is_unsigned ||
	       ksig_error_set(error, KSIG_ERROR_USAGE,
			      "%s: a signature and --key expected, or --unsigned to build it regardless",
			      tarball);
}

/* Without --since, the last point alone: from the number before its own. */
static char *one_before(const char *version)
{
	const char *last = strrchr(version, '.');

	if (!last || strchr(version, '.') == last)
		return g_strdup(version);
	return g_strdup_printf("%.*s.%d", (int) (last - version), version, MAX(atoi(last + 1) - 1, 0));
}

static bool load_points(const struct kernel_arguments *arguments, const char *version, GPtrArray **out_points,
			GError **error)
{
	if (!arguments->changelogs)
		return true;
	g_autofree char *before = arguments->since ? g_strdup(arguments->since) : one_before(version);
	g_autoptr(GPtrArray) points = ksig_points_load(arguments->changelogs, before, version, error);
	if (!points || (arguments->cves && !ksig_points_add_cves(points, arguments->cves, error)))
		return false;
	*out_points = g_steal_pointer(&points);
	return true;
}

int kernel_lts_run(struct ksig_context *context, const struct kernel_arguments *arguments,
		   const ksig_flavour *flavour, const char *tarball, const char *version, GError **error)
{
	g_autofree char *date = kernel_arguments_date(arguments);
	g_autoptr(GPtrArray) points = NULL, found = NULL;
	g_autofree char *path = NULL;
	bool was_there = false;
	const struct ksig_lts_options options = {
		.workspace = context->workspace,
		.flavour = flavour,
		.version = version,
		.release = (unsigned) MAX(arguments->release, 1),
		.dist = arguments->dist,
		.arch = arguments->arch ? arguments->arch : "x86_64",
		.tarball = tarball,
		.config = arguments->config ? arguments->config : flavour->config,
		.neighbours = (const char *const *) arguments->neighbours,
		.accept_defaults = arguments->accept_defaults,
		.date = date,
		.jobs = (unsigned) MAX(arguments->jobs, 0),
		.out_new = &found,
	};
	struct ksig_lts_options with_points = options;

	if (!options.config) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: --config expected", flavour->name);
		return KSIG_ERROR_USAGE;
	}
	if (!verify(arguments, flavour, tarball, error) || !load_points(arguments, version, &points, error))
		return KSIG_ERROR_NEGATIVE;
	with_points.points = points;
	bool good = ksig_lts_build(&with_points, &path, &was_there, error);
	kernel_say_new(found);
	if (good)
		printf("%s%s\n", path, was_there ? " (was there)" : "");
	return good ? 0 : KSIG_ERROR_ENVIRONMENT;
}
