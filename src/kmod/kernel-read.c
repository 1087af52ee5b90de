/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel from what stands in its packages: symbols, release, and the vermagic that its loader will ask for.
 */
#include "kmod/kernel-read-internal.h"
#include "kmod/kernel-internal.h"
#include "kmod/parts-internal.h"
#include "rpm/rpm.h"

#include <string.h>

enum { CONFIGURATION_LIMIT_BYTES = 16 << 20 };

/* True if "CONFIG_NAME=y" is a line of CONFIGURATION. */
static bool has_option(const char *configuration, const char *name)
{
	g_autofree char *line = g_strdup_printf("CONFIG_%s=y\n", name);
	const char *found = configuration;

	while ((found = strstr(found, line))) {
		if (found == configuration || found[-1] == '\n')
			return true;
		found++;
	}
	return false;
}

/*
 * MODULE_VERMAGIC_STRING of include/linux/vermagic.h. Before v5.13 CONFIG_PREEMPT stood where
 * CONFIG_PREEMPT_BUILD stands now; with PREEMPT_DYNAMIC only the latter is set.
 */
static char *make_vermagic(const char *release, const char *configuration)
{
	const bool real_time = has_option(configuration, "PREEMPT_RT");
	const bool preempt = has_option(configuration, "PREEMPT_BUILD") ||
			     has_option(configuration, "PREEMPT");
	const bool arm = has_option(configuration, "ARM64");

	return g_strconcat(release, " ", has_option(configuration, "SMP") ? "SMP " : "",
			   real_time ? "preempt_rt "
			   : preempt ? "preempt "
				     : "",
			   has_option(configuration, "MODULE_UNLOAD") ? "mod_unload " : "",
			   has_option(configuration, "MODVERSIONS") ? "modversions " : "",
			   arm ? "aarch64" : "", NULL);
}

static char *architecture_of(const char *configuration)
{
	static const struct {
		const char *option, *name;
	} known[] = {{"X86_64", "x86_64"},
		     {"ARM64", "aarch64"},
		     {"CPU_LITTLE_ENDIAN", "ppc64le"},
		     {"S390", "s390x"}};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (has_option(configuration, known[i].option))
			return g_strdup(known[i].name);
	return NULL;
}

char *ksig_kmod_headers_configuration(const char *headers)
{
	g_autofree char *path = g_build_filename(headers, "include", "config", "auto.conf", NULL);

	return ksig_file_read(path, CONFIGURATION_LIMIT_BYTES, NULL, NULL);
}

char *ksig_kmod_headers_architecture(const char *headers)
{
	g_autofree char *configuration = ksig_kmod_headers_configuration(headers);

	return configuration ? architecture_of(configuration) : NULL;
}

static char *text_of(GBytes *bytes)
{
	return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

/* The word between quotes of "#define UTS_RELEASE "6.1.0"". */
static char *quoted(const char *text)
{
	const char *start = strchr(text, '"');
	const char *end = start ? strchr(start + 1, '"') : NULL;

	return end ? g_strndup(start + 1, (gsize) (end - start - 1)) : NULL;
}

/* utsrelease.h is what vermagic is made of; a distribution may override kernel.release alone. */
static void set_release(struct ksig_catalog_kernel *info, const struct ksig_kmod_parts *parts)
{
	if (parts->utsrelease) {
		g_autofree char *text = text_of(parts->utsrelease);
		info->release = quoted(text);
	}
	if (parts->release && !info->release)
		info->release = g_strstrip(text_of(parts->release));
}

/* A module of the kernel itself knows its vermagic for sure; the configuration is the next best. */
static void set_from_module(struct ksig_catalog_kernel *info, const struct ksig_kmod_parts *parts)
{
	g_autoptr(GBytes) data = ksig_elf_unpack(parts->module_path, parts->module, 0, NULL);
	g_autoptr(ksig_module) module = data ? ksig_elf_module_parse(parts->module_path, data, NULL) : NULL;

	if (!module || !module->vermagic)
		return;
	info->struct_bytes = (int64_t) module->struct_bytes;
	info->vermagic = g_strdup(module->vermagic);
	info->architecture = g_strdup(module->architecture);
	if (!info->release)
		info->release = g_strndup(module->vermagic, strcspn(module->vermagic, " "));
}

/* "lib/modules/5.14.0-362.el9.x86_64/symvers.gz" and "usr/src/kernels/5.14.0-…/Module.symvers" name the
 * release. */
static char *release_of_path(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(folder);

	return g_ascii_isdigit(name[0]) ? g_steal_pointer(&name) : NULL;
}

/* "symvers-4.18.0-147.el8.x86_64.gz", as EL's kernels leave it in /boot, names the release itself. */
static char *release_of_list(const char *path)
{
	static const char *const ends[] = {".gz", ".xz", ".zst"};
	g_autofree char *name = g_path_get_basename(path);

	if (!g_str_has_prefix(name, "symvers-") || !g_ascii_isdigit(name[strlen("symvers-")]))
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		if (g_str_has_suffix(name, ends[i]))
			name[strlen(name) - strlen(ends[i])] = '\0';
	return g_strdup(name + strlen("symvers-"));
}

/* A package's header knows what its file name may not. */
static void set_from_header(struct ksig_catalog_kernel *info, const char *path)
{
	g_autoptr(ksig_package) package = g_str_has_suffix(path, ".rpm") ? ksig_rpm_package_read(path, NULL)
									 : NULL;

	if (package && !info->architecture)
		info->architecture = g_strdup(package->arch);
	if (package && !info->release)
		info->release = g_strdup_printf("%s-%s.%s", package->version, package->release,
						package->arch);
}

bool ksig_kmod_release_check(const char *path, const char *release, GError **error)
{
	if (g_regex_match_simple("^[0-9A-Za-z][0-9A-Za-z._+~-]{0,127}$", release,
				 G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0))
		return true;
	g_autofree char *shown = g_strescape(release, NULL);
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"%.80s\" is not the release of a kernel", path,
			      shown);
}

static void identify(struct ksig_catalog_kernel *info, const struct ksig_kmod_parts *parts, const char *path)
{
	set_release(info, parts);
	if (parts->module)
		set_from_module(info, parts);
	if (!info->release && parts->symvers_path)
		info->release = release_of_path(parts->symvers_path);
	if (parts->configuration && info->release && !info->vermagic) {
		g_autofree char *configuration = text_of(parts->configuration);
		info->vermagic = make_vermagic(info->release, configuration);
		info->architecture = architecture_of(configuration);
	}
	if (!info->release)
		info->release = release_of_list(path);
	set_from_header(info, path);
	info->label = info->release ? g_strdup(info->release) : g_path_get_basename(path);
	info->source = g_strdup(path);
	info->flavour = g_strdup(strstr(info->label, "-rt") || strstr(info->label, "+rt") ? "rt"
				 : strstr(info->label, "cloud")                           ? "cloud"
											  : "");
}

static bool add_symvers(ksig_kmod_kernel *kernel, const char *path, GBytes *symvers, GError **error)
{
	g_autoptr(GBytes) data = ksig_elf_unpack(path, symvers, 0, error);
	g_autoptr(GPtrArray) exports = data ? ksig_elf_symvers_parse(path, g_bytes_get_data(data, NULL),
								     g_bytes_get_size(data), error)
					    : NULL;

	if (!exports)
		return false;
	ksig_kmod_kernel_add_exports(kernel, exports);
	return true;
}

/* Of a kernel's folder, the list of its architecture, or the only one. */
static GBytes *own_list(const ksig_kmod_kernel *kernel, GHashTable *lists)
{
	const char *arch = kernel->info->architecture;
	GHashTableIter iterator;
	gpointer only = NULL;

	if (lists && arch)
		return g_hash_table_lookup(lists, arch);
	if (!lists || g_hash_table_size(lists) != 1)
		return NULL;
	g_hash_table_iter_init(&iterator, lists);
	g_hash_table_iter_next(&iterator, NULL, &only);
	return only;
}

/* The list that is given, else its own; *OUT stays NULL if neither is there. */
static bool find_stable(const ksig_kmod_kernel *kernel, const struct ksig_kmod_parts *parts,
			const char *stable, GBytes **out, GError **error)
{
	GBytes *own = own_list(kernel, parts->stable);

	if (stable)
		return (*out = ksig_elf_kabi_read(stable, kernel->info->architecture, ksig_rpm_archive_open,
						  error)) != NULL;
	*out = own ? g_bytes_ref(own) : NULL;
	return true;
}

static bool add_stable(ksig_kmod_kernel *kernel, const char *path, GBytes *list, GError **error)
{
	gsize length = 0;
	const char *text = g_bytes_get_data(list, &length);
	g_autoptr(GPtrArray) symbols = ksig_elf_kabi_parse(path, text ? text : "", length, error);

	if (!symbols)
		return false;
	ksig_kmod_kernel_add_stable(kernel, symbols);
	return true;
}

static bool read_parts(struct ksig_kmod_parts *parts, const char *path, GError **error)
{
	/* lib/modules/KERNEL says what the kernel exports, or its link build leads to where that is said. */
	if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
		g_autofree char *build = g_build_filename(path, "build", NULL);
		return ksig_kmod_parts_read_folder(parts, path, error) &&
		       (parts->symvers || ksig_kmod_parts_read_folder(parts, build, error));
	}
	if (g_str_has_suffix(path, ".rpm") || g_str_has_suffix(path, ".deb"))
		return ksig_kmod_parts_read_package(parts, path, error);
	parts->symvers = ksig_elf_unpack_file(path, 0, error);
	return parts->symvers != NULL;
}

/* OUT_NONE: what is read says nothing of symbols; no error then. */
static ksig_kmod_kernel *read_kernel(const char *path, const char *stable, bool *out_none, GError **error)
{
	struct ksig_kmod_parts parts = {0};
	g_autoptr(ksig_kmod_kernel) kernel = ksig_kmod_kernel_new();
	g_autoptr(GBytes) list = NULL;
	bool good = read_parts(&parts, path, error);

	*out_none = good && !parts.symvers;
	good = good && !*out_none;
	if (good) {
		identify(kernel->info, &parts, path);
		good = (!kernel->info->release ||
			ksig_kmod_release_check(path, kernel->info->release, error)) &&
		       add_symvers(kernel, path, parts.symvers, error);
	}
	good = good && find_stable(kernel, &parts, stable, &list, error) &&
	       (!list || add_stable(kernel, stable ? stable : path, list, error));
	ksig_kmod_parts_clear(&parts);
	return good ? g_steal_pointer(&kernel) : NULL;
}

static bool say_none(const char *path, GError **error)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no Module.symvers in it", path);
}

ksig_kmod_kernel *ksig_kmod_kernel_read(const char *path, const char *stable, GError **error)
{
	bool none = false;
	ksig_kmod_kernel *kernel = read_kernel(path, stable, &none, error);

	if (none)
		say_none(path, error);
	return kernel;
}

/* A kernel's packages each say some of it: the one that knows the vermagic stands for the others. */
static void add_kernel(GPtrArray *kernels, ksig_kmod_kernel *kernel)
{
	for (guint i = 0; i < kernels->len; i++) {
		ksig_kmod_kernel *other = g_ptr_array_index(kernels, i);
		if (!g_str_equal(other->info->label, kernel->info->label))
			continue;
		if (other->info->vermagic || !kernel->info->vermagic) {
			ksig_kmod_kernel_free(kernel);
			return;
		}
		g_ptr_array_remove_index(kernels, i);
		break;
	}
	g_ptr_array_add(kernels, kernel);
}

GPtrArray *ksig_kmod_kernels_read(const char *path, const char *stable, GPtrArray *skipped, GError **error)
{
	g_autoptr(GPtrArray) packages = g_file_test(path, G_FILE_TEST_IS_DIR) ? ksig_kmod_packages_below(path)
									      : NULL;
	g_autoptr(GPtrArray) kernels = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_kernel_free);

	if (!packages || packages->len == 0) {
		ksig_kmod_kernel *kernel = ksig_kmod_kernel_read(path, stable, error);
		if (kernel)
			g_ptr_array_add(kernels, kernel);
		return kernel ? g_steal_pointer(&kernels) : NULL;
	}
	for (guint i = 0; i < packages->len; i++) {
		g_autoptr(GError) reason = NULL;
		bool none = false;
		ksig_kmod_kernel *kernel = read_kernel(packages->pdata[i], stable, &none, &reason);
		if (kernel)
			add_kernel(kernels, kernel);
		else if (!none)
			g_ptr_array_add(skipped, g_strdup(reason->message));
	}
	if (kernels->len == 0) {
		say_none(path, error);
		return NULL;
	}
	return g_steal_pointer(&kernels);
}
