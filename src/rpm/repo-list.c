/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a repository has, by its metadata. */
#include "rpm/repo-internal.h"

#include <fnmatch.h>

struct listing {
	GPtrArray *packages;
	const char *const *patterns;
};

static void free_package(gpointer package)
{
	ksig_package_free(package);
}

static bool wanted(const struct listing *listing, const ksig_package *package)
{
	g_autofree char *nevra = ksig_package_nevra(package);

	if (!listing->patterns)
		return true;
	for (const char *const *pattern = listing->patterns; *pattern; pattern++)
		if (fnmatch(*pattern, nevra, 0) == 0)
			return true;
	return false;
}

static int take_package(cr_Package *package, void *data, GError **error)
{
	struct listing *listing = data;
	G_GNUC_UNUSED g_autoptr(cr_Package) owned = package;
	g_autoptr(ksig_package) taken = g_new0(ksig_package, 1);

	taken->name = g_strdup(package->name);
	taken->arch = g_strdup(package->arch);
	taken->epoch = g_strdup(package->epoch ? package->epoch : "0");
	taken->version = g_strdup(package->version);
	taken->release = g_strdup(package->release);
	taken->sha256 = g_strdup(package->pkgId);
	taken->path = g_strdup(package->location_href);
	taken->size_bytes = (uint64_t) MAX(package->size_package, 0);
	if (!taken->name || !taken->arch || !taken->version || !taken->release || !taken->sha256 ||
	    listing->packages->len >= REPO_LIMIT_PACKAGES) {
		g_set_error(error, KSIG_ERROR, KSIG_ERROR_INPUT, "a package without name, version or sum");
		return CR_CB_RET_ERR;
	}
	if (wanted(listing, taken))
		g_ptr_array_add(listing->packages, g_steal_pointer(&taken));
	return CR_CB_RET_OK;
}

static GBytes *fetch_repomd(const char *location, ksig_keyring *keys, GError **error)
{
	g_autoptr(GBytes) data = repo_fetch(location, "repodata/repomd.xml", REPO_LIMIT_SMALL_BYTES, error);
	g_autoptr(GBytes) signature = NULL;

	if (!data || !keys)
		return g_steal_pointer(&data);
	signature = repo_fetch(location, "repodata/repomd.xml.asc", REPO_LIMIT_SMALL_BYTES, error);
	if (!signature || !ksig_keyring_check_data(keys, data, signature, NULL, error))
		return NULL;
	return g_steal_pointer(&data);
}

static char *fetch_primary(const char *location, ksig_keyring *keys, const char *scratch, GError **error)
{
	g_autofree char *path = g_build_filename(scratch, "repomd.xml", NULL);
	g_autoptr(cr_Repomd) repomd = cr_repomd_new();
	g_autoptr(GBytes) data = fetch_repomd(location, keys, error);
	GError *reason = NULL;

	if (!data || !ksig_file_write(path, g_bytes_get_data(data, NULL), (gssize) g_bytes_get_size(data),
				      0644, error))
		return NULL;
	if (cr_xml_parse_repomd(path, repomd, NULL, NULL, &reason) != CRE_OK) {
		repo_library_error(error, reason, KSIG_ERROR_INPUT, "repomd.xml");
		return NULL;
	}
	const cr_RepomdRecord *primary = cr_repomd_get_record(repomd, "primary");
	if (!primary) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "repomd.xml names no primary");
		return NULL;
	}
	return repo_fetch_record(location, primary, scratch, error);
}

GPtrArray *ksig_repo_packages(const char *location, ksig_keyring *keys, const char *const *patterns,
			      GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-list", error);
	g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func(free_package);
	struct listing listing = {.packages = packages, .patterns = patterns};
	GError *reason = NULL;

	repo_library_init();
	g_autofree char *primary = scratch ? fetch_primary(location, keys, scratch, error) : NULL;
	if (!primary) {
		g_prefix_error(error, "%s: ", location);
		return NULL;
	}
	if (cr_xml_parse_primary(primary, NULL, NULL, take_package, &listing, NULL, NULL, FALSE, &reason) !=
	    CRE_OK) {
		repo_library_error(error, reason, KSIG_ERROR_INPUT, location);
		return NULL;
	}
	return g_steal_pointer(&packages);
}
