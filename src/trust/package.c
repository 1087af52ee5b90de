/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rpm/rpm.h"
#include "trust/trust-internal.h"

/* A keyring of one key (with its subkeys): all signatures of the package then have to be of that key. */
static bool verify(const char *path, const struct ksig_trust_key *key, struct ksig_trust_verdict *out,
		   GError **error)
{
	const char *const files[] = {key->path, NULL};
	g_autoptr(ksig_keyring) keyring = ksig_rpm_keyring_new(files, error);
	g_autoptr(GError) reason = NULL;

	if (!keyring)
		return false;
	return ksig_rpm_keyring_check_package(keyring, path, &reason) ||
	       trust_refuse(out, KSIG_REFUSAL_TAMPERED, error, "%s: not what key %s signed (%s)", path,
			    key->name, reason->message);
}

bool ksig_trust_check_package(ksig_trust *trust, enum ksig_role role, const char *path,
			      struct ksig_trust_verdict *out, GError **error)
{
	g_autoptr(ksig_package) package = ksig_rpm_package_read(path, error);

	if (!package) {
		if (out)
			out->refusal = KSIG_REFUSAL_DAMAGED;
		return false;
	}
	/* The epoch is no part of a file's name, nor of what people write into a policy. */
	g_autofree char *subject = g_strdup_printf("%s-%s-%s", package->name, package->version,
						   package->release);
	if (out) {
		g_free(out->subject);
		out->subject = g_strdup(subject);
	}
	if (!package->key_id)
		return trust_refuse(out, KSIG_REFUSAL_UNSIGNED, error, "%s: not signed; a %s key is needed",
				    path, ksig_trust_role_name(role));
	const struct ksig_trust_key *key = trust_key_by_id(trust, package->key_id);
	if (!key)
		return trust_refuse(out, KSIG_REFUSAL_UNKNOWN_KEY, error,
				    "%s: signed by key %s, which the policy does not name", path,
				    package->key_id);
	return trust_judge(trust, key, role, path, subject, out, error) && verify(path, key, out, error);
}
