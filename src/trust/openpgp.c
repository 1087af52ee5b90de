/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenPGP keys of the policy, and signatures by them: read and verified by rpm's keyring, judged by the
 * policy. */
#include "trust/openpgp-internal.h"
#include "trust/judge-internal.h"
#include "trust/refusal-internal.h"
#include "trust/revoked-key-internal.h"
#include "trust/trust-internal.h"
#include "rpm/keyring.h"
#include "rpm/rpm.h"

#include <string.h>

static const struct ksig_subkey *primary_of(const ksig_key *key)
{
	return g_ptr_array_index(key->subkeys, 0);
}

/* What the file is as a whole; which of its keys signed is looked at with each signature. */
void trust_openpgp_dates(struct ksig_trust_key *key)
{
	bool ends = true;

	key->expires = 0;
	for (guint i = 0; i < key->openpgp->len; i++) {
		const struct ksig_subkey *primary = primary_of(g_ptr_array_index(key->openpgp, i));
		key->created = i ? MIN(key->created, primary->created) : primary->created;
		key->expires = MAX(key->expires, primary->expires);
		ends = ends && primary->expires;
	}
	if (!ends)
		key->expires = 0;
}

bool trust_openpgp_load(ksig_trust *trust, struct ksig_trust_key *key, GBytes *data, GError **error)
{
	if (!trust->keyring)
		trust->keyring = ksig_rpm_keyring_new(NULL, error);
	key->openpgp = trust->keyring ? ksig_rpm_keyring_add(trust->keyring, key->path, data, error) : NULL;
	if (!key->openpgp)
		return false;
	key->fingerprint = g_strdup(primary_of(g_ptr_array_index(key->openpgp, 0))->fingerprint);
	trust_openpgp_dates(key);
	return true;
}

const struct ksig_trust_key *trust_key_of(const ksig_trust *trust, const ksig_key *certificate)
{
	for (guint i = 0; certificate && i < trust->keys->len; i++) {
		const struct ksig_trust_key *key = g_ptr_array_index(trust->keys, i);
		if (key->openpgp && g_ptr_array_find(key->openpgp, certificate, NULL))
			return key;
	}
	return NULL;
}

/* What the signature's own state refuses it for, before roles are looked at. */
static bool refuse_fault(const struct ksig_trust_key *key, const ksig_signature *signature,
			 enum ksig_fault fault, gint64 now, const char *what, struct ksig_trust_verdict *out,
			 GError **error)
{
	static const enum ksig_refusal refusals[] = {
		[KSIG_FAULT_UNKNOWN_KEY] = KSIG_REFUSAL_UNKNOWN_KEY,
		[KSIG_FAULT_WEAK_HASH] = KSIG_REFUSAL_WEAK_HASH,
		[KSIG_FAULT_UNSOUND] = KSIG_REFUSAL_TAMPERED,
		[KSIG_FAULT_REVOKED] = KSIG_REFUSAL_KEY_REVOKED,
		[KSIG_FAULT_ROLE] = KSIG_REFUSAL_ROLE,
		[KSIG_FAULT_EXPIRED] = KSIG_REFUSAL_KEY_EXPIRED,
		[KSIG_FAULT_EARLY] = KSIG_REFUSAL_TAMPERED,
		[KSIG_FAULT_OVER] = KSIG_REFUSAL_EXPIRED,
		[KSIG_FAULT_FUTURE] = KSIG_REFUSAL_TAMPERED,
	};
	const bool whole = signature->subkey == primary_of(signature->key);

	if (fault == KSIG_FAULT_UNSOUND)
		return trust_refuse(out, KSIG_REFUSAL_TAMPERED, error,
				    "%s: not what key %s signed: the signature does not fit", what,
				    key->name);
	if (fault == KSIG_FAULT_WEAK_HASH)
		return trust_refuse(out, refusals[fault], error,
				    "%s: key %s signed it over %s, which can be forged (a policy may say: "
				    "hash %s is accepted)",
				    what, key->name, signature->hash, signature->hash);
	g_autofree char *by = whole ? g_strdup_printf("key %s", key->name)
				    : g_strdup_printf("subkey %s of key %s", signature->id, key->name);
	if (fault == KSIG_FAULT_EXPIRED || fault == KSIG_FAULT_REVOKED)
		return trust_refuse(out, refusals[fault], error, "%s: signed by %s, which %s", what, by,
				    fault == KSIG_FAULT_REVOKED ? "is revoked" : "has expired");
	g_autofree char *dates = fault == KSIG_FAULT_FUTURE ? ksig_rpm_signature_dates(signature, now) : NULL;
	return trust_refuse(out, refusals[fault], error, "%s: signed by %s: %s", what, by,
			    dates ? dates : ksig_rpm_fault_text(fault));
}

/* A verdict of this key by name first: that it is revoked, or over, is told as the policy's. */
bool trust_judge_signature(const ksig_trust *trust, enum ksig_role role, const char *what,
			   const char *subject, const ksig_signature *signature,
			   struct ksig_trust_verdict *out, GError **error)
{
	const struct ksig_trust_key *key = trust_key_of(trust, signature->key);
	const enum ksig_fault fault = ksig_rpm_signature_judge(signature, ksig_trust_time(trust),
							       (const char *const *) trust->hashes->pdata);

	if (!key)
		return trust_refuse(out, KSIG_REFUSAL_UNKNOWN_KEY, error,
				    "%s: signed by key %s, which the policy does not name", what,
				    signature->id);
	if (out) {
		g_free(out->key);
		out->key = g_strdup(key->name);
	}
	const bool broken = fault == KSIG_FAULT_WEAK_HASH || fault == KSIG_FAULT_UNSOUND;
	if (!broken && !key->revoked && g_hash_table_contains(trust->revoked_certificates, signature->key))
		return trust_refuse(out, KSIG_REFUSAL_KEY_REVOKED, error,
				    "%s: signed by key %s of %s, which the policy revokes", what,
				    signature->id, key->name);
	if (fault && (broken || !key->revoked))
		return refuse_fault(key, signature, fault, ksig_trust_time(trust), what, out, error);
	return trust_judge(trust, key, role, what, subject, out, error);
}

bool ksig_trust_check_data(ksig_trust *trust, enum ksig_role role, const char *what, const char *subject,
			   GBytes *data, GBytes *signature, struct ksig_trust_verdict *out, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (out) {
		g_free(out->subject);
		out->subject = g_strdup(subject);
	}
	if (!signature || !g_bytes_get_size(signature))
		return trust_refuse(out, KSIG_REFUSAL_UNSIGNED, error, "%s: not signed; a %s key is needed",
				    what, ksig_trust_role_name(role));
	if (g_bytes_get_size(signature) > TRUST_LIMIT_SIGNATURE_BYTES)
		return trust_refuse(out, KSIG_REFUSAL_DAMAGED, error, "%s: signature too long", what);
	if (!trust->keyring && !(trust->keyring = ksig_rpm_keyring_new(NULL, error)))
		return false;
	g_autoptr(GPtrArray) found = ksig_rpm_keyring_signatures(trust->keyring, data, signature, &reason);
	if (!found && !g_error_matches(reason, KSIG_ERROR, KSIG_ERROR_NEGATIVE)) {
		g_propagate_prefixed_error(error, g_steal_pointer(&reason), "%s: ", what);
		return false;
	}
	if (!found)
		return trust_refuse(out, KSIG_REFUSAL_UNSIGNED, error, "%s: not an OpenPGP signature", what);
	if (found->len > 1)
		return trust_refuse(out, KSIG_REFUSAL_DAMAGED, error,
				    "%s: one signature expected, more found", what);
	return trust_judge_signature(trust, role, what, subject, g_ptr_array_index(found, 0), out, error);
}

enum ksig_fault ksig_trust_key_fault(const ksig_trust *trust, const char *id)
{
	const struct ksig_subkey *subkey = NULL;
	const ksig_key *certificate = trust->keyring ? ksig_rpm_keyring_find(trust->keyring, id, &subkey)
						     : NULL;

	if (!certificate)
		return KSIG_FAULT_UNKNOWN_KEY;
	return trust_is_revoked(trust, certificate) ? KSIG_FAULT_REVOKED
						    : ksig_rpm_keyring_key_fault(trust->keyring, id);
}
