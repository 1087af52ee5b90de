/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sources of live patches: a folder or static host with an index, a folder of one patch. */
#include "client/source-internal.h"
#include "client/choose-internal.h"
#include "client/config-internal.h"
#include "client/index-internal.h"
#include "client/preflight-internal.h"
#include "client/probation-internal.h"
#include "client/source-package-internal.h"
#include "client/source-read-internal.h"
#include "client/state-internal.h"
#include "client/store-internal.h"
#include "live/index.h"
#include "live/manifest.h"
#include "live/test-result.h"
#include "client/system-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { INDEX_ATTEMPTS = 5, INDEX_PAUSE_US = 50000 };

/* The manifest comes last: a patch without one is not there. */
static const char *const patch_files[] = {"module.ko", "test.json", "test.json.asc", "manifest.json.asc",
					  "manifest.json"};

static bool is_optional(const char *file)
{
	return g_str_has_prefix(file, "test.json");
}

/* ---- the index ----------------------------------------------------------------------------------- */

struct source_index {
	ksig_live_index index;
	GBytes *bytes, *signature;
};

static void source_index_clear(struct source_index *source)
{
	ksig_live_index_clear(&source->index);
	g_clear_pointer(&source->bytes, g_bytes_unref);
	g_clear_pointer(&source->signature, g_bytes_unref);
}
typedef struct source_index source_index;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(source_index, source_index_clear)

/* By the name of what it signs; older sources have the plain name alone. */
static GBytes *read_signature(const char *source, GBytes *index, GError **error)
{
	g_autofree char *name = ksig_live_index_signature_name(index);
	GBytes *signature = client_source_read(source, name, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);

	return signature ? signature
			 : client_source_read(source, "index.json.asc", KSIG_LIVE_LIMIT_SMALL_BYTES, error);
}

static bool index_open_once(ksig_client *client, const char *source, struct source_index *index,
			    struct ksig_trust_verdict *verdict, GError **error)
{
	g_autofree char *what = g_build_filename(source, "index.json", NULL);

	index->bytes = client_source_read(source, "index.json", KSIG_LIVE_LIMIT_SMALL_BYTES, error);
	index->signature = index->bytes ? read_signature(source, index->bytes, error) : NULL;
	if (!index->signature)
		return false;
	g_autoptr(ksig_document) said = ksig_trust_document_parse("index", index->bytes, error);
	if (!said)
		return false;
	index->index.document = ksig_trust_open_document(
		client->trust, KSIG_ROLE_REPOSITORY, "livepatch-index", what, index->bytes, index->signature,
		client_index_seen(client, said->provider), verdict, error);
	return index->index.document && ksig_live_index_parse(&index->index, what, index->bytes, error);
}

/* A source whose signature has the plain name alone may be between two publications: it is asked again. */
static bool index_open(ksig_client *client, const char *source, struct source_index *index, GError **error)
{
	GError *reason = NULL;

	for (int attempt = 0; attempt < INDEX_ATTEMPTS; attempt++) {
		struct ksig_trust_verdict verdict = {0};
		g_clear_error(&reason);
		source_index_clear(index);
		const bool good = index_open_once(client, source, index, &verdict, &reason);
		const bool is_gap = verdict.refusal == KSIG_REFUSAL_TAMPERED;
		ksig_trust_verdict_clear(&verdict);
		if (good)
			return true;
		if (!is_gap)
			break;
		g_usleep(INDEX_PAUSE_US << attempt);
	}
	g_propagate_error(error, reason);
	return false;
}

static bool is_there(const struct source_index *index, const char *source, const char *id, const char *file)
{
	g_autofree char *name = g_build_filename(index ? id : source, file, NULL);

	return index ? g_hash_table_contains(index->index.document->files, name)
		     : g_file_test(name, G_FILE_TEST_EXISTS);
}

/* ---- into the store ------------------------------------------------------------------------------ */

static GBytes *file_checked(const struct source_index *index, const char *source, const char *id,
			    const char *file, GError **error)
{
	g_autofree char *name = id ? g_build_filename(id, file, NULL) : g_strdup(file);
	GBytes *bytes = client_source_read(source, name, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);

	if (!bytes || !index)
		return bytes;
	const char *wanted = g_hash_table_lookup(index->index.document->files, name);
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
	if (wanted && g_str_equal(wanted, digest))
		return bytes;
	g_bytes_unref(bytes);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s/%s: not the file that the index names", source, name);
	return NULL;
}

/* A patch that was read and found good. */
struct taking {
	ksig_live_manifest *manifest;
	GBytes *files[G_N_ELEMENTS(patch_files)]; /* NULL: an optional one that is not there, or not good */
};

static void taking_clear(struct taking *taking)
{
	g_clear_pointer(&taking->manifest, ksig_live_manifest_free);
	for (size_t i = 0; i < G_N_ELEMENTS(patch_files); i++)
		g_clear_pointer(&taking->files[i], g_bytes_unref);
}
typedef struct taking patch_taking;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(patch_taking, taking_clear)

static GBytes **file_of(struct taking *taking, const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(patch_files); i++)
		if (g_str_equal(patch_files[i], name))
			return &taking->files[i];
	return NULL;
}

/* A result that does not count must not take the place of one that does. */
static void forget_bad_test(ksig_client *client, struct taking *taking)
{
	GBytes **test = file_of(taking, "test.json"), **signature = file_of(taking, "test.json.asc");
	g_autoptr(ksig_document)
		result = *test && *signature ? ksig_trust_open_document(client->trust, KSIG_ROLE_LIVEPATCH,
									"livepatch-test", "test.json", *test,
									*signature, 0, NULL, NULL)
					     : NULL;

	if (result && ksig_live_test_is_of(result, *test, taking->manifest))
		return;
	g_clear_pointer(test, g_bytes_unref);
	g_clear_pointer(signature, g_bytes_unref);
}

static bool module_fits(const struct taking *taking, GBytes *module, const char *source, GError **error)
{
	const char *wanted = g_hash_table_lookup(taking->manifest->document->files, "module.ko");
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, module);

	return g_strcmp0(wanted, digest) == 0 ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			      "%s: module.ko is not the one that manifest %s was signed for", source,
			      taking->manifest->id);
}

/* Reads what else the patch of TAKING's manifest has. */
static bool read_rest(ksig_client *client, const struct source_index *index, const char *source,
		      struct taking *taking, GError **error)
{
	const char *id = taking->manifest->id;

	for (size_t i = 0; i < G_N_ELEMENTS(patch_files); i++) {
		const char *file = patch_files[i];
		if (taking->files[i] || (is_optional(file) && !is_there(index, source, id, file)))
			continue;
		taking->files[i] = file_checked(index, source, index ? id : NULL, file, error);
		if (!taking->files[i])
			return false;
	}
	forget_bad_test(client, taking);
	return module_fits(taking, *file_of(taking, "module.ko"), source, error);
}

static bool write_file(const char *folder, const char *name, GBytes *bytes, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	return ksig_bytes_write(path, bytes, error);
}

/* The result of an earlier test of the same module stays. */
static bool keep_old_test(const char *place, const char *aside, const struct taking *taking, GError **error)
{
	g_autofree char *test = g_build_filename(place, "test.json", NULL);
	g_autofree char *signature = g_build_filename(place, "test.json.asc", NULL);
	g_autoptr(GBytes) bytes = ksig_bytes_read(test, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);
	g_autoptr(GBytes) mark = ksig_bytes_read(signature, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);

	return !bytes || !mark || !ksig_live_test_fits(test, bytes, taking->manifest) ||
	       (write_file(aside, "test.json", bytes, error) &&
		write_file(aside, "test.json.asc", mark, error));
}

/* FOLDER/ID becomes the patch as a whole, or stays what it was. */
static bool put(const char *folder, struct taking *taking, GError **error)
{
	g_autofree char *place = g_build_filename(folder, taking->manifest->id, NULL);
	g_autoptr(ksig_scratch) aside = ksig_directory_own(folder, error)
						? ksig_directory_temporary(folder, ".taking", error)
						: NULL;

	for (size_t i = 0; aside && i < G_N_ELEMENTS(patch_files); i++)
		if (taking->files[i] && !write_file(aside, patch_files[i], taking->files[i], error))
			return false;
	if (!aside || (!*file_of(taking, "test.json") && !keep_old_test(place, aside, taking, error)))
		return false;
	/* What was there is in ASIDE then, and goes with it. */
	if (renameat2(AT_FDCWD, aside, AT_FDCWD, place, RENAME_EXCHANGE) == 0 ||
	    (errno == ENOENT && rename(aside, place) == 0))
		return true;
	return ksig_error_errno(error, errno, "%s", place);
}

static bool take_patch(ksig_client *client, const struct source_index *index, const char *source,
		       const char *folder, struct taking *taking, GError **error)
{
	return read_rest(client, index, source, taking, error) && put(folder, taking, error);
}

/* Takes the manifest of ID if its livepatch key is good and it is for the kernel BUILD (NULL: for any). */
static bool look_at(ksig_client *client, const struct source_index *index, const char *source, const char *id,
		    const char *build, struct taking *taking, GError **error)
{
	g_autoptr(GBytes) bytes = file_checked(index, source, id, "manifest.json", error);
	g_autoptr(GBytes) signature = bytes ? file_checked(index, source, id, "manifest.json.asc", error)
					    : NULL;

	if (!signature)
		return false;
	g_autoptr(ksig_document)
		document = ksig_trust_open_document(client->trust, KSIG_ROLE_LIVEPATCH, "livepatch-manifest",
						    "manifest", bytes, signature, 0, NULL, error);
	g_autoptr(ksig_live_manifest) manifest = document ? ksig_live_manifest_parse(source, bytes, error)
							  : NULL;
	if (!manifest || (id && !g_str_equal(id, manifest->id)) ||
	    (build && !g_str_equal(manifest->document->build_id, build)))
		return false;
	taking->manifest = g_steal_pointer(&manifest);
	*file_of(taking, "manifest.json") = g_steal_pointer(&bytes);
	*file_of(taking, "manifest.json.asc") = g_steal_pointer(&signature);
	return true;
}

bool client_source_take(ksig_client *client, const char *source, char **out_id, GError **error)
{
	g_autofree char *build = client_running_build_id(client, error);
	g_autofree char *folder = client_path(client, "patches", NULL);
	g_autoptr(GError) reason = NULL;

	if (!build)
		return false;
	g_auto(patch_taking) taking = {0};
	const bool good = look_at(client, NULL, source, NULL, build, &taking, &reason);
	if (!good && !reason)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not for the running kernel (%s)",
				      source, build);
	if (!good) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	if (!take_patch(client, NULL, source, folder, &taking, error))
		return false;
	*out_id = g_strdup(taking.manifest->id);
	return true;
}

/* ---- an index and all that it names -------------------------------------------------------------- */

static GPtrArray *ids_of(const struct source_index *index)
{
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iterator;
	gpointer name;

	g_hash_table_iter_init(&iterator, index->index.document->files);
	while (g_hash_table_iter_next(&iterator, &name, NULL))
		if (g_str_has_suffix(name, "/manifest.json"))
			g_ptr_array_add(ids, g_path_get_dirname(name));
	return ids;
}

/* BUILD NULL: a mirror, which takes what is for any kernel and any ring. */
static bool is_wanted(ksig_client *client, const struct source_index *index, const char *id,
		      const char *build)
{
	return ksig_live_id_is_good(id) && (!build || (!ksig_live_index_halts(&index->index, id) &&
						       client_index_reaches(client, &index->index, id)));
}

static bool fetch_from_index(ksig_client *client, const struct source_index *index, const char *source,
			     const char *build, const char *folder, char **out_id, GError **error)
{
	g_autoptr(GPtrArray) ids = ids_of(index);
	gint64 best = -1;

	for (guint i = 0; i < ids->len; i++) {
		const char *id = ids->pdata[i];
		g_autoptr(GError) reason = NULL;
		if (!is_wanted(client, index, id, build))
			continue;
		g_auto(patch_taking) taking = {0};
		if (!look_at(client, index, source, id, build, &taking, &reason)) {
			if (reason)
				client_record(client, "passed over", id, reason->message);
			continue;
		}
		const gint64 revision = taking.manifest->document->revision;
		if (revision < index->index.document->minimum_revision)
			continue;
		if (!take_patch(client, index, source, folder, &taking, error))
			return false;
		if (revision > best) {
			best = revision;
			g_free(*out_id);
			*out_id = g_strdup(id);
		}
	}
	return true;
}

static bool fetch_index(ksig_client *client, const char *source, char **out_id, GError **error)
{
	g_autofree char *build = client_running_build_id(client, error);
	g_autofree char *folder = client_path(client, "patches", NULL);
	g_auto(source_index) index = {0};

	if (!build || !index_open(client, source, &index, error) ||
	    !fetch_from_index(client, &index, source, build, folder, out_id, error))
		return false;
	const ksig_document *document = index.index.document;
	client_see(client, "index", document->provider, document->revision);
	client_see(client, "clock", "index", client_now(client));
	return client_index_keep(client, document->provider, index.bytes, error);
}

/* ---- what a source is ---------------------------------------------------------------------------- */

static bool has(const char *source, const char *file)
{
	g_autofree char *path = g_build_filename(source, file, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* A host is asked for an index first: it is the smaller file, and a dnf repository does not have one. */
static bool fetch_url(ksig_client *client, const char *source, char **out_id, GError **error)
{
	g_autoptr(GBytes)
		repomd = client_source_read(source, "repodata/repomd.xml", KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);

	return repomd ? client_source_repository(client, source, out_id, error)
		      : fetch_index(client, source, out_id, error);
}

static bool fetch(ksig_client *client, const char *source, char **out_id, GError **error)
{
	if (client_source_is_url(source))
		return fetch_url(client, source, out_id, error);
	if (has(source, "repodata/repomd.xml"))
		return client_source_repository(client, source, out_id, error);
	if (has(source, "index.json"))
		return fetch_index(client, source, out_id, error);
	if (g_file_test(source, G_FILE_TEST_IS_DIR))
		return client_source_take(client, source, out_id, error);
	return client_source_package(client, source, out_id, error);
}

/* What one source lacks does not keep the others from being asked. */
static bool fetch_configured(ksig_client *client, char **out_id, GError **error)
{
	char **sources = client->config.sources;
	g_autoptr(GError) first = NULL;

	if (!sources || !sources[0])
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "a source expected: a folder, an address, a package, or live.conf's");
	for (; *sources; sources++) {
		g_autoptr(GError) reason = NULL;
		g_autofree char *id = NULL;
		if (!fetch(client, *sources, &id, &reason)) {
			client_record(client, "source failed", NULL, reason->message);
			if (!first)
				first = g_steal_pointer(&reason);
		} else if (id) {
			g_free(*out_id);
			*out_id = g_steal_pointer(&id);
		}
	}
	if (!first)
		return true;
	g_propagate_error(error, g_steal_pointer(&first));
	return false;
}

bool ksig_client_fetch(ksig_client *client, const char *source, char **out_id, GError **error)
{
	g_autofree char *id = NULL;
	GError *reason = NULL;
	const bool good = source ? fetch(client, source, &id, &reason)
				 : fetch_configured(client, &id, &reason);

	/* What was taken from some is kept, also if another source failed. */
	if (!client_state_save(client, good ? &reason : NULL) || !good) {
		g_propagate_error(error, reason);
		return false;
	}
	*out_id = g_steal_pointer(&id);
	return true;
}

bool ksig_client_mirror(ksig_client *client, const char *source, const char *folder, GError **error)
{
	g_auto(source_index) index = {0};
	g_autofree char *id = NULL;

	return index_open(client, source, &index, error) && ksig_directory_make(folder, error) &&
	       fetch_from_index(client, &index, source, NULL, folder, &id, error) &&
	       ksig_live_index_publish(folder, index.bytes, index.signature, error);
}

/* ---- of its own accord --------------------------------------------------------------------------- */

static bool is_newer(ksig_client *client, const ksig_live_manifest *manifest)
{
	g_autoptr(ksig_live_manifest)
		now = client->state.current ? client_manifest(client, client->state.current, NULL) : NULL;

	if (manifest->document->revision < client_seen(client, "patch", manifest->document->name))
		return false;
	return !now || !client_is_applied(client, now) ||
	       !g_str_equal(now->document->name, manifest->document->name) ||
	       now->document->revision < manifest->document->revision;
}

static bool apply_due(ksig_client *client, char **out_said, GError **error)
{
	g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(client_now(client));
	g_autoptr(GError) reason = NULL;
	g_autoptr(ksig_live_manifest) manifest = client_choose(client, &reason);

	if (!manifest && !g_error_matches(reason, KSIG_ERROR, KSIG_ERROR_NEGATIVE)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	if (!manifest || !is_newer(client, manifest)) {
		*out_said = g_strdup("nothing newer is due");
	} else if (client->config.manual) {
		*out_said = g_strdup_printf("%s is due; live.conf says that it is applied by hand",
					    manifest->id);
	} else if (!client_window_is_open(&client->config, now)) {
		*out_said = g_strdup_printf("%s is due; no window is open now", manifest->id);
	} else {
		if (!ksig_client_apply(client, manifest->id, error))
			return false;
		*out_said = g_strdup_printf("%s applied", manifest->id);
	}
	return true;
}

/* Why what is applied is not to be any more: the provider halted it, or the policy revokes it. NULL: it may
 * stay. */
static char *withdrawn(ksig_client *client, const ksig_live_manifest *manifest)
{
	g_auto(ksig_live_index) index = {0};

	if (ksig_trust_patch_is_revoked(client->trust, manifest->document))
		return g_strdup("the policy revokes it");
	if (client_index_kept(client, manifest->document->provider, &index) == CLIENT_KEPT &&
	    ksig_live_index_halts(&index, manifest->id))
		return g_strdup_printf("halted by %s", manifest->document->provider);
	return NULL;
}

/* What NOW replaced and what may still be applied, so that what it fixes stays fixed; NULL: the kernel as it
 * was booted. */
static char *before_withdrawn(ksig_client *client, const ksig_live_manifest *now)
{
	g_autoptr(ksig_live_manifest) manifest = client_choose(client, NULL);

	return manifest && g_str_equal(manifest->document->name, now->document->name) &&
			       manifest->document->revision < now->document->revision &&
			       manifest->document->revision >= now->document->minimum_revision
		       ? g_strdup(manifest->id)
		       : NULL;
}

/* OUT_SAID stays NULL where there is nothing to take back, or the policy does not ask for it. */
static bool roll_back_withdrawn(ksig_client *client, char **out_said, GError **error)
{
	g_autoptr(ksig_live_manifest)
		now = client->state.current ? client_manifest(client, client->state.current, NULL) : NULL;
	g_autofree char *why = now && ksig_trust_rolls_back(client->trust) ? withdrawn(client, now) : NULL;

	if (!why)
		return true;
	client_record(client, "withdrawn", now->id, why);
	g_autofree char *id = g_strdup(now->id), *before = before_withdrawn(client, now);
	g_autoptr(GError) reason = NULL;
	if (before && !ksig_client_rollback(client, before, &reason))
		g_clear_pointer(&before, g_free); /* the history has why; out it goes all the same */
	if (!before && !ksig_client_rollback(client, NULL, error))
		return false;
	*out_said = g_strdup_printf("%s rolled back: %s%s%s%s", id, why, before ? "; " : "",
				    before ? before : "", before ? " in its place" : "");
	return true;
}

bool ksig_client_auto(ksig_client *client, char **out_said, GError **error)
{
	g_autofree char *id = NULL, *taken_back = NULL, *due = NULL;
	g_autoptr(GError) reason = NULL;
	const bool fetched = ksig_client_fetch(client, NULL, &id, &reason);

	client_probation_end(client, client_now(client));
	if (!roll_back_withdrawn(client, &taken_back, error) || !apply_due(client, &due, error))
		return false;
	*out_said = taken_back ? g_strdup_printf("%s; %s", taken_back, due) : g_steal_pointer(&due);
	if (!fetched)
		g_propagate_error(error, g_steal_pointer(&reason));
	return fetched;
}
