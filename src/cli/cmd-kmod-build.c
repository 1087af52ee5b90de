/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig kmod build: a recipe for each --kernel given, or a plan, which is handed to ksig engine run. */
#include "cli/cmd-kmod.h"
#include "kmod/build.h"

static char **headers, **with;
static char *source, *symvers, *stable, *upstream, *output, *key, *certificate, *plan_path;
static gboolean source_only, dry_run;
static gint64 epoch;
static int jobs;

static const GOptionEntry entries[] = {
	{"kernel", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &headers,
	 "a kernel's build folder (Makefile, Module.symvers), or its kernel-devel package", "DIR|FILE"},
	{"source", 's', 0, G_OPTION_ARG_FILENAME, &source, "the source: a tarball or a folder", "FILE|DIR"},
	{"symvers", 0, 0, G_OPTION_ARG_FILENAME, &symvers,
	 "the kernel's symbols, if its build folder has no Module.symvers: symvers.gz, Module.kabi_ARCH",
	 "FILE"},
	{"stable", 0, 0, G_OPTION_ARG_FILENAME, &stable,
	 "the kernel's list of stable symbols: what the modules use beside it is listed in the package",
	 "FILE|DIR"},
	{"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "say what would be built, if it can be", NULL},
	{"upstream", 0, 0, G_OPTION_ARG_FILENAME, &upstream,
	 "restore the devices that this kernel's source has and the source lacks", "FILE|DIR"},
	{"with", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &with,
	 "modules of other recipes whose symbols it uses: packages or folders", "FILE|DIR"},
	{"source-only", 0, 0, G_OPTION_ARG_NONE, &source_only,
	 "make the source package alone, as Koji takes it", NULL},
	{"plan", 0, 0, G_OPTION_ARG_FILENAME, &plan_path, "do what 'ksig kmod plan --format json' wrote",
	 "FILE"},
	{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "where packages and logs go (.)", "DIR"},
	{"key", 0, 0, G_OPTION_ARG_STRING, &key, "sign the modules with this key: a file or a PKCS#11 URI",
	 "KEY"},
	{"certificate", 0, 0, G_OPTION_ARG_FILENAME, &certificate, "the key's certificate", "FILE"},
	{"epoch", 0, 0, G_OPTION_ARG_INT64, &epoch, "the time of the build (SOURCE_DATE_EPOCH, or 0)",
	 "SECONDS"},
	{"jobs", 'j', 0, G_OPTION_ARG_INT, &jobs, "so many compilers at a time", "N"},
	{NULL},
};

static gint64 build_time(void)
{
	const char *text = g_getenv("SOURCE_DATE_EPOCH");

	return epoch ? epoch : text ? g_ascii_strtoll(text, NULL, 10) : 0;
}

static bool dry_build(const struct ksig_kmod_build *build, GError **error)
{
	if (!ksig_kmod_build_check(build, error))
		return false;
	ksig_print(stdout, "%s %s for %s\n", build->recipe->name, build->recipe->version, build->headers);
	return true;
}

/* rpmbuild runs elsewhere: a file is named from the root, a token is not a file. */
static char *from_root(const char *name)
{
	return !name                               ? NULL
	       : g_str_has_prefix(name, "pkcs11:") ? g_strdup(name)
						   : g_canonicalize_filename(name, NULL);
}

/* The build folder that NAME is, or that the package NAME has, which is unpacked to SCRATCH. */
static char *build_folder(const char *name, const char *target, ksig_scratch **out_scratch, GError **error)
{
	if (!g_str_has_suffix(name, ".rpm"))
		return g_strdup(name);
	if (!ksig_directory_make(target, error))
		return NULL;
	*out_scratch = ksig_directory_temporary(target, ".kernel", error);
	return *out_scratch ? ksig_kmod_headers_unpack(name, *out_scratch, error) : NULL;
}

static bool build_one(const struct ksig_context *context, const ksig_recipe *recipe, const char *kernel,
		      GError **error)
{
	g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *target = g_canonicalize_filename(output ? output : ".", NULL);
	g_autofree char *key_path = from_root(key), *certificate_path = from_root(certificate);
	g_autoptr(ksig_scratch) scratch = NULL;
	g_autofree char *folder = build_folder(kernel, target, &scratch, error);

	if (!folder)
		return false;
	const struct ksig_kmod_build build = {.recipe = recipe,
					      .source = source,
					      .upstream = upstream,
					      .headers = folder,
					      .symvers = symvers,
					      .stable = stable,
					      .output = target,
					      .releases = context->workspace,
					      .program = program,
					      .key = key_path,
					      .certificate = certificate_path,
					      .with = (const char *const *) with,
					      .source_only = source_only,
					      .epoch_s = build_time(),
					      .jobs = jobs > 0 ? (unsigned) jobs : 0};
	g_autofree char *rivalry = ksig_kmod_build_rivalry(&build);
	if (rivalry)
		ksig_print(stderr, "%s: %s to this kernel\n", recipe->name, rivalry);
	if (dry_run)
		return dry_build(&build, error);
	g_autoptr(ksig_kmod_built) built = ksig_kmod_build_run(&build, error);

	if (!built)
		return false;
	if (built->note)
		ksig_print(stderr, "%s: %s\n", recipe->name, built->note);
	for (guint i = 0; i < built->packages->len; i++)
		ksig_print(stdout, "%s%s\n", (char *) g_ptr_array_index(built->packages, i),
			   built->again ? " (there already)" : "");
	return true;
}

/* One kernel that cannot be built for costs the others nothing; the first reason is the command's. */
static bool build_all(const struct ksig_context *context, const ksig_recipe *recipe, GError **error)
{
	const guint count = g_strv_length(headers);
	guint failed = 0;

	for (char **kernel = headers; *kernel; kernel++) {
		g_autoptr(GError) reason = NULL;
		if (build_one(context, recipe, *kernel, &reason))
			continue;
		failed++;
		if (error && *error)
			ksig_print(stderr, "%s\n", reason->message);
		else
			g_propagate_error(error, g_steal_pointer(&reason));
	}
	if (failed > 0 && count > 1)
		ksig_print(stderr, "%s: built for %u of %u kernels\n", recipe->name, count - failed, count);
	return failed == 0;
}

/* A plan is an engine's: it is run on this machine, and each job's results go to OUTPUT/JOB. */
static int build_plan(struct ksig_context *context, GError **error)
{
	char *words[] = {(char *) "engine", (char *) "run",
			 (char *) "--to",   output ? output : (char *) ".",
			 plan_path,         NULL};

	return ksig_command_engine(context, G_N_ELEMENTS(words) - 1, words, error);
}

int ksig_command_kmod_build(struct ksig_context *context, int argc, char **argv, GError **error)
{
	if (!ksig_command_parse(&argc, &argv, entries, "RECIPE -k DIR… -s SOURCE | --plan FILE",
				"Builds a recipe into packages, for one kernel or several. Without --key the "
				"modules are not\n"
				"signed, and it says so.",
				error))
		return KSIG_ERROR_USAGE;
	if (plan_path && argc == 1 && !headers && !source)
		return build_plan(context, error);
	if (plan_path || argc != 2 || !headers || !key != !certificate) {
		ksig_error_set(
			error, KSIG_ERROR_USAGE,
			"a recipe and --kernel expected, and --key with --certificate; or --plan alone");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_recipe) recipe = ksig_kmod_recipe_find(argv[1], error);
	if (!recipe)
		return KSIG_ERROR_INPUT;
	if (!key)
		ksig_print(stderr, "%s: no key: the modules are unsigned\n", recipe->name);
	return build_all(context, recipe, error) ? 0 : KSIG_ERROR_INPUT;
}
