/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A live patch as packages. All that stands in them comes from the signed manifest and the files it vouches
 * for, so that packing needs no key, and the same folder gives the same packages.
 */
#include "live/package.h"
#include "live/manifest.h"
#include "live/package-spec-internal.h"
#include "live/test-result.h"
#include "rpm/rpmbuild-run.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <utime.h>

enum { PACKAGE_TIMEOUT_MS = 10 * 60 * 1000 };

static const struct {
	guint16 machine;
	const char *rpm, *debian;
} architectures[] = {
	{EM_X86_64, "x86_64", "amd64"},
	{EM_AARCH64, "aarch64", "arm64"},
	{EM_PPC64, "ppc64le", "ppc64el"},
	{EM_S390, "s390x", "s390x"},
};

/* RPM's name of the architecture that the module is for; NULL: none that has live patches. */
static const char *architecture_of(GBytes *module)
{
	gsize length = 0;
	const char *data = g_bytes_get_data(module, &length);
	Elf64_Half machine = 0;

	if (length < sizeof(Elf64_Ehdr))
		return NULL;
	memcpy(&machine, data + offsetof(Elf64_Ehdr, e_machine), sizeof(machine));
	for (size_t i = 0; i < G_N_ELEMENTS(architectures); i++)
		if (architectures[i].machine == machine)
			return architectures[i].rpm;
	return NULL;
}

static void cut_architecture(char *rest)
{
	for (size_t i = 0; i < G_N_ELEMENTS(architectures); i++) {
		const char *const names[] = {architectures[i].rpm, architectures[i].debian};
		for (size_t j = 0; j < G_N_ELEMENTS(names); j++) {
			const size_t length = strlen(rest), tail = strlen(names[j]) + 1;
			if (length > tail && g_str_has_suffix(rest, names[j]) &&
			    strchr(".-", rest[length - tail])) {
				rest[length - tail] = '\0';
				return;
			}
		}
	}
}

static bool is_plain(const char *text, const char *more)
{
	for (; *text; text++)
		if (!g_ascii_isalnum(*text) && !strchr(more, *text))
			return false;
	return true;
}

char *ksig_live_package_name(const char *release, char **out_dist, GError **error)
{
	const char *hyphen = strchr(release, '-');

	if (!hyphen || hyphen == release || !hyphen[1] || !is_plain(release, ".-_+~")) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: a kernel's release expected, such as 4.18.0-305.el8.x86_64", release);
		return NULL;
	}
	g_autofree char *version = g_strndup(release, (gsize) (hyphen - release));
	g_autofree char *rest = g_strdup(hyphen + 1);
	cut_architecture(rest);
	char *dist = strstr(rest, ".el");
	if (out_dist)
		*out_dist = g_strdup(dist);
	if (dist)
		*dist = '\0';
	g_strcanon(version, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", '_');
	g_strcanon(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", '_');
	return g_strdup_printf("kpatch-patch-%s-%s", version, rest);
}

static GPtrArray *source_patches(const char *folder, GError **error)
{
	g_autofree char *place = g_build_filename(folder, "patches", NULL);
	g_autoptr(GDir) directory = g_dir_open(place, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		if (name[0] == '.' || !is_plain(name, "._+-")) {
			ksig_error_set(error, KSIG_ERROR_INPUT,
				       "%s/%s: a name of letters, digits and ._+- expected", place, name);
			return NULL;
		}
		g_ptr_array_add(names, g_strdup(name));
	}
	g_ptr_array_sort(names, ksig_by_string);
	return g_steal_pointer(&names);
}

/* The module is the one that the manifest vouches for, and made for it. */
static bool check_module(const char *path, GBytes *module, const ksig_live_manifest *manifest, GError **error)
{
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, module);
	const char *wanted = g_hash_table_lookup(manifest->document->files, "module.ko");
	g_autoptr(ksig_klp) klp = ksig_elf_klp_read(path, module, error);

	if (!klp)
		return false;
	if (g_strcmp0(digest, wanted) != 0)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not the module of its manifest", path);
	return (klp->livepatch && architecture_of(module)) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a live patch", path);
}

static bool check_names(struct live_package *package, GError **error)
{
	const ksig_live_manifest *manifest = package->manifest;

	if (!manifest->release)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: its manifest names no release",
				      package->folder);
	package->name = ksig_live_package_name(manifest->release, &package->dist, error);
	if (!package->name)
		return false;
	if (!g_str_equal(package->name, manifest->document->name))
		return ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"%s: its manifest is named %s; a package for %s is named %s, and so is what "
			"trust is given for",
			package->folder, manifest->document->name, manifest->release, package->name);
	for (char **cve = manifest->cves; *cve; cve++)
		if (!is_plain(*cve, "-"))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: not a CVE id",
					      package->folder, *cve);
	return true;
}

static bool read_folder(struct live_package *package, GError **error)
{
	g_autofree char *path = g_build_filename(package->folder, "manifest.json", NULL);
	g_autofree char *module_path = g_build_filename(package->folder, "module.ko", NULL);
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, error);

	package->manifest = bytes ? ksig_live_manifest_parse(path, bytes, error) : NULL;
	if (!package->manifest || !check_names(package, error))
		return false;
	g_autoptr(GBytes) module = ksig_bytes_read(module_path, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);
	if (!module || !check_module(module_path, module, package->manifest, error))
		return false;
	const struct ksig_live_test_check how = {.words = package->untested};
	if (!ksig_live_test_check(package->folder, package->manifest, &how, error))
		return false;
	package->tested = ksig_live_test_is_beside(package->folder, package->manifest);
	package->architecture = architecture_of(module);
	package->patches = source_patches(package->folder, error);
	return package->patches != NULL;
}

/* The source package keeps the times of its files, and the packages its checksum. */
static bool write_dated(const struct live_package *package, const char *path, const char *data, gsize length,
			GError **error)
{
	const time_t issued = (time_t) package->manifest->document->issued;
	const struct utimbuf times = {.actime = issued, .modtime = issued};

	if (!ksig_file_write(path, data, (gssize) length, 0644, error))
		return false;
	return utime(path, &times) == 0 || ksig_error_errno(error, errno, "%s", path);
}

static bool copy_source(const struct live_package *package, const char *top, const char *below,
			const char *name, GError **error)
{
	g_autofree char *from = g_build_filename(package->folder, below, name, NULL);
	g_autofree char *to = g_build_filename(top, "SOURCES", name, NULL);
	g_autoptr(GBytes) bytes = ksig_bytes_read(from, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);

	return bytes &&
	       write_dated(package, to, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
}

static bool write_sources(const struct live_package *package, const char *top, GError **error)
{
	static const char *const files[] = {"module.ko", "manifest.json", "manifest.json.asc", "test.json",
					    "test.json.asc"};
	g_autofree char *sources = g_build_filename(top, "SOURCES", NULL);
	g_autofree char *spec_path = g_strdup_printf("%s/%s.spec", top, package->name);
	g_autofree char *spec = live_package_spec(package);

	if (!ksig_directory_make(sources, error) ||
	    !write_dated(package, spec_path, spec, strlen(spec), error))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
		if ((package->tested || !g_str_has_prefix(files[i], "test.json")) &&
		    !copy_source(package, top, ".", files[i], error))
			return false;
	for (guint i = 0; i < package->patches->len; i++)
		if (!copy_source(package, top, "patches", package->patches->pdata[i], error))
			return false;
	return true;
}

static bool run_rpmbuild(const struct live_package *package, const char *top, GError **error)
{
	g_autofree char *epoch = g_strdup_printf("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT,
						 package->manifest->document->issued);
	const char *const environment[] = {epoch, "LC_ALL=C.UTF-8", NULL};
	const struct ksig_rpmbuild run = {.environment = environment, .timeout_ms = PACKAGE_TIMEOUT_MS};
	g_autoptr(GPtrArray) command = ksig_rpm_build_command(top, "-ba");

	g_ptr_array_add(command, g_strdup_printf("--target=%s", package->architecture));
	ksig_rpm_build_define(command, "use_source_date_epoch_as_buildtime 1");
	ksig_rpm_build_define(command, "clamp_mtime_to_source_date_epoch 1");
	g_ptr_array_add(command, g_strdup_printf("%s/%s.spec", top, package->name));
	return ksig_rpm_build_run(&run, command, error);
}

static bool build(struct live_package *package, const char *output, GPtrArray *made, GError **error)
{
	g_autoptr(ksig_scratch) top = ksig_directory_temporary(NULL, "ksig-live-package", error);

	return top && read_folder(package, error) && write_sources(package, top, error) &&
	       run_rpmbuild(package, top, error) && ksig_directory_make(output, error) &&
	       ksig_rpm_build_collect(top, "RPMS", output, made, error) &&
	       ksig_rpm_build_collect(top, "SRPMS", output, made, error);
}

GPtrArray *ksig_live_package(const char *folder, const char *output, const char *dist, const char *untested,
			     GError **error)
{
	struct live_package package = {.folder = folder, .untested = untested};
	g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);

	if (dist && !is_plain(dist, "._"))
		ksig_error_set(error, KSIG_ERROR_USAGE, "--dist=%s: letters, digits, . and _ expected", dist);
	else if (package.given_dist = dist, !build(&package, output, made, error))
		g_ptr_array_set_size(made, 0);
	ksig_live_manifest_free(package.manifest);
	g_clear_pointer(&package.patches, g_ptr_array_unref);
	g_free(package.name);
	g_free(package.dist);
	return made->len ? g_steal_pointer(&made) : NULL;
}
