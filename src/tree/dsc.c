/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debian source packages: dpkg-source(1), formats 1.0, 3.0 (native) and 3.0 (quilt). */
#include "tree/dsc-internal.h"
#include "tree/archive-internal.h"
#include "tree/digest-internal.h"
#include "tree/dsc-parse-internal.h"
#include "tree/edit-internal.h"
#include "tree/patch-apply-internal.h"
#include "tree/recall-internal.h"
#include "tree/source-patch-internal.h"
#include "tree/tarball-internal.h"
#include "tree/tree-internal.h"
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

enum { DSC_LIMIT_BYTES = 16 << 20, PATCHES_LIMIT = 100000 };
#define MEMBER_LIMIT_BYTES ((uint64_t) 256 << 20)
#define PACKAGING_LIMIT_BYTES ((uint64_t) 1 << 30)

struct package {
	ksig_store *store;
	struct ksig_kernel *kernel;
	struct ksig_dsc *dsc;
	char *folder;
	const char *own; /* for copies of files */
};

/* ---- the files of the package -------------------------------------------------------------------- */

static char *path_of(const struct package *package, const struct ksig_dsc_file *file)
{
	return g_build_filename(package->folder, file->name, NULL);
}

/* A copy of FILE as the .dsc has it. */
static char *copy_of(const struct package *package, const struct ksig_dsc_file *file, GError **error)
{
	g_autofree char *path = path_of(package, file);

	return ksig_import_copy(path, file->sha256, package->own, error);
}

static bool verify_file(const struct package *package, const struct ksig_dsc_file *file, GError **error)
{
	g_autofree char *path = path_of(package, file);
	g_autofree char *digest = ksig_digest_file(path, error);

	if (!digest)
		return false;
	if (!g_str_equal(digest, file->sha256))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: SHA-256 is %s, the .dsc says %s", path,
				      digest, file->sha256);
	return true;
}

static bool verify(const struct package *package, GError **error)
{
	for (guint i = 0; i < package->dsc->files->len; i++)
		if (!verify_file(package, package->dsc->files->pdata[i], error))
			return false;
	return true;
}

/* The key holds what the result depends on: the rules, the version, each file's name and bytes. */
static char *key_of(const struct package *package)
{
	g_autoptr(GPtrArray) digests = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(digests, g_strdup(package->dsc->format));
	g_ptr_array_add(digests, g_strdup(package->dsc->version));
	for (guint i = 0; i < package->dsc->files->len; i++) {
		const struct ksig_dsc_file *file = package->dsc->files->pdata[i];
		g_ptr_array_add(digests, g_strdup_printf("%s %s", file->sha256, file->name));
	}
	g_ptr_array_add(digests, NULL);
	return ksig_import_key("dsc-2", (const char *const *) digests->pdata);
}

static bool is_tarball(const char *name, const char *stem)
{
	static const char *const ends[] = {".gz", ".bz2", ".xz", ".lzma", ".zst"};

	if (!g_str_has_suffix(name, ".asc"))
		for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
			g_autofree char *end = g_strconcat(stem, ends[i], NULL);
			if (g_str_has_suffix(name, end))
				return true;
		}
	return false;
}

/* The one file whose name ends in STEM (".orig.tar") and a compression; NULL if there is none. */
static const struct ksig_dsc_file *find_file(const struct package *package, const char *stem)
{
	for (guint i = 0; i < package->dsc->files->len; i++) {
		const struct ksig_dsc_file *file = package->dsc->files->pdata[i];
		if (is_tarball(file->name, stem))
			return file;
	}
	return NULL;
}

static bool import_file(const struct package *package, const struct ksig_dsc_file *file, git_oid *out_tree,
			GError **error)
{
	g_autofree char *path = path_of(package, file);

	return ksig_tarball_import(package->store, path, file->sha256, out_tree, error);
}

/* ---- the packaging: debian.tar.xz, small enough for memory ---------------------------------------- */

static void text_free(void *data)
{
	g_bytes_unref(data);
}

static bool read_member(GHashTable *members, struct archive *archive, struct archive_entry *entry,
			const char *name, uint64_t *total_bytes, GError **error)
{
	g_autofree char *path = ksig_archive_path(entry, name, error);
	size_t length_bytes = 0;

	if (!path)
		return false;
	if (!ksig_path_is_safe(path) || (!g_str_has_prefix(path, "debian/") && !g_str_equal(path, "debian")))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: not below debian/", name, path);
	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
	    !(g_str_has_prefix(path, "debian/patches/") || g_str_equal(path, "debian/changelog")))
		return true;
	char *text = ksig_archive_read(archive, entry, MEMBER_LIMIT_BYTES, name, &length_bytes, error);
	if (!text)
		return false;
	g_hash_table_replace(members, g_steal_pointer(&path), g_bytes_new_take(text, length_bytes));
	*total_bytes += length_bytes;
	if (*total_bytes > PACKAGING_LIMIT_BYTES || g_hash_table_size(members) > PATCHES_LIMIT)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more packaging than fits", name);
	return true;
}

/* debian/changelog and debian/patches/…: path -> GBytes. */
static GHashTable *read_packaging(const char *path, GError **error)
{
	g_autoptr(GHashTable)
		members = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, text_free);
	g_autoptr(ksig_tar) tar = ksig_tar_open(path, error);
	struct archive_entry *entry = NULL;
	uint64_t total_bytes = 0;

	while (tar && ksig_tar_next(tar, path, &entry, error)) {
		if (!entry)
			return g_steal_pointer(&members);
		if (!read_member(members, ksig_tar_archive(tar), entry, path, &total_bytes, error))
			return NULL;
	}
	return NULL;
}

static char *text_of(GHashTable *members, const char *path, size_t *out_length_bytes)
{
	GBytes *bytes = g_hash_table_lookup(members, path);
	size_t length_bytes = 0;
	const char *text = bytes ? g_bytes_get_data(bytes, &length_bytes) : NULL;

	if (out_length_bytes)
		*out_length_bytes = length_bytes;
	return bytes ? g_strndup(text ? text : "", length_bytes) : NULL;
}

static bool add_patch(GPtrArray *patches, GHashTable *members, const char *name, const char *tarball,
		      GError **error)
{
	g_autofree char *path = g_build_filename("debian/patches", name, NULL);
	GBytes *bytes = g_hash_table_lookup(members, path);

	if (!bytes)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: the series names %s, which is not there",
				      tarball, path);
	const size_t length_bytes = g_bytes_get_size(bytes);
	const char *text = g_bytes_get_data(bytes, NULL);
	g_ptr_array_add(patches, ksig_source_patch_debian(name, g_strndup(text ? text : "", length_bytes),
							  length_bytes));
	return true;
}

static GPtrArray *read_series(GHashTable *members, const char *tarball, GError **error)
{
	g_autofree char *series = text_of(members, "debian/patches/series", NULL);
	g_autoptr(GPtrArray) names = ksig_series_parse(series ? series : "", tarball, error);
	g_autoptr(GPtrArray) patches = g_ptr_array_new_with_free_func(ksig_rpm_source_patch_free);

	if (!names)
		return NULL;
	for (guint i = 0; i < names->len; i++)
		if (!add_patch(patches, members, names->pdata[i], tarball, error))
			return NULL;
	return g_steal_pointer(&patches);
}

/* ---- the formats --------------------------------------------------------------------------------- */

/* linux_1.orig-NAME.tar.xz is unpacked as the folder NAME. */
static bool add_components(const struct package *package, git_oid *tree, GError **error)
{
	static const char mark[] = ".orig-";

	for (guint i = 0; i < package->dsc->files->len; i++) {
		const struct ksig_dsc_file *file = package->dsc->files->pdata[i];
		const char *component = strstr(file->name, mark);
		if (!component || !is_tarball(file->name, ".tar"))
			continue;
		component += strlen(mark);
		g_autofree char *folder = g_strndup(component, strcspn(component, "."));
		git_oid subtree;
		if (!ksig_path_is_safe(folder) || !import_file(package, file, &subtree, error) ||
		    !ksig_tree_with(package->store, tree, folder, &subtree, tree, error))
			return false;
	}
	return true;
}

static bool import_upstream(const struct package *package, git_oid *out_tree, GError **error)
{
	const struct ksig_dsc_file *orig = find_file(package, ".orig.tar");

	if (!orig)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no .orig.tar file",
				      package->kernel->argument);
	return import_file(package, orig, out_tree, error) && add_components(package, out_tree, error) &&
	       ksig_tree_without(package->store, out_tree, "debian", out_tree, error) &&
	       ksig_tree_without(package->store, out_tree, ".pc", out_tree, error);
}

static bool import_quilt(struct package *package, GError **error)
{
	const struct ksig_dsc_file *debian = find_file(package, ".debian.tar");
	git_oid upstream;

	if (!debian)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no .debian.tar file",
				      package->kernel->argument);
	g_autofree char *path = copy_of(package, debian, error);
	g_autoptr(GHashTable) members = path ? read_packaging(path, error) : NULL;
	g_autoptr(GPtrArray) patches = members ? read_series(members, path, error) : NULL;
	if (!patches || !import_upstream(package, &upstream, error))
		return false;
	if (!ksig_patches_apply(package->store, &upstream, patches, &package->kernel->tree, error))
		return false;
	package->kernel->changelog = text_of(members, "debian/changelog", NULL);
	ksig_source_patches_note(patches, package->kernel);
	return true;
}

/* Takes debian/ out of TREE, and its changelog with it. */
static bool take_packaging_out(struct package *package, const git_oid *tree, GError **error)
{
	package->kernel->changelog = ksig_tree_text(package->store, tree, "debian/changelog");
	return ksig_tree_without(package->store, tree, "debian", &package->kernel->tree, error);
}

static bool import_native(struct package *package, GError **error)
{
	const struct ksig_dsc_file *file = find_file(package, ".tar");
	git_oid tree;

	if (!file)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no .tar file", package->kernel->argument);
	return import_file(package, file, &tree, error) && take_packaging_out(package, &tree, error);
}

static struct ksig_source_patch *read_diff(const struct package *package, const struct ksig_dsc_file *file,
					   GError **error)
{
	g_autofree char *path = copy_of(package, file, error);
	struct ksig_source_patch *raw =
		path ? ksig_source_patch_read(path, file->name, PACKAGING_LIMIT_BYTES, error) : NULL;

	if (!raw)
		return NULL;
	struct ksig_source_patch *patch = ksig_source_patch_debian(file->name, g_steal_pointer(&raw->text),
								   raw->length_bytes);
	ksig_rpm_source_patch_free(raw);
	return patch;
}

static bool import_diff(struct package *package, const struct ksig_dsc_file *file, GError **error)
{
	const struct ksig_dsc_file *orig = find_file(package, ".orig.tar");
	g_autoptr(GPtrArray) patches = g_ptr_array_new_with_free_func(ksig_rpm_source_patch_free);
	git_oid tree;

	if (!orig)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no .orig.tar file",
				      package->kernel->argument);
	struct ksig_source_patch *patch = read_diff(package, file, error);
	if (!patch)
		return false;
	g_ptr_array_add(patches, patch);
	if (!import_file(package, orig, &tree, error) ||
	    !ksig_patches_apply(package->store, &tree, patches, &tree, error))
		return false;
	ksig_source_patches_note(patches, package->kernel);
	return take_packaging_out(package, &tree, error);
}

static bool import_format(struct package *package, GError **error)
{
	const struct ksig_dsc_file *diff = find_file(package, ".diff");
	const char *format = package->dsc->format;

	if (g_str_equal(format, "3.0 (quilt)"))
		return import_quilt(package, error);
	if (g_str_equal(format, "3.0 (native)") || (g_str_equal(format, "1.0") && !diff))
		return import_native(package, error);
	if (g_str_equal(format, "1.0"))
		return import_diff(package, diff, error);
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: format %s; 1.0, 3.0 (native) and 3.0 (quilt) are known",
			      package->kernel->argument, format);
}

static bool import_package(struct package *package, GError **error)
{
	bool found = false;

	if (!verify(package, error))
		return false;
	g_autofree char *key = key_of(package);
	if (!ksig_import_recall(package->store, key, package->kernel, &found, error))
		return false;
	if (found)
		return true;
	g_autoptr(ksig_scratch) own = ksig_import_scratch(package->store, error);
	package->own = own;
	if (!own || !import_format(package, error))
		return false;
	package->kernel->label = g_strdup(package->dsc->version);
	if (package->kernel->changelog)
		package->kernel->changelog_format = KSIG_CHANGELOG_DEBIAN;
	return ksig_import_remember(package->store, key, package->kernel, error);
}

bool ksig_kernel_import_dsc(ksig_store *store, struct ksig_kernel *kernel, GError **error)
{
	struct package package = {.store = store, .kernel = kernel};
	g_autofree char *text = ksig_file_read(kernel->argument, DSC_LIMIT_BYTES, NULL, error);
	g_autofree char *folder = g_path_get_dirname(kernel->argument);
	g_autoptr(ksig_dsc) dsc = text ? ksig_dsc_parse(text, kernel->argument, error) : NULL;

	if (!dsc)
		return false;
	package.dsc = dsc;
	package.folder = folder;
	return import_package(&package, error);
}
