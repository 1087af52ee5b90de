/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernel build and kernel bump have in common: their options as a job, signature or sums checked before
 * a build, points of the changelog, --dry-run's plan.
 */
#include "cli/kernel-arguments.h"

#include "base/json-write.h"

#include <stdlib.h>
#include <string.h>

/* RPM's own %dist; "" where it has none. */
static char *rpm_dist(void)
{
	static const char *const argv[] = {"rpm", "--eval", "%{?dist}", NULL};
	static const struct ksig_process_options plain = {0};
	g_autoptr(GString) output = NULL;

	if (!ksig_process_run(argv, &plain, NULL, &output, NULL))
		return g_strdup("");
	return g_strdup(g_strstrip(output->str));
}

struct ksig_kernel_job kernel_arguments_job(struct kernel_arguments *arguments, const char *workspace,
					    const ksig_flavour *flavour, struct ksig_boot_options *boot)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();

	if (!arguments->date)
		arguments->date = g_date_time_format(now, "%F");
	if (!arguments->dist && flavour->kind == KSIG_FLAVOUR_LTS)
		arguments->dist = rpm_dist();
	boot->modules = (const char *const *) arguments->boot_modules;
	return (struct ksig_kernel_job){
		.workspace = workspace,
		.flavour = flavour,
		.arch = arguments->arch ? arguments->arch : "x86_64",
		.dist = arguments->dist,
		.date = arguments->date,
		.neighbours = (const char *const *) arguments->neighbours,
		.accept_defaults = arguments->accept_defaults,
		.jobs = (unsigned) MAX(arguments->jobs, 0),
		.mock = arguments->mock,
		.defines = (const char *const *) arguments->defines,
		.boot = arguments->boot || arguments->boot_modules ? boot : NULL,
	};
}

void kernel_say_new(GPtrArray *found, bool is_stopped)
{
	for (guint i = 0; found && i < found->len; i++) {
		const struct ksig_new_option *option = g_ptr_array_index(found, i);
		ksig_print(stderr, "new option %s: default %s, proposed %s (%s)\n", option->name,
			   option->value, option->proposal, option->origin);
		if (is_stopped && *option->help)
			ksig_print(stderr, "    %s\n", option->help);
	}
}

/* TARBALL is called NAME, of which it may be a copy. */
static bool verify(const struct kernel_arguments *arguments, const ksig_flavour *flavour, const char *tarball,
		   const char *name, GError **error)
{
	const char *const *keys = (const char *const *) arguments->keys;

	if (arguments->sums &&
	    !ksig_kernel_tarball_check_sum(tarball, name, arguments->sums, keys,
					   (const char *const *) flavour->sums_keys, error))
		return false;
	if (arguments->signature && keys)
		return ksig_kernel_tarball_verify(tarball, name, arguments->signature, keys,
						  (const char *const *) flavour->keys, error);
	return arguments->is_unsigned ||
	       ksig_error_set(error, KSIG_ERROR_USAGE,
			      "%s: a signature and --key expected, or --unsigned to build it regardless",
			      name);
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
	g_autoptr(GPtrArray) points = ksig_kernel_points_load(arguments->changelogs, before, version, error);
	if (!points || (arguments->cves && !ksig_kernel_points_add_cves(points, arguments->cves, error)))
		return false;
	*out_points = g_steal_pointer(&points);
	return true;
}

static void print_plan(const struct ksig_kernel_plan *plan)
{
	ksig_print(stdout, "spec             %s\nconfiguration    %s\nsource package   %s\n", plan->spec,
		   plan->config, plan->source);
	for (guint i = 0; i < plan->packages->len; i++)
		ksig_print(stdout, "package          %s\n",
			   (const char *) g_ptr_array_index(plan->packages, i));
	ksig_print(stdout, "published in     %s%s\n", plan->target, plan->was_there ? " (was there)" : "");
}

static void print_plan_json(const struct ksig_kernel_plan *plan)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	ksig_json_add(builder, "spec", plan->spec);
	ksig_json_add(builder, "configuration", plan->config);
	ksig_json_add(builder, "source_package", plan->source);
	ksig_json_add_strings(builder, "packages", plan->packages);
	ksig_json_add(builder, "target", plan->target);
	ksig_json_add_boolean(builder, "was_there", plan->was_there);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autofree char *text = json_to_string(root, true);
	puts(text);
}

void kernel_print_plan(const struct ksig_kernel_plan *plan, const char *format)
{
	(g_strcmp0(format, "json") == 0 ? print_plan_json : print_plan)(plan);
}

static int plan_verified(const struct ksig_lts_options *options, const char *format, GError **error)
{
	struct ksig_kernel_plan plan = {0};
	bool good = ksig_kernel_lts_plan(options, &plan, error);

	kernel_say_new(*options->job.out_new, !good && !options->job.accept_defaults);
	if (good)
		kernel_print_plan(&plan, format);
	ksig_kernel_plan_clear(&plan);
	return good ? 0 : KSIG_ERROR_ENVIRONMENT;
}

static int build_verified(const char *workspace, struct kernel_arguments *arguments,
			  const ksig_flavour *flavour, const char *tarball, const char *version,
			  GError **error)
{
	g_autoptr(GPtrArray) points = NULL, found = NULL;
	g_autofree char *path = NULL;
	struct ksig_boot_options boot = {0};
	bool was_there = false;
	struct ksig_lts_options options = {
		.job = kernel_arguments_job(arguments, workspace, flavour, &boot),
		.version = version,
		.release = (unsigned) arguments->release,
		.tarball = tarball,
		.config = arguments->config ? arguments->config : flavour->config,
	};

	if (!options.config) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: --config expected", flavour->name);
		return KSIG_ERROR_USAGE;
	}
	if (!load_points(arguments, version, &points, error))
		return KSIG_ERROR_NEGATIVE;
	options.points = points;
	options.job.out_new = &found;
	if (arguments->dry_run)
		return plan_verified(&options, arguments->format, error);
	bool good = ksig_kernel_lts_build(&options, &path, &was_there, error);
	kernel_say_new(found, !good && !arguments->accept_defaults);
	if (good)
		ksig_print(stdout, "%s%s\n", path, was_there ? " (was there)" : "");
	return good ? 0 : KSIG_ERROR_ENVIRONMENT;
}

bool kernel_options_refuse(const struct kernel_option *options, size_t n, const char *because, GError **error)
{
	for (size_t i = 0; i < n; i++)
		if (options[i].is_given)
			return ksig_error_set(error, KSIG_ERROR_USAGE, "--%s: %s", options[i].name, because);
	return true;
}

/* What would be passed over without a word: a plus flavour has no tarball of kernel.org's. */
static bool check_plus(const struct kernel_arguments *arguments, const ksig_flavour *flavour, GError **error)
{
	const struct kernel_option options[] = {
		{"releases", arguments->releases},
		{"series", arguments->series},
		{"mirror", arguments->mirror},
		{"force", arguments->force},
		{"key", arguments->keys},
		{"signature", arguments->signature},
		{"sha256sums", arguments->sums},
		{"unsigned", arguments->is_unsigned},
		{"config", arguments->config},
		{"changelogs", arguments->changelogs},
		{"since", arguments->since},
		{"cves", arguments->cves},
		{"release-number", arguments->release != 1},
	};
	g_autofree char *because = g_strdup_printf("%s is a plus flavour, made of --base alone",
						   flavour->name);

	return kernel_options_refuse(options, G_N_ELEMENTS(options), because, error);
}

bool kernel_arguments_check(const struct kernel_arguments *arguments, const ksig_flavour *flavour,
			    GError **error)
{
	if (flavour->kind == KSIG_FLAVOUR_PLUS && !check_plus(arguments, flavour, error))
		return false;
	if (arguments->format && !g_str_equal(arguments->format, "text") &&
	    !g_str_equal(arguments->format, "json"))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--format: %s: text or json expected",
				      arguments->format);
	if (arguments->format && !arguments->dry_run)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--format: only with --dry-run");
	if (arguments->release < 1)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--release-number: %d: 1 or more expected",
				      arguments->release);
	return ksig_kernel_words_check(flavour, arguments->arch ? arguments->arch : "x86_64", arguments->dist,
				       arguments->date, error);
}

/* What is verified is what is built: a copy, since others may write where the tarball lies. */
int kernel_lts_run(const char *workspace, struct kernel_arguments *arguments, const ksig_flavour *flavour,
		   const char *tarball, const char *version, GError **error)
{
	g_autofree char *work = g_build_filename(workspace, "work", NULL);
	g_autofree char *base = g_path_get_basename(tarball);
	g_autoptr(ksig_scratch) own = ksig_directory_make(work, error)
					      ? ksig_directory_temporary(work, "tarball", error)
					      : NULL;
	g_autofree char *copy = own ? g_build_filename(own, base, NULL) : NULL;

	if (!copy || !ksig_file_copy(tarball, copy, error))
		return KSIG_ERROR_ENVIRONMENT;
	return verify(arguments, flavour, copy, tarball, error)
		       ? build_verified(workspace, arguments, flavour, copy, version, error)
		       : KSIG_ERROR_NEGATIVE;
}

/* Builds what was found; what was fetched and proves wrong does not stay. */
static int run_found(const char *workspace, struct kernel_arguments *arguments, const ksig_flavour *flavour,
		     const struct ksig_bump *found, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (!arguments->since)
		arguments->since = g_strdup(found->before);
	if (!arguments->changelogs)
		arguments->changelogs = g_strdup(found->changelogs);
	if (!arguments->signature)
		arguments->signature = g_strdup(found->signature);
	if (!arguments->signature && !arguments->is_unsigned) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not signed: %s", found->tarball,
			       found->no_signature);
		return KSIG_ERROR_NEGATIVE;
	}
	if (!verify(arguments, flavour, found->tarball, found->tarball, &reason)) {
		if (reason->code != KSIG_ERROR_USAGE)
			ksig_kernel_bump_discard(found);
		g_propagate_error(error, g_steal_pointer(&reason));
		return KSIG_ERROR_NEGATIVE;
	}
	return build_verified(workspace, arguments, flavour, found->tarball, found->version, error);
}

int kernel_lts_newest(const char *workspace, struct kernel_arguments *arguments, const ksig_flavour *flavour,
		      char **out_path, GError **error)
{
	struct ksig_boot_options boot = {0};
	const struct ksig_kernel_job job = kernel_arguments_job(arguments, workspace, flavour, &boot);
	g_autofree char *release = ksig_kernel_lts_release(flavour, (unsigned) arguments->release, job.dist);
	struct ksig_bump found = {0};
	const struct ksig_bump_options options = {
		.workspace = workspace,
		.flavour = flavour,
		.releases = arguments->releases ? arguments->releases
						: "https://www.kernel.org/releases.json",
		.series = arguments->series,
		.mirror = arguments->mirror,
		.release = release,
		.force = arguments->force,
	};
	int status = KSIG_ERROR_NEGATIVE;

	if (ksig_kernel_bump_resolve(&options, &found, error)) {
		g_autofree char *path = ksig_kernel_published_path(workspace, flavour->package, found.version,
								   release);
		if (found.is_done)
			ksig_print(stdout, "%s (was there)\n", path);
		if (found.other)
			ksig_print(stderr,
				   "ksig: %s: %s; --release-number builds it anew under another name\n", path,
				   found.other);
		status = found.is_done ? 0 : run_found(workspace, arguments, flavour, &found, error);
		if (status == 0)
			*out_path = g_steal_pointer(&path);
	}
	ksig_kernel_bump_clear(&found);
	return status;
}
