/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rpmbuild is given: the tarball of the source, patches, the spec, the generator of dependencies. */
#include "kmod/inputs-internal.h"
#include "kmod/build-internal.h"
#include "kmod/devices.h"
#include "kmod/driver-version-internal.h"
#include "kmod/kmod.h"
#include "kmod/source-internal.h"
#include "kmod/stable-internal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

enum { TARBALL_TIMEOUT_MS = 30 * 60 * 1000, PATCH_TIMEOUT_MS = 60 * 1000 };

/* The folder below TOP where the source is put. */
static char *stage_path(const struct ksig_kmod_build *build, const char *top)
{
	g_autofree char *name = g_strdup_printf("%s-%s", build->recipe->name, build->recipe->version);

	return g_build_filename(top, "stage", name, NULL);
}

/* SOURCES/NAME-VERSION.tar.gz, the same bytes whenever it is made. */
static bool make_tarball(const struct ksig_kmod_build *build, const char *top, GError **error)
{
	g_autofree char *name = g_strdup_printf("%s-%s", build->recipe->name, build->recipe->version);
	g_autofree char *stage = g_build_filename(top, "stage", NULL);
	g_autofree char *tarball = g_strdup_printf("--file=%s/SOURCES/%s.tar.gz", top, name);
	g_autofree char *mtime = g_strdup_printf("--mtime=@%" G_GINT64_FORMAT, build->epoch_s);
	const char *const argv[] = {"tar",
				    "--create",
				    "--gzip",
				    "--sort=name",
				    "--owner=0",
				    "--group=0",
				    "--numeric-owner",
				    "--mode=u+rwX,go+rX,go-w",
				    mtime,
				    tarball,
				    name,
				    NULL};
	const char *const environment[] = {"GZIP=-n", NULL};
	const struct ksig_process_options options = {
		.directory = stage, .timeout_ms = TARBALL_TIMEOUT_MS, .environment = environment};

	return ksig_process_run(argv, &options, NULL, NULL, error);
}

/* depmod's word on which of two modules of one name counts: ours, where it is, and where it is linked to. */
static char *override_file(const ksig_recipe *recipe, const char *release)
{
	GString *out = g_string_new(NULL);

	for (char **module = recipe->modules; *module; module++)
		g_string_append_printf(out, "override %s %s extra/%s\noverride %s * weak-updates/%s\n",
				       *module, release, recipe->name, *module, recipe->name);
	return g_string_free(out, FALSE);
}

static bool copy_patches(const ksig_recipe *recipe, const char *sources, GError **error)
{
	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		g_autofree char *base = g_path_get_basename(patch->file);
		g_autofree char *target = g_build_filename(sources, base, NULL);
		size_t length = 0;
		g_autofree char *content = ksig_file_read(patch->file, build_file_limit_bytes, &length,
							  error);
		if (!content || !ksig_file_write(target, content, (gssize) length, 0644, error))
			return false;
	}
	return true;
}

char *ksig_kmod_inputs_siblings(const struct ksig_kmod_build *build, GError **error)
{
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);
	g_autoptr(GString) out = g_string_new(NULL);

	for (const char *const *path = build->with; path && *path; path++)
		if (!ksig_kmod_modules_read(*path, NULL, modules, error))
			return NULL;
	for (guint i = 0; i < modules->len; i++) {
		const ksig_module *module = g_ptr_array_index(modules, i);
		for (guint k = 0; k < module->exports->len; k++) {
			const struct ksig_export *export = g_ptr_array_index(module->exports, k);
			g_string_append_printf(out, "0x%08x\t%s\textra/%s\t%s\t%s\n", export->crc,
					       export->name, module->name,
					       export->gpl_only ? "EXPORT_SYMBOL_GPL" : "EXPORT_SYMBOL",
					       export->symbol_namespace ? export->symbol_namespace : "");
		}
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* modpost reads lines of Module.symvers; a stable list of names has no versions to build by. */
static bool check_versions(const char *path, GBytes *list, GError **error)
{
	gsize length = 0;
	const char *text = g_bytes_get_data(list, &length);
	g_autoptr(GPtrArray) symbols = ksig_elf_kabi_parse(path, text ? text : "", length, error);

	for (guint i = 0; symbols && i < symbols->len; i++) {
		const struct ksig_export *symbol = g_ptr_array_index(symbols, i);
		if (!symbol->module)
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: a list of names (%s): lines of Module.symvers expected, "
					      "with versions",
					      path, symbol->name);
	}
	return symbols != NULL;
}

/* What the kernel exports, as modpost reads it: for a build folder that has no Module.symvers of its own. */
static bool write_symbols(const struct ksig_kmod_build *build, const char *top, GError **error)
{
	g_autofree char *path = g_build_filename(top, "kernel.symvers", NULL);
	g_autofree char *own = g_build_filename(build->headers, "Module.symvers", NULL);
	g_autoptr(GBytes) list = NULL;

	if (g_str_equal(own, build->symvers))
		return ksig_file_write(path, "", 0, 0644, error);
	list = ksig_elf_unpack_file(build->symvers, 0, error);
	return list && check_versions(build->symvers, list, error) && ksig_bytes_write(path, list, error);
}

static bool write_stable(const struct ksig_kmod_build *build, const char *top, GError **error)
{
	g_autofree char *path = g_build_filename(top, "stable.symbols", NULL);
	g_autofree char *names = ksig_kmod_stable_names(build, error);

	return names && ksig_file_write(path, names, -1, 0644, error);
}

/* The one file attribute that rpmbuild is to use; its generator is this program. */
static bool write_attribute(const struct ksig_kmod_build *build, const char *top, GError **error)
{
	g_autofree char *folder = g_build_filename(top, "fileattrs", NULL);
	g_autofree char *path = g_build_filename(folder, "ksigmod.attr", NULL);
	g_autofree char *with = g_build_filename(top, "siblings.symvers", NULL);
	g_autofree char *siblings = ksig_kmod_inputs_siblings(build, error);
	g_autofree char *content = g_strdup_printf(
		"%%__ksigmod_provides %s kmod dependencies provides\n"
		"%%__ksigmod_requires %s kmod dependencies --with %s requires\n"
		"%%__ksigmod_path \\.ko(\\.(gz|xz|zst))?$\n",
		build->program, build->program, with);

	return siblings && ksig_file_write(with, siblings, -1, 0644, error) &&
	       ksig_directory_make(folder, error) && ksig_file_write(path, content, -1, 0644, error);
}

/* The source package keeps the times of its files. */
static bool set_times(const char *folder, gint64 epoch_s, GError **error)
{
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	struct utimbuf times = {.actime = (time_t) epoch_s, .modtime = (time_t) epoch_s};
	const char *name;

	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (g_utime(path, &times) != 0)
			return ksig_error_errno(error, errno, "%s", path);
	}
	return true;
}

/* The recipe's patches for RELEASE on the source in FOLDER, as the spec applies them. */
static bool apply_patches(const ksig_recipe *recipe, const char *release, const char *folder, GError **error)
{
	const struct ksig_process_options options = {.directory = folder, .timeout_ms = PATCH_TIMEOUT_MS};

	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		g_autofree char *file = g_canonicalize_filename(patch->file, NULL);
		g_autofree char *strip = g_strdup_printf("-p%d", patch->strip);
		const char *const argv[] = {"patch", strip, "--fuzz=0", "--no-backup-if-mismatch", "-s", "-f",
					    "-i",    file,  NULL};
		if (!ksig_kmod_recipe_range_matches(patch->kernels, release))
			continue;
		if (!ksig_process_run(argv, &options, NULL, NULL, error)) {
			g_prefix_error(error, "%s: ", patch->file);
			return false;
		}
	}
	return true;
}

/*
 * SOURCES/kmod-NAME-devices.patch, made for this very source, the recipe's patches applied: one of them may
 * bring what goes with an id. OUT_MADE: false if no id is missing in it.
 */
static bool write_devices(const struct ksig_kmod_build *build, const char *release, const char *top,
			  bool *out_made, GError **error)
{
	g_autofree char *upstream = g_build_filename(top, "devices", "upstream", NULL);
	g_autofree char *source = g_build_filename(top, "devices", "source", NULL);
	g_autofree char *path = g_strdup_printf("%s/SOURCES/kmod-%s-devices.patch", top, build->recipe->name);
	g_autoptr(GPtrArray) failed = NULL;
	g_autoptr(GError) reason = NULL;

	if (!build->upstream)
		return true;
	if (!ksig_directory_make(upstream, error) || !ksig_directory_make(source, error) ||
	    !ksig_kmod_devices_stage(build->upstream, build->recipe, upstream, error) ||
	    !ksig_kmod_devices_stage(build->source, build->recipe, source, error) ||
	    !apply_patches(build->recipe, release, source, error))
		return false;
	g_autofree char *found = NULL,
			*configuration = ksig_kmod_devices_configuration(build->headers, &found);
	g_autofree char *patch = ksig_kmod_devices_patch(upstream, source, build->recipe, configuration,
							 release, &failed, &reason);
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	if (failed->len > 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: %u devices cannot be restored in it, such as %s", build->source,
				      failed->len, (char *) g_ptr_array_index(failed, 0));
	*out_made = patch != NULL;
	return !patch || ksig_file_write(path, patch, -1, 0644, error);
}

static unsigned spec_flags(const struct ksig_kmod_build *build, bool devices)
{
	return (build->key ? KSIG_KMOD_SPEC_SIGN : 0) | (devices ? KSIG_KMOD_SPEC_DEVICES : 0);
}

static bool write_spec(const struct ksig_kmod_build *build, const char *release, unsigned number,
		       const char *top, bool devices, GError **error)
{
	g_autofree char *specs = g_build_filename(top, "SPECS", NULL);
	g_autofree char *path = g_strdup_printf("%s/kmod-%s.spec", specs, build->recipe->name);
	g_autofree char *spec = ksig_kmod_spec(build->recipe, release, number, spec_flags(build, devices));

	return ksig_directory_make(specs, error) && ksig_file_write(path, spec, -1, 0644, error) &&
	       set_times(specs, build->epoch_s, error);
}

static bool write_all(const struct ksig_kmod_build *build, const char *release, unsigned number,
		      const char *top, GError **error)
{
	g_autofree char *sources = g_build_filename(top, "SOURCES", NULL);
	g_autofree char *override_path = g_strdup_printf("%s/kmod-%s.conf", sources, build->recipe->name);
	g_autofree char *override = override_file(build->recipe, release);
	bool devices = false;

	return ksig_directory_make(sources, error) &&
	       ksig_file_write(override_path, override, -1, 0644, error) &&
	       copy_patches(build->recipe, sources, error) && make_tarball(build, top, error) &&
	       write_devices(build, release, top, &devices, error) && write_attribute(build, top, error) &&
	       write_symbols(build, top, error) && write_stable(build, top, error) &&
	       set_times(sources, build->epoch_s, error) &&
	       write_spec(build, release, number, top, devices, error);
}

/*
 * What the recipe calls the version of a source of its own is that source's; a kernel's has the drivers of
 * that kernel, and they say it themselves. OUT_RECIPE: BUILD's recipe with that version, TO_FREE's.
 */
static bool take_version(const struct ksig_kmod_build *build, const char *stage, ksig_recipe *out_recipe,
			 char **to_free, GError **error)
{
	g_autoptr(GError) reason = NULL;

	*out_recipe = *build->recipe;
	if (!g_str_equal(build->recipe->source_kind, "kernel"))
		return true;
	*to_free = ksig_kmod_driver_version(build->recipe, stage, &reason);
	if (*to_free)
		out_recipe->version = *to_free;
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	return !reason;
}

bool ksig_kmod_inputs_write(const struct ksig_kmod_build *build, const char *release, unsigned number,
			    const char *top, GError **error)
{
	struct ksig_kmod_build own = *build;
	ksig_recipe recipe = {0};
	g_autofree char *first = stage_path(build, top), *version = NULL;

	if (!ksig_kmod_source_stage(build, first, error) ||
	    !take_version(build, first, &recipe, &version, error))
		return false;
	own.recipe = &recipe;
	g_autofree char *stage = stage_path(&own, top);
	if (g_rename(first, stage) != 0)
		return ksig_error_errno(error, errno, "%s", stage);
	return write_all(&own, release, number, top, error);
}

/* What is read of upstream's source changes the result, too. */
static char *upstream_state(const struct ksig_kmod_build *build, GError **error)
{
	struct ksig_kmod_build other = *build;

	other.source = build->upstream;
	return build->upstream ? ksig_kmod_source_state(&other, error) : g_strdup("");
}

/* The spec, the source, the kernel's symbols, the recipe and its patches, the key's name, the time. */
char *ksig_kmod_inputs_hash(const struct ksig_kmod_build *build, const char *release, GError **error)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autoptr(GPtrArray) files = g_ptr_array_new();
	g_autofree char *spec = ksig_kmod_spec(build->recipe, release, 1,
					       spec_flags(build, build->upstream != NULL));
	g_autofree char *source = ksig_kmod_source_state(build, error);
	g_autofree char *upstream = source ? upstream_state(build, error) : NULL;
	g_autofree char *stable = upstream ? ksig_kmod_stable_names(build, error) : NULL;
	g_autofree char *siblings = stable ? ksig_kmod_inputs_siblings(build, error) : NULL;
	g_autofree char *rest = g_strdup_printf("%d\n%s\n%s\n%" G_GINT64_FORMAT "\n%s", build->source_only,
						build->source, build->key ? build->key : "", build->epoch_s,
						build->compiler ? build->compiler : "");

	if (!siblings)
		return NULL;
	g_checksum_update(checksum, (const guchar *) upstream, -1);
	g_checksum_update(checksum, (const guchar *) stable, -1);
	g_checksum_update(checksum, (const guchar *) siblings, -1);
	g_checksum_update(checksum, (const guchar *) spec, -1);
	g_checksum_update(checksum, (const guchar *) source, -1);
	g_checksum_update(checksum, (const guchar *) rest, -1);
	g_ptr_array_add(files, (gpointer) build->symvers);
	g_ptr_array_add(files, build->recipe->path);
	if (build->recipe->changelog)
		g_ptr_array_add(files, build->recipe->changelog);
	for (guint i = 0; i < build->recipe->patches->len; i++)
		g_ptr_array_add(files, ((struct ksig_recipe_patch *) build->recipe->patches->pdata[i])->file);
	for (guint i = 0; i < files->len; i++) {
		g_autofree char *sum = ksig_file_sha256(g_ptr_array_index(files, i), error);
		if (!sum)
			return NULL;
		g_checksum_update(checksum, (const guchar *) sum, -1);
	}
	return g_strdup(g_checksum_get_string(checksum));
}
