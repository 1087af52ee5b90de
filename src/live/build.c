/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways to a live patch: klp-build if the tree has it, else only the reached objects, else kpatch-build
 * where that is not sound; stripped, then signed.
 */
#include "live/build-internal.h"
#include "live/build-full-internal.h"
#include "live/build-module-internal.h"
#include "live/build-parent-internal.h"
#include "live/build-patch-internal.h"
#include "live/build-proof-internal.h"
#include "live/build-tree-internal.h"
#include "live/built-internal.h"
#include "live/live.h"
#include "live/manifest.h"

#include <glib/gstdio.h>
#include <string.h>

static char *find_folder(const char *chosen, const char *const *places, const char *file)
{
	if (chosen)
		return g_canonicalize_filename(chosen, NULL);
	for (; *places; places++) {
		g_autofree char *path = g_build_filename(*places, file, NULL);
		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return g_strdup(*places);
	}
	return NULL;
}

static bool find_tools(struct live_build *build, GError **error)
{
	static const char *const tools[] = {"/usr/libexec/kpatch", "/usr/lib/kpatch",
					    "/usr/local/libexec/kpatch", NULL};
	static const char *const hooks[] = {"/usr/share/kpatch/patch", "/usr/local/share/kpatch/patch", NULL};

	build->tools = find_folder(build->options->tools, tools, "create-diff-object");
	build->hook = find_folder(build->options->hook, hooks, "patch-hook.c");
	if (!build->tools || !build->hook)
		return ksig_error_set(
			error, KSIG_ERROR_ENVIRONMENT,
			"create-diff-object and its patch-hook.c: not found (install kpatch-build, or "
			"give --tools and --hook)");
	return true;
}

static bool name_is_good(const char *name)
{
	return name && *name && strlen(name) <= 55 &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

static bool read_patches(struct live_build *build, GError **error)
{
	for (const char *const *patch = build->options->patches; patch && *patch; patch++) {
		g_autofree char *text = ksig_file_read(*patch, LIVE_LIMIT_PATCH_BYTES, NULL, error);
		if (!text || !live_patch_paths(*patch, text, build->paths, error))
			return false;
	}
	return build->paths->len ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "no patch that touches a file was given");
}

static bool identify(struct live_build *build, GError **error)
{
	ksig_live_built *built = build->built;
	g_autoptr(GBytes) bytes = ksig_bytes_map(build->options->vmlinux, error);

	if (!bytes)
		return false;
	built->build_id = ksig_elf_build_id(build->options->vmlinux, bytes, error);
	built->release = build->options->release
				 ? g_strdup(build->options->release)
				 : live_vmlinux_release(build->options->vmlinux, bytes, error);
	return built->build_id && built->release;
}

/* The fast way: only what the patches reach is compiled. */
static bool build_fast(struct live_build *build, GError **error)
{
	g_autofree char *plain = g_build_filename(build->scratch, "plain", NULL);
	g_autofree char *before = g_build_filename(build->scratch, "before", NULL);
	g_autofree char *after = g_build_filename(build->scratch, "after", NULL);

	if (!live_patch_objects(build, error) || !live_tree_prepare(build, error))
		return false;
	live_step(build, "prepare");
	if (!live_tree_compile(build, false, plain, error)) {
		g_prefix_error(error, "without the patch (is it built in this kernel's configuration at "
				      "all?): ");
		return false;
	}
	if (!live_proof(build, plain, error))
		return false;
	live_step(build, "proof");
	if (!live_tree_compile(build, true, before, error))
		return false;
	live_step(build, "original");
	const bool good = live_tree_patch(build, error) && live_tree_compile(build, true, after, error);
	if (!live_tree_restore(build->tree, good ? error : NULL) || !good)
		return false;
	live_step(build, "patched");
	return live_module_link(build, before, after, error);
}

/* Nobody chose: the fast way where it is sound, else the full one, and why. */
static bool run_what_fits(struct live_build *build, GError **error)
{
	g_autofree char *klp = g_build_filename(build->tree, "scripts", "livepatch", "klp-build", NULL);
	g_autoptr(GError) reason = NULL;

	if (g_file_test(klp, G_FILE_TEST_EXISTS))
		return live_build_klp(build, error);
	if (!find_tools(build, error))
		return false;
	if (build_fast(build, &reason))
		return true;
	if (!build->unsound) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	build->built->fallback = g_strdup(reason->message);
	if (live_build_kpatch(build, error))
		return true;
	g_prefix_error(error, "%s; ", build->built->fallback);
	return false;
}

static bool run(struct live_build *build, GError **error)
{
	const char *way = build->options->way;

	if (!way)
		return run_what_fits(build, error);
	if (g_str_equal(way, "kpatch-build"))
		return live_build_kpatch(build, error);
	if (g_str_equal(way, "klp-build"))
		return live_build_klp(build, error);
	if (!g_str_equal(way, "fast"))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: fast, kpatch-build or klp-build expected",
				      way);
	return find_tools(build, error) && build_fast(build, error);
}

static void build_clear(struct live_build *build)
{
	if (build->scratch)
		ksig_directory_remove(build->scratch, NULL);
	g_free(build->scratch);
	g_free(build->tree);
	g_free(build->tools);
	g_free(build->hook);
	g_free(build->symvers);
	g_ptr_array_unref(build->paths);
	g_ptr_array_unref(build->objects);
	ksig_live_built_free(build->built);
}

/* The kernel strips nothing and checks the signature over all: so strip first, sign last. */
static bool finish(struct live_build *build, GError **error)
{
	const char *const strip[] = {"strip", "--strip-debug", build->built->module, NULL};
	const struct ksig_live_build_options *options = build->options;
	gsize length = 0;

	if (!ksig_process_run(strip, NULL, NULL, NULL, error))
		return false;
	if (!options->sign_key)
		return true;
	char *data = ksig_file_read(build->built->module, KSIG_LIVE_LIMIT_OBJECT_BYTES, &length, error);
	if (!data)
		return false;
	g_autoptr(GBytes) module = g_bytes_new_take(data, length);
	g_autoptr(GBytes)
		whole = ksig_trust_sign_module(options->sign_key, options->sign_certificate, module, error);
	return whole && ksig_bytes_write(build->built->module, whole, error);
}

ksig_live_built *ksig_live_build(const struct ksig_live_build_options *options, GError **error)
{
	struct live_build build = {
		.options = options,
		.built = live_built_new(),
		.tree = g_canonicalize_filename(options->tree, NULL),
		.paths = g_ptr_array_new_with_free_func(g_free),
		.objects = g_ptr_array_new_with_free_func(g_free),
		.started = g_get_monotonic_time(),
	};
	ksig_live_built *result = NULL;
	g_autofree char *lock_path = g_build_filename(build.tree, ".ksig-live.lock", NULL);

	build.symvers = options->symvers ? g_canonicalize_filename(options->symvers, NULL)
					 : g_build_filename(build.tree, "Module.symvers", NULL);
	g_autoptr(ksig_lock) lock = ksig_lock_take(lock_path, error);
	if (!name_is_good(options->name))
		ksig_error_set(error, KSIG_ERROR_USAGE, "--name: at most 55 letters, digits and _ expected");
	else if (lock && read_patches(&build, error) && identify(&build, error) &&
		 live_tree_restore(build.tree, error) &&
		 (build.scratch = ksig_directory_temporary(NULL, "ksig-live", error)) &&
		 live_patches_check(&build, error) && run(&build, error) && finish(&build, error)) {
		live_step(&build, "module");
		result = g_steal_pointer(&build.built);
	}
	build_clear(&build);
	return result;
}
