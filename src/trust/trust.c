/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens a policy (folder, file and keys must be the owner's), and spreads revocations over all names of a
 * key.
 */
#include "trust/trust-internal.h"
#include "trust/key-internal.h"
#include "trust/openpgp-internal.h"
#include "trust/policy-internal.h"
#include "trust/revoked-key-internal.h"
#include "rpm/keyring.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const endings[] = {".asc", ".pem"};

/* The policy's folder and that of its keys, open; -1: not there. */
typedef struct {
	int top, keys;
} folders;

static void folders_close(folders *open)
{
	if (open->top >= 0)
		close(open->top);
	if (open->keys >= 0)
		close(open->keys);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(folders, folders_close)

static bool folders_open(folders *open, const char *folder, GError **error)
{
	g_autofree char *keys = g_build_filename(folder, "keys", NULL);

	return ksig_own_folder_open(AT_FDCWD, folder, folder, &open->top, error) &&
	       (open->top < 0 || ksig_own_folder_open(open->top, "keys", keys, &open->keys, error));
}

static char *key_file(const folders *open, const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
		g_autofree char *file = g_strconcat(name, endings[i], NULL);
		if (faccessat(open->keys, file, F_OK, 0) == 0)
			return g_steal_pointer(&file);
	}
	return NULL;
}

ksig_trust *trust_new(const char *folder)
{
	ksig_trust *trust = g_new0(ksig_trust, 1);

	trust->folder = g_strdup(folder);
	trust->keys = g_ptr_array_new_with_free_func((GDestroyNotify) trust_key_free);
	trust->allows = g_ptr_array_new_with_free_func((GDestroyNotify) g_strfreev);
	trust->revoked_patches = g_ptr_array_new_with_free_func(g_free);
	trust->hashes = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(trust->hashes, NULL);
	trust->revoked_certificates = g_hash_table_new(NULL, NULL);
	trust->minimums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return trust;
}

static bool load_key(ksig_trust *trust, const folders *open, struct ksig_trust_key *key, GError **error)
{
	g_autofree char *file = key_file(open, key->name);
	gsize length = 0;

	key->path = file ? g_build_filename(trust->folder, "keys", file, NULL) : NULL;
	/* A revoked key may be named without its file: nothing of it is needed to refuse it by name. */
	if (!file && key->revoked && !key->grants->len)
		return trust_key_revocation_is_good(key->name, error);
	if (!file)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s/keys/%s.asc: no such key", trust->folder,
				      key->name);
	g_autofree char *data = ksig_own_file_read(open->keys, file, key->path, TRUST_LIMIT_KEY_BYTES,
						   &length, error);
	return data && trust_key_load(trust, key, data, length, error);
}

static bool load_keys(ksig_trust *trust, const folders *open, GError **error)
{
	for (guint i = 0; i < trust->keys->len; i++)
		if (!load_key(trust, open, g_ptr_array_index(trust->keys, i), error))
			return false;
	for (guint i = 0; i < trust->keys->len; i++)
		if (((struct ksig_trust_key *) trust->keys->pdata[i])->openpgp)
			trust_openpgp_dates(trust->keys->pdata[i]);
	return true;
}

ksig_trust *ksig_trust_open(const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "policy", NULL);
	g_autoptr(ksig_trust) trust = trust_new(folder);
	g_auto(folders) open = {-1, -1};

	if (!folders_open(&open, folder, error))
		return NULL;
	if (open.top < 0 || faccessat(open.top, "policy", F_OK, 0) != 0) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			       "%s: no policy yet, so nobody is trusted (ksig trust add makes one)", path);
		return NULL;
	}
	g_autofree char *text = ksig_own_file_read(open.top, "policy", path, TRUST_LIMIT_POLICY_BYTES, NULL,
						   error);
	if (!text || !trust_policy_parse(trust, path, text, error) || !load_keys(trust, &open, error))
		return NULL;
	trust_spread_revocations(trust);
	return g_steal_pointer(&trust);
}

void ksig_trust_free(ksig_trust *trust)
{
	if (!trust)
		return;
	g_free(trust->folder);
	g_ptr_array_unref(trust->keys);
	ksig_rpm_keyring_free(trust->keyring);
	g_ptr_array_unref(trust->hashes);
	g_hash_table_unref(trust->revoked_certificates);
	g_ptr_array_unref(trust->allows);
	g_ptr_array_unref(trust->revoked_patches);
	g_hash_table_unref(trust->minimums);
	g_free(trust);
}

const GPtrArray *ksig_trust_keys(const ksig_trust *trust)
{
	return trust->keys;
}

const GPtrArray *ksig_trust_skipped(const ksig_trust *trust)
{
	return trust->keyring ? ksig_rpm_keyring_skipped(trust->keyring) : NULL;
}

const char *ksig_trust_folder(const ksig_trust *trust)
{
	return trust->folder;
}

void ksig_trust_set_time(ksig_trust *trust, gint64 now)
{
	trust->now = now;
}

bool ksig_trust_may_patch(const ksig_trust *trust, const char *patcher, const char *provider)
{
	if (g_str_equal(patcher, provider))
		return true;
	for (guint i = 0; i < trust->allows->len; i++) {
		char **pair = g_ptr_array_index(trust->allows, i);
		if (g_str_equal(pair[0], patcher) && g_str_equal(pair[1], provider))
			return true;
	}
	return false;
}

bool ksig_trust_rolls_back(const ksig_trust *trust)
{
	return trust->rolls_back;
}

gint64 ksig_trust_minimum_revision(const ksig_trust *trust, const char *provider)
{
	const gint64 *value = g_hash_table_lookup(trust->minimums, provider);

	return value ? *value : 0;
}
