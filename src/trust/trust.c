/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens a policy (folder, file and keys must be the owner's), spreads revocations over all names of a key,
 * and judges a key for a role, a name and a date.
 */
#include "trust/trust-internal.h"

#include <errno.h>
#include <string.h>

static const char *const endings[] = {".asc", ".pem"};

static char *key_path(const char *folder, const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
		g_autofree char *file = g_strconcat(name, endings[i], NULL);
		g_autofree char *path = g_build_filename(folder, "keys", file, NULL);
		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return g_steal_pointer(&path);
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

static bool load_keys(ksig_trust *trust, GError **error)
{
	for (guint i = 0; i < trust->keys->len; i++) {
		struct ksig_trust_key *key = g_ptr_array_index(trust->keys, i);
		key->path = key_path(trust->folder, key->name);
		/* A revoked key may be named without its file: nothing of it is needed to refuse it by name.
		 */
		if (!key->path && key->revoked && !key->grants->len) {
			if (!trust_key_revocation_is_good(key->name, error))
				return false;
			continue;
		}
		if (!key->path)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s/keys/%s.asc: no such key",
					      trust->folder, key->name);
		if (!trust_is_owners(key->path, error) || !trust_key_load(trust, key, error))
			return false;
	}
	for (guint i = 0; i < trust->keys->len; i++)
		if (((struct ksig_trust_key *) trust->keys->pdata[i])->openpgp)
			trust_openpgp_dates(trust->keys->pdata[i]);
	return true;
}

ksig_trust *ksig_trust_open(const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "policy", NULL);
	g_autoptr(ksig_trust) trust = trust_new(folder);

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			       "%s: no policy yet, so nobody is trusted (ksig trust add makes one)", path);
		return NULL;
	}
	g_autofree char *keys = g_build_filename(folder, "keys", NULL);
	if (!trust_is_owners(folder, error) || !trust_is_owners(path, error) || !trust_is_owners(keys, error))
		return NULL;
	g_autofree char *text = ksig_file_read(path, TRUST_LIMIT_POLICY_BYTES, NULL, error);
	if (!text || !trust_policy_parse(trust, path, text, error) || !load_keys(trust, error))
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

gint64 ksig_trust_time(const ksig_trust *trust)
{
	return trust->now ? trust->now : g_get_real_time() / G_USEC_PER_SEC;
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

static bool in_scope(const struct ksig_grant *grant, const char *subject)
{
	if (!grant->patterns[0] || !subject)
		return true;
	for (char **pattern = grant->patterns; *pattern; pattern++)
		if (g_pattern_match_simple(*pattern, subject))
			return true;
	return false;
}

static char *roles_of(const struct ksig_trust_key *key)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < key->grants->len; i++) {
		const struct ksig_grant *grant = g_ptr_array_index(key->grants, i);
		if (!strstr(text->str, ksig_trust_role_name(grant->role)))
			g_string_append_printf(text, "%s%s", i ? " and " : "",
					       ksig_trust_role_name(grant->role));
	}
	return g_strdup(text->len ? text->str : "no");
}

/* The grant that fits best: right role, then scope, then date; what is missing goes to OUT_REFUSAL. */
static const struct ksig_grant *find_grant(const struct ksig_trust_key *key, enum ksig_role role,
					   const char *subject, gint64 now, enum ksig_refusal *out_refusal)
{
	enum ksig_refusal refusal = KSIG_REFUSAL_ROLE;

	for (guint i = 0; i < key->grants->len; i++) {
		const struct ksig_grant *grant = g_ptr_array_index(key->grants, i);
		if (grant->role != role)
			continue;
		if (!in_scope(grant, subject))
			refusal = refusal == KSIG_REFUSAL_KEY_EXPIRED ? refusal : KSIG_REFUSAL_SCOPE;
		else if (grant->until && now >= grant->until)
			refusal = KSIG_REFUSAL_KEY_EXPIRED;
		else
			return grant;
	}
	*out_refusal = refusal;
	return NULL;
}

static bool refuse_grant(const struct ksig_trust_key *key, enum ksig_refusal refusal, enum ksig_role role,
			 const char *what, const char *subject, struct ksig_trust_verdict *out,
			 GError **error)
{
	g_autofree char *roles = roles_of(key);

	if (refusal == KSIG_REFUSAL_ROLE)
		return trust_refuse(out, refusal, error, "%s: signed by key %s, a %s key; a %s key is needed",
				    what, key->name, roles, ksig_trust_role_name(role));
	if (refusal == KSIG_REFUSAL_SCOPE)
		return trust_refuse(out, refusal, error,
				    "%s: %s is not among the names that key %s may sign as a %s key", what,
				    subject, key->name, ksig_trust_role_name(role));
	return trust_refuse(out, refusal, error, "%s: what the policy granted to key %s as a %s key is over",
			    what, key->name, ksig_trust_role_name(role));
}

bool trust_judge(const ksig_trust *trust, const struct ksig_trust_key *key, enum ksig_role role,
		 const char *what, const char *subject, struct ksig_trust_verdict *out, GError **error)
{
	const gint64 now = ksig_trust_time(trust);
	enum ksig_refusal refusal = KSIG_REFUSAL_NONE;

	if (out) {
		g_free(out->key);
		out->key = g_strdup(key->name);
	}
	if (key->revoked)
		return trust_refuse(out, KSIG_REFUSAL_KEY_REVOKED, error,
				    "%s: signed by key %s, which is revoked", what, key->name);
	if (key->expires && now >= key->expires)
		return trust_refuse(out, KSIG_REFUSAL_KEY_EXPIRED, error,
				    "%s: signed by key %s, which has expired", what, key->name);
	const struct ksig_grant *grant = find_grant(key, role, subject, now, &refusal);
	if (!grant)
		return refuse_grant(key, refusal, role, what, subject, out, error);
	if (out) {
		g_free(out->provider);
		out->provider = g_strdup(grant->provider);
		out->refusal = KSIG_REFUSAL_NONE;
	}
	return true;
}
