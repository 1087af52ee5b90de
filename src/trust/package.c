/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether an RPM counts for a role: every signature of it must be of one and the same key of the policy, and
 * count.
 */
#include "trust/openpgp-internal.h"
#include "trust/refusal-internal.h"
#include "trust/trust-internal.h"
#include "rpm/keyring.h"
#include "rpm/rpm.h"

/* All signatures have to be of one key of the policy, and each to count. */
static bool judge_all(ksig_trust *trust, enum ksig_role role, const char *path, const char *subject,
		      const GPtrArray *found, const char *said, struct ksig_trust_verdict *out,
		      GError **error)
{
	const ksig_signature *first = g_ptr_array_index(found, 0);

	for (guint i = 0; i < found->len; i++) {
		const ksig_signature *signature = g_ptr_array_index(found, i);
		const struct ksig_trust_key *key = trust_key_of(trust, signature->key);
		if (key && key != trust_key_of(trust, first->key))
			return trust_refuse(out, KSIG_REFUSAL_DAMAGED, error,
					    "%s: signed by more than one key", path);
		if (trust_judge_signature(trust, role, path, subject, signature, out, error))
			continue;
		const enum ksig_fault fault = ksig_rpm_signature_judge(
			signature, ksig_trust_time(trust), (const char *const *) trust->hashes->pdata);
		if (out && out->refusal == KSIG_REFUSAL_TAMPERED && error && *error && key &&
		    fault == KSIG_FAULT_UNSOUND) {
			g_clear_error(error);
			trust_refuse(out, KSIG_REFUSAL_TAMPERED, error, "%s: not what key %s signed (%s)",
				     path, key->name, said ? said : "");
		}
		return false;
	}
	return true;
}

bool ksig_trust_check_package(ksig_trust *trust, enum ksig_role role, const char *path,
			      struct ksig_trust_verdict *out, GError **error)
{
	struct ksig_trust_verdict own = {0}, *verdict = out ? out : &own;
	g_autoptr(ksig_package) package = ksig_rpm_package_read(path, error);
	g_autofree char *said = NULL;

	if (!package) {
		verdict->refusal = KSIG_REFUSAL_DAMAGED;
		return false;
	}
	/* The epoch is no part of a file's name, nor of what people write into a policy. */
	g_autofree char *subject = g_strdup_printf("%s-%s-%s", package->name, package->version,
						   package->release);
	g_free(verdict->subject);
	verdict->subject = g_strdup(subject);
	if (!trust->keyring)
		trust->keyring = ksig_rpm_keyring_new(NULL, error);
	g_autoptr(GPtrArray) found = trust->keyring ? ksig_rpm_keyring_package_signatures(trust->keyring,
											  path, &said, error)
						    : NULL;
	const bool good = found &&
			  (found->len ? judge_all(trust, role, path, subject, found, said, verdict, error)
				      : trust_refuse(verdict, KSIG_REFUSAL_UNSIGNED, error,
						     "%s: not signed; a %s key is needed", path,
						     ksig_trust_role_name(role)));
	ksig_trust_verdict_clear(&own);
	return good;
}
