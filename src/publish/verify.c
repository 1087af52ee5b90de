/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A repository as a client would see it, and more closely. */
#include "publish/verify-internal.h"
#include "publish/verify-seen-internal.h"
#include "publish/verify.h"
#include "rpm/metadata.h"
#include "publish/pool-internal.h"
#include "publish/closure-internal.h"
#include "publish/chunked-internal.h"
#include "publish/readable-internal.h"

#include <sys/stat.h>
#include <unistd.h>

enum {
	CHANNEL_ATTEMPTS = 5,
	SIGNATURE_ATTEMPTS = 4, /* a publication between the two fetches is no tampering */
};

/* Takes REASON: what is wrong with the repository is a finding; that one cannot look is an error. */
static bool finding_of(struct repo_verify *verify, const char *check, const char *subject, GError *reason,
		       GError **error)
{
	const bool environment = reason->domain == KSIG_ERROR && reason->code == KSIG_ERROR_ENVIRONMENT &&
				 !g_str_equal(check, "signature");

	if (environment) {
		g_propagate_error(error, reason);
		return false;
	}
	repo_finding(verify->findings, false, check, subject, reason->message);
	g_error_free(reason);
	return true;
}

/* ---- signed files -------------------------------------------------------------------------------- */

static GBytes *fetch_signed_once(struct repo_verify *verify, const char *location, const char *path,
				 GError **error)
{
	g_autofree char *signature_path = g_strconcat(path, ".asc", NULL);
	g_autoptr(GBytes) data = ksig_rpm_fetch(location, path, KSIG_RPM_LIMIT_SMALL_BYTES, error);
	g_autoptr(GBytes) signature = NULL;

	if (!data)
		return NULL;
	if (!verify->options->keys)
		return g_steal_pointer(&data);
	signature = ksig_rpm_fetch(location, signature_path, KSIG_RPM_LIMIT_SMALL_BYTES, error);
	if (!signature || !ksig_rpm_keyring_check_data(verify->options->keys, data, signature, NULL, error))
		return NULL;
	return g_steal_pointer(&data);
}

static GBytes *fetch_signed(struct repo_verify *verify, const char *location, const char *path,
			    GError **error)
{
	GError *reason = NULL;

	for (int attempt = 0; attempt < SIGNATURE_ATTEMPTS; attempt++) {
		g_clear_error(&reason);
		GBytes *data = fetch_signed_once(verify, location, path, &reason);
		if (data) {
			repo_finding(verify->findings, true, "signature", path,
				     verify->options->keys ? NULL : "not checked: no keys given");
			return data;
		}
		g_usleep(20000);
	}
	finding_of(verify, "signature", path, reason, error);
	return NULL;
}

/* ---- metadata ------------------------------------------------------------------------------------ */

struct repository {
	struct repo_verify *verify;
	const char *location;                               /* of this repository */
	const char *prefix;                                 /* "9/x86_64/", or "" */
	const char *primary, *filelists, *updates, *groups; /* of PATHS */
	GHashTable *paths;                                  /* type to the file, fetched and of its sum */
	GPtrArray *packages; /* of ksig_package, paths relative to the repository */
};

/* Of the rest (sqlite, modules, what others invent) nothing is said that its sum does not say. */
static bool is_looked_into(const char *type)
{
	static const char *const types[] = {"primary", "filelists", "other", "updateinfo", "group", NULL};
	g_autofree char *plain = repo_chunked_of(type);

	return g_strv_contains(types, plain ? plain : type);
}

static void compare_chunked(struct repository *repository)
{
	GHashTableIter iter;
	gpointer type, path;

	g_hash_table_iter_init(&iter, repository->paths);
	while (g_hash_table_iter_next(&iter, &type, &path)) {
		g_autofree char *plain = repo_chunked_of(type);
		const char *other = plain ? g_hash_table_lookup(repository->paths, plain) : NULL;
		g_autofree char *subject = g_strconcat(repository->prefix, type, NULL);
		g_autoptr(GError) reason = NULL;
		if (plain && !other)
			repo_finding(repository->verify->findings, false, "digest", subject,
				     "without the plain file");
		else if (plain && !repo_chunked_is_same(path, other, &reason))
			repo_finding(repository->verify->findings, false, "digest", subject, reason->message);
	}
}

static bool fetch_records(struct repository *repository, cr_Repomd *repomd, GError **error)
{
	struct repo_verify *verify = repository->verify;
	bool good = true;

	for (GSList *item = repomd->records; item; item = item->next) {
		const cr_RepomdRecord *record = item->data;
		g_autofree char *subject = g_strconcat(repository->prefix, record->type, NULL);
		GError *reason = NULL;
		g_autofree char *path = ksig_rpm_fetch_record(repository->location, record, verify->scratch,
							      &reason);
		if (!path) {
			good = false;
			if (!finding_of(verify, "digest", subject, reason, error))
				return false;
			continue;
		}
		repo_finding(verify->findings, true, "digest", subject,
			     is_looked_into(record->type) ? NULL : "its sum alone");
		g_hash_table_replace(repository->paths, g_strdup(record->type), g_steal_pointer(&path));
	}
	repository->primary = g_hash_table_lookup(repository->paths, "primary");
	repository->filelists = g_hash_table_lookup(repository->paths, "filelists");
	repository->updates = g_hash_table_lookup(repository->paths, "updateinfo");
	repository->groups = g_hash_table_lookup(repository->paths, "group");
	compare_chunked(repository);
	if (good && !repository->primary)
		repo_finding(verify->findings, false, "digest", repository->location,
			     "repomd.xml names no primary");
	return true;
}

/* ---- packages ------------------------------------------------------------------------------------ */

static int take_package(cr_Package *package, void *data, GError **error)
{
	struct repository *repository = data;
	g_autoptr(cr_Package) owned G_GNUC_UNUSED = package;

	if (repository->packages->len >= KSIG_RPM_LIMIT_PACKAGES || !package->name || !package->arch ||
	    !package->location_href || !ksig_rpm_sum_is_known(package->checksum_type) || !package->pkgId) {
		g_set_error(error, KSIG_ERROR, KSIG_ERROR_INPUT, "a package without name, place or sum");
		return CR_CB_RET_ERR;
	}
	ksig_package *taken = g_new0(ksig_package, 1);
	taken->name = g_strdup(package->name);
	taken->arch = g_strdup(package->arch);
	taken->epoch = g_strdup(package->epoch ? package->epoch : "0");
	taken->version = g_strdup(package->version ? package->version : "");
	taken->release = g_strdup(package->release ? package->release : "");
	taken->sha256 = g_strdup(package->pkgId);
	taken->size_bytes = (uint64_t) MAX(package->size_package, 0);
	taken->path = g_strdup(package->location_href);
	g_ptr_array_add(repository->packages, taken);
	g_hash_table_add(repository->verify->names,
			 g_strdup_printf("%s%s.%s", repository->prefix, taken->name, taken->arch));
	return CR_CB_RET_OK;
}

static bool same_identity(const ksig_package *listed, const ksig_package *is, GError **error)
{
	g_autofree char *a = ksig_rpm_package_nevra(listed);
	g_autofree char *b = ksig_rpm_package_nevra(is);

	return g_str_equal(a, b) ? true
				 : ksig_error_set(error, KSIG_ERROR_INPUT, "is %s, listed as %s", b, a);
}

static bool check_package(struct repository *repository, const ksig_package *package, GError **error)
{
	const struct ksig_repo_verify_options *options = repository->verify->options;
	g_autofree char *path = ksig_rpm_fetch_path(repository->location, package->path, package->size_bytes,
						    repository->verify->scratch, error);

	if (!path || !ksig_rpm_file_check(path, package->sha256, error))
		return false;
	g_autoptr(ksig_package) is = ksig_rpm_package_read(path, error);
	const bool good = is && same_identity(package, is, error) &&
			  (!options->keys || ksig_rpm_keyring_check_package(options->keys, path, error));
	if (g_str_has_prefix(path, repository->verify->scratch))
		unlink(path);
	return good;
}

static bool check_packages(struct repository *repository, GError **error)
{
	struct repo_verify *verify = repository->verify;
	g_autoptr(ksig_progress)
		progress = ksig_progress_new("verifying packages", repository->packages->len);
	guint bad = 0;

	for (guint i = 0; i < repository->packages->len; i++) {
		const ksig_package *package = g_ptr_array_index(repository->packages, i);
		GError *reason = NULL;
		ksig_progress_set(progress, i);
		if (check_package(repository, package, &reason))
			continue;
		bad++;
		if (!finding_of(verify, "packages", package->path, reason, error))
			return false;
	}
	if (bad == 0) {
		g_autofree char *message = g_strdup_printf("%u packages", repository->packages->len);
		repo_finding(verify->findings, true, "packages", repository->location, message);
	}
	return true;
}

static void free_package(gpointer package)
{
	ksig_rpm_package_free(package);
}

static bool look_inside(struct repository *repository, GError **error)
{
	struct repo_verify *verify = repository->verify;
	g_autoptr(GError) reason = NULL;

	if (!ksig_rpm_parse_primary(repository->primary, take_package, repository, "primary.xml", &reason)) {
		repo_finding(verify->findings, false, "digest", repository->primary, reason->message);
		return true;
	}
	if (!repo_is_readable(repository->updates, repository->groups, &reason))
		repo_finding(verify->findings, false, "digest", repository->location, reason->message);
	if (!verify->options->metadata_only && !check_packages(repository, error))
		return false;
	return repo_closure(verify, repository->location, repository->primary, repository->filelists, error);
}

static bool verify_repomd(struct repository *repository, GBytes *data, GError **error)
{
	struct repo_verify *verify = repository->verify;
	g_autofree char *path = g_build_filename(verify->scratch, "repomd.xml", NULL);
	g_autoptr(cr_Repomd) repomd = cr_repomd_new();
	g_autoptr(GError) reason = NULL;

	if (!ksig_bytes_write(path, data, error))
		return false;
	if (!ksig_rpm_parse_repomd(path, repomd, "repomd.xml", &reason)) {
		repo_finding(verify->findings, false, "digest", "repomd.xml", reason->message);
		return true;
	}
	const gint64 revision = repomd->revision ? g_ascii_strtoll(repomd->revision, NULL, 10) : 0;
	verify->revision = verify->revision < 0 ? revision : MIN(verify->revision, revision);
	if (!fetch_records(repository, repomd, error))
		return false;
	return repository->primary ? look_inside(repository, error) : true;
}

static bool verify_repository(struct repo_verify *verify, const char *location, const char *prefix,
			      GError **error)
{
	struct repository repository = {.verify = verify, .location = location, .prefix = prefix};
	GError *reason = NULL;
	g_autoptr(GBytes) data = fetch_signed(verify, location, "repodata/repomd.xml", &reason);

	if (!data) {
		if (reason)
			g_propagate_error(error, reason);
		return reason == NULL;
	}
	repository.packages = g_ptr_array_new_with_free_func(free_package);
	repository.paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	const bool good = verify_repomd(&repository, data, error);
	g_ptr_array_unref(repository.packages);
	g_hash_table_unref(repository.paths);
	return good;
}

/* ---- a channel: every file in the signed list, every repository in it ----------------------------- */

static bool verify_listed(struct repo_verify *verify, const char *location, const char *sum, const char *path,
			  GError **error)
{
	GError *reason = NULL;
	g_autoptr(GBytes) data = ksig_rpm_fetch(location, path, KSIG_RPM_LIMIT_SMALL_BYTES, &reason);
	g_autofree char *is = data ? repo_string_hash(g_bytes_get_data(data, NULL), g_bytes_get_size(data))
				   : NULL;

	if (!data || !ksig_rpm_same_hash("sha256", is, sum, &reason))
		return finding_of(verify, "digest", path, reason, error);
	if (!g_str_has_suffix(path, "repodata/repomd.xml")) {
		repo_finding(verify->findings, true, "digest", path, NULL);
		return true;
	}
	g_autofree char *prefix = g_strndup(path, strlen(path) - strlen("repodata/repomd.xml"));
	const bool slash = g_str_has_suffix(location, "/");
	g_autofree char *below = g_strconcat(location, slash ? "" : "/", prefix, NULL);
	return verify_repository(verify, below, prefix, error);
}

static bool verify_channel(struct repo_verify *verify, const char *location, GError **error)
{
	GError *reason = NULL;
	g_autoptr(GBytes) data = fetch_signed(verify, location, "SHA256SUMS", &reason);

	if (!data) {
		if (reason)
			g_propagate_error(error, reason);
		return reason == NULL;
	}
	g_autofree char *text = g_strndup(g_bytes_get_data(data, NULL), g_bytes_get_size(data));
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
	for (char **line = lines; *line; line++) {
		if (strlen(*line) < 67 || (*line)[64] != ' ') {
			if (**line)
				repo_finding(verify->findings, false, "digest", "SHA256SUMS",
					     "a line that is no sum and name");
			continue;
		}
		(*line)[64] = '\0';
		if (!verify_listed(verify, location, *line, *line + 66, error))
			return false;
	}
	return true;
}

static GPtrArray *verify_once(const struct ksig_repo_verify_options *options, GBytes *sums, GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-verify", error);
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(repo_finding_free);
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct repo_verify verify = {
		.options = options, .findings = findings, .scratch = scratch, .names = names, .revision = -1};

	if (!scratch)
		return NULL;
	const bool good = sums ? verify_channel(&verify, options->location, error)
			       : verify_repository(&verify, options->location, "", error);
	if (!good || !repo_remember(&verify, error))
		return NULL;
	return g_steal_pointer(&findings);
}

/* NULL: not a channel. */
static GBytes *fetch_sums(const struct ksig_repo_verify_options *options)
{
	return ksig_rpm_fetch(options->location, "SHA256SUMS", KSIG_RPM_LIMIT_SMALL_BYTES, NULL);
}

/*
 * A channel that was published to while it was looked at is looked at again: it is bad only if what is bad
 * is so while its signed list stays the same.
 */
GPtrArray *ksig_publish_verify(const struct ksig_repo_verify_options *options, GError **error)
{
	ksig_rpm_library_init();
	for (int attempt = 1;; attempt++) {
		g_autoptr(GBytes) sums = fetch_sums(options);
		g_autoptr(GPtrArray) findings = verify_once(options, sums, error);
		if (!sums || !repo_has_bad(findings) || attempt == CHANNEL_ATTEMPTS)
			return g_steal_pointer(&findings);
		g_autoptr(GBytes) now = fetch_sums(options);
		if (now && g_bytes_equal(sums, now))
			return g_steal_pointer(&findings);
	}
}
