/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live patches in packages: a package file, or a dnf repository that has one for the running kernel. */
#include "client/source-package-internal.h"
#include "client/source-take-internal.h"
#include "client/source-read-internal.h"
#include "client/state-internal.h"
#include "live/manifest.h"
#include "live/package.h"
#include "rpm/rpm.h"
#include "client/system-internal.h"
#include "rpm/repository.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { LIMIT_FILES = 100 };

typedef struct archive package_archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(package_archive, archive_read_free)

/* "ID/FILE" if the payload's name is one below the folder of packaged live patches; else NULL. */
static const char *place_of(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	static const char folder[] = KSIG_LIVE_PACKAGED "/";

	if (!name || archive_entry_filetype(entry) != AE_IFREG)
		return NULL;
	name += name[0] == '.';
	if (!g_str_has_prefix(name, folder) || !ksig_path_is_safe(name + strlen(folder)))
		return NULL;
	return name + strlen(folder);
}

static bool extract_file(struct archive *archive, const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autoptr(GByteArray) data = g_byte_array_new();
	guint8 block[65536];
	la_ssize_t got = 0;

	while ((got = archive_read_data(archive, block, sizeof(block))) > 0 &&
	       data->len <= KSIG_LIVE_LIMIT_OBJECT_BYTES)
		g_byte_array_append(data, block, (guint) got);
	if (got != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: damaged, or too long", path);
	return ksig_directory_make(folder, error) &&
	       ksig_file_write(path, (const char *) data->data, data->len, 0644, error);
}

/* Unpacks what is a live patch of the package PATH below FOLDER; OUT_ID: the patch's folder there. */
static bool extract(const char *path, const char *folder, char **out_id, GError **error)
{
	g_autoptr(package_archive) archive = ksig_rpm_srpm_payload(path, error);
	struct archive_entry *entry = NULL;
	unsigned n_files = 0;
	bool good = true;

	if (!archive)
		return false;
	while ((good = ksig_rpm_payload_next(archive, path, &entry, error)) && entry) {
		const char *place = place_of(entry);
		if (!place)
			continue;
		g_autofree char *to = g_build_filename(folder, place, NULL);
		if (g_str_has_suffix(place, "/manifest.json") && !*out_id)
			*out_id = g_path_get_dirname(place);
		if (++n_files > LIMIT_FILES)
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: more than %d files of live patches in it", path,
					      LIMIT_FILES);
		if (!extract_file(archive, to, error))
			return false;
	}
	return good &&
	       (*out_id || ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no live patch in it", path));
}

bool client_source_package(ksig_client *client, const char *path, char **out_id, GError **error)
{
	g_autoptr(ksig_scratch) scratch = NULL;
	g_autofree char *id = NULL;

	/* What is judged is what is unpacked: a copy, as others may write where the package lies. */
	scratch = ksig_directory_temporary(NULL, "ksig-live", error);
	g_autofree char *base = g_path_get_basename(path);
	g_autofree char *copy = scratch ? g_build_filename(scratch, base, NULL) : NULL;
	if (!copy || !ksig_file_copy(path, copy, error))
		return false;
	if (!ksig_trust_check_package(client->trust, KSIG_ROLE_LIVEPATCH, copy, NULL, error) ||
	    !extract(copy, scratch, &id, error)) {
		g_prefix_error(error, "%s: ", path);
		return false;
	}
	g_autofree char *folder = g_build_filename(scratch, id, NULL);
	return client_source_take(client, folder, out_id, error);
}

/* ---- a dnf repository ---------------------------------------------------------------------------- */

struct judge {
	ksig_client *client;
	const char *location;
	struct ksig_trust_verdict verdict;
};

static bool check_repomd(GBytes *data, GBytes *signature, void *user, GError **error)
{
	struct judge *judge = user;
	g_autofree char *what = g_build_filename(judge->location, "repodata/repomd.xml", NULL);

	return ksig_trust_check_data(judge->client->trust, KSIG_ROLE_REPOSITORY, what, NULL, data, signature,
				     &judge->verdict, error);
}

/*
 * A dnf repository has no date at which it goes bad; but its revision never falls. A provider has several,
 * each counting for itself.
 */
static bool check_revision(const struct judge *judge, gint64 revision, GError **error)
{
	const char *provider = judge->verdict.provider;
	g_autofree char *location = client_source_spelling(judge->location);
	g_autofree char *name = g_strdup_printf("%s %s", provider, location);
	const gint64 seen = client_seen(judge->client, "repository", name);
	const gint64 least = ksig_trust_minimum_revision(judge->client->trust, provider);

	if (revision < MAX(seen, least))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: revision %" G_GINT64_FORMAT ", but %" G_GINT64_FORMAT " %s",
				      judge->location, revision, MAX(seen, least),
				      seen >= least ? "was seen before" : "is the policy's minimum");
	client_see(judge->client, "repository", name, revision);
	return true;
}

static bool take_all(ksig_client *client, const char *location, GPtrArray *packages, char **out_id,
		     GError **error)
{
	const ksig_package *best = NULL;

	for (guint i = 0; i < packages->len; i++) {
		const ksig_package *package = packages->pdata[i];
		g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-live", error);
		g_autofree char *path = scratch ? ksig_rpm_repo_get(location, package, scratch, error) : NULL;
		g_autofree char *id = NULL;
		g_autoptr(GError) reason = NULL;
		if (!path)
			return false;
		if (!client_source_package(client, path, &id, &reason)) {
			client_record(client, "passed over", package->path, reason->message);
			continue;
		}
		if (best && ksig_rpm_package_compare(package, best) <= 0)
			continue;
		best = package;
		g_free(*out_id);
		*out_id = g_steal_pointer(&id);
	}
	return true;
}

bool client_source_repository(ksig_client *client, const char *source, char **out_id, GError **error)
{
	g_autofree char *running = client_running_build_id(client, error);
	g_autofree char *provides = running ? g_strdup_printf("livepatch-buildid(%s)", running) : NULL;
	struct judge judge = {.client = client, .location = source};
	const struct ksig_repo_query query = {
		.location = source, .provides = provides, .check = check_repomd, .check_data = &judge};
	gint64 revision = 0;

	if (!running)
		return false;
	g_autoptr(GPtrArray) packages = ksig_rpm_repo_find(&query, &revision, error);
	const bool good = packages && check_revision(&judge, revision, error) &&
			  take_all(client, source, packages, out_id, error);
	ksig_trust_verdict_clear(&judge.verdict);
	return good;
}
