/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a repository has, by its metadata. */
#include "rpm/repository.h"
#include "rpm/metadata.h"

#include <fnmatch.h>

struct listing {
	GPtrArray *packages;
	const struct ksig_repo_query *query;
};

static void free_package(gpointer package)
{
	ksig_rpm_package_free(package);
}

static bool matches(const char *const *patterns, const ksig_package *package)
{
	g_autofree char *nevra = ksig_rpm_package_nevra(package);

	if (!patterns)
		return true;
	for (const char *const *pattern = patterns; *pattern; pattern++)
		if (fnmatch(*pattern, nevra, 0) == 0)
			return true;
	return false;
}

static bool provides(const cr_Package *package, const char *what)
{
	for (const GSList *item = what ? package->provides : NULL; item; item = item->next)
		if (g_strcmp0(((const cr_Dependency *) item->data)->name, what) == 0)
			return true;
	return !what;
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
	    !ksig_rpm_sum_is_known(package->checksum_type) ||
	    listing->packages->len >= KSIG_RPM_LIMIT_PACKAGES) {
		g_set_error(error, KSIG_ERROR, KSIG_ERROR_INPUT, "a package without name, version or sum");
		return CR_CB_RET_ERR;
	}
	if (matches(listing->query->patterns, taken) && provides(package, listing->query->provides))
		g_ptr_array_add(listing->packages, g_steal_pointer(&taken));
	return CR_CB_RET_OK;
}

static GBytes *fetch_repomd(const struct ksig_repo_query *query, GError **error)
{
	g_autoptr(GBytes) data = ksig_rpm_fetch(query->location, "repodata/repomd.xml",
						KSIG_RPM_LIMIT_SMALL_BYTES, error);
	g_autoptr(GBytes) signature = NULL;

	if (!data || !query->check)
		return g_steal_pointer(&data);
	signature = ksig_rpm_fetch(query->location, "repodata/repomd.xml.asc", KSIG_RPM_LIMIT_SMALL_BYTES,
				   error);
	if (!signature || !query->check(data, signature, query->check_data, error))
		return NULL;
	return g_steal_pointer(&data);
}

static char *fetch_primary(const struct ksig_repo_query *query, const char *scratch, gint64 *out_revision,
			   GError **error)
{
	g_autofree char *path = g_build_filename(scratch, "repomd.xml", NULL);
	g_autoptr(cr_Repomd) repomd = cr_repomd_new();
	g_autoptr(GBytes) data = fetch_repomd(query, error);

	if (!data || !ksig_bytes_write(path, data, error))
		return NULL;
	if (!ksig_rpm_parse_repomd(path, repomd, "repomd.xml", error))
		return NULL;
	const cr_RepomdRecord *primary = cr_repomd_get_record(repomd, "primary");
	if (!primary) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "repomd.xml names no primary");
		return NULL;
	}
	*out_revision = repomd->revision ? g_ascii_strtoll(repomd->revision, NULL, 10) : 0;
	return ksig_rpm_fetch_record(query->location, primary, scratch, error);
}

GPtrArray *ksig_rpm_repo_find(const struct ksig_repo_query *query, gint64 *out_revision, GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-list", error);
	g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func(free_package);
	struct listing listing = {.packages = packages, .query = query};
	gint64 revision = 0;

	ksig_rpm_library_init();
	g_autofree char *primary = scratch ? fetch_primary(query, scratch, &revision, error) : NULL;
	if (!primary) {
		g_prefix_error(error, "%s: ", query->location);
		return NULL;
	}
	if (!ksig_rpm_parse_primary(primary, take_package, &listing, query->location, error))
		return NULL;
	if (out_revision)
		*out_revision = revision;
	return g_steal_pointer(&packages);
}

static bool check_by_keyring(GBytes *data, GBytes *signature, void *keys, GError **error)
{
	return ksig_rpm_keyring_check_data(keys, data, signature, NULL, error);
}

GPtrArray *ksig_rpm_repo_packages(const char *location, ksig_keyring *keys, const char *const *patterns,
				  GError **error)
{
	const struct ksig_repo_query query = {.location = location,
					      .patterns = patterns,
					      .check = keys ? check_by_keyring : NULL,
					      .check_data = keys};

	return ksig_rpm_repo_find(&query, NULL, error);
}

char *ksig_rpm_repo_get(const char *location, const ksig_package *package, const char *folder, GError **error)
{
	g_autofree char *path = ksig_rpm_fetch_path(location, package->path, package->size_bytes, folder,
						    error);
	g_autoptr(GError) reason = NULL;

	if (!path)
		return NULL;
	if (ksig_rpm_file_check(path, package->sha256, &reason))
		return g_steal_pointer(&path);
	if (g_error_matches(reason, KSIG_ERROR, KSIG_ERROR_ENVIRONMENT))
		g_propagate_error(error, g_steal_pointer(&reason));
	else
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s/%s: not the file that the repository names",
			       location, package->path);
	return NULL;
}
