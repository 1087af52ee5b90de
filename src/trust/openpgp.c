/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rpm/rpm.h"
#include "trust/trust-internal.h"

#include <locale.h>
#include <string.h>

/* A context on HOME alone: neither the user's keys nor the system's are looked at. */
static bool context_open(const char *home, gpgme_ctx_t *out_context, GError **error)
{
	static gsize once;

	if (g_once_init_enter(&once)) {
		gpgme_check_version(NULL);
		g_once_init_leave(&once, 1);
	}
	gpgme_error_t reason = gpgme_new(out_context);
	if (!reason)
		reason = gpgme_set_protocol(*out_context, GPGME_PROTOCOL_OpenPGP);
	if (!reason)
		reason = gpgme_ctx_set_engine_info(*out_context, GPGME_PROTOCOL_OpenPGP, NULL, home);
	return !reason || trust_gpgme_error(error, reason, home ? home : "gpg");
}

static bool data_from(GBytes *bytes, gpgme_data_t *out_data, GError **error)
{
	gsize length = 0;
	const char *data = g_bytes_get_data(bytes, &length);
	const gpgme_error_t reason = gpgme_data_new_from_mem(out_data, data ? data : "", length, 0);

	return !reason || trust_gpgme_error(error, reason, "memory");
}

static char **fingerprints(gpgme_key_t found)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new();

	for (gpgme_subkey_t subkey = found->subkeys; subkey; subkey = subkey->next)
		if (subkey->fpr)
			g_ptr_array_add(list, g_ascii_strdown(subkey->fpr, -1));
	g_ptr_array_add(list, NULL);
	return (char **) g_ptr_array_free(g_steal_pointer(&list), FALSE);
}

static void describe(struct ksig_trust_key *key, gpgme_key_t found)
{
	key->subkeys = fingerprints(found);
	key->fingerprint = g_strdup(key->subkeys[0]);
	key->created = found->subkeys->timestamp;
	key->expires = found->subkeys->expires;
	key->revoked = key->revoked || found->revoked;
}

/* One context for all of TRUST: each asks gpg for its version first. */
static bool open_trust(ksig_trust *trust, GError **error)
{
	if (!trust->home)
		trust->home = ksig_rpm_gpg_home_new(error);
	return trust->home && (trust->context || context_open(trust->home, &trust->context, error));
}

/* gpg lists what is in DATA and keeps nothing: that is one process a key, and no agent. */
bool trust_openpgp_load(ksig_trust *trust, struct ksig_trust_key *key, GBytes *data, GError **error)
{
	g_auto(gpgme_data_t) file = NULL;
	gpgme_key_t found = NULL;
	guint count = 0;

	if (!open_trust(trust, error) || !data_from(data, &file, error))
		return false;
	gpgme_error_t reason = gpgme_op_keylist_from_data_start(trust->context, file, 0);
	while (!reason && !(reason = gpgme_op_keylist_next(trust->context, &found))) {
		if (count++ == 0 && found->subkeys && found->subkeys->fpr)
			describe(key, found);
		gpgme_key_unref(found);
	}
	if (gpgme_err_code(reason) != GPG_ERR_EOF)
		return trust_gpgme_error(error, reason, key->path);
	if (count != 1 || !key->fingerprint)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: one OpenPGP key expected, %u found",
				      key->path, count);
	g_string_append_len(trust->armoured, g_bytes_get_data(data, NULL), (gssize) g_bytes_get_size(data));
	g_string_append_c(trust->armoured, '\n');
	return true;
}

/* All keys at once, and only when there is a signature to look at. */
static bool import(ksig_trust *trust, GError **error)
{
	g_auto(gpgme_data_t) data = NULL;
	g_autoptr(GBytes) bytes = g_bytes_new_static(trust->armoured->str, trust->armoured->len);

	if (!open_trust(trust, error))
		return false;
	if (trust->imported || !trust->armoured->len)
		return true;
	if (!data_from(bytes, &data, error))
		return false;
	const gpgme_error_t reason = gpgme_op_import(trust->context, data);
	trust->imported = !reason;
	return !reason || trust_gpgme_error(error, reason, trust->folder);
}

/* What gpg says of the one signature; whether the key is over or revoked is judged by the policy's clock. */
static bool signature_is_sound(const struct _gpgme_signature *found)
{
	const gpgme_err_code_t code = gpgme_err_code(found->status);

	return code == GPG_ERR_NO_ERROR || code == GPG_ERR_KEY_EXPIRED || code == GPG_ERR_CERT_REVOKED ||
	       code == GPG_ERR_SIG_EXPIRED;
}

static bool judge_signature(const ksig_trust *trust, enum ksig_role role, const char *what,
			    const char *subject, gpgme_signature_t found, struct ksig_trust_verdict *out,
			    GError **error)
{
	if (!found)
		return trust_refuse(out, KSIG_REFUSAL_UNSIGNED, error, "%s: not a signature", what);
	if (found->next)
		return trust_refuse(out, KSIG_REFUSAL_DAMAGED, error,
				    "%s: one signature expected, more found", what);
	g_autofree char *id = g_ascii_strdown(found->fpr ? found->fpr : "", -1);
	const struct ksig_trust_key *key = trust_key_by_id(trust, id);
	if (!key)
		return trust_refuse(out, KSIG_REFUSAL_UNKNOWN_KEY, error,
				    "%s: signed by key %s, which the policy does not name", what, id);
	if (!signature_is_sound(found))
		return trust_refuse(out, KSIG_REFUSAL_TAMPERED, error,
				    "%s: not what key %s signed: the signature does not fit", what,
				    key->name);
	if (gpgme_err_code(found->status) == GPG_ERR_SIG_EXPIRED)
		return trust_refuse(out, KSIG_REFUSAL_EXPIRED, error,
				    "%s: the signature of key %s has expired", what, key->name);
	return trust_judge(trust, key, role, what, subject, out, error);
}

bool ksig_trust_check_data(ksig_trust *trust, enum ksig_role role, const char *what, const char *subject,
			   GBytes *data, GBytes *signature, struct ksig_trust_verdict *out, GError **error)
{
	g_auto(gpgme_data_t) text = NULL, detached = NULL;

	if (out) {
		g_free(out->subject);
		out->subject = g_strdup(subject);
	}
	if (!signature || !g_bytes_get_size(signature))
		return trust_refuse(out, KSIG_REFUSAL_UNSIGNED, error, "%s: not signed; a %s key is needed",
				    what, ksig_trust_role_name(role));
	if (g_bytes_get_size(signature) > TRUST_LIMIT_SIGNATURE_BYTES)
		return trust_refuse(out, KSIG_REFUSAL_DAMAGED, error, "%s: signature too long", what);
	if (!import(trust, error) || !data_from(data, &text, error) ||
	    !data_from(signature, &detached, error))
		return false;
	const gpgme_error_t reason = gpgme_op_verify(trust->context, detached, text, NULL);
	if (gpgme_err_code(reason) == GPG_ERR_NO_DATA || gpgme_err_code(reason) == GPG_ERR_BAD_DATA)
		return trust_refuse(out, KSIG_REFUSAL_UNSIGNED, error, "%s: not an OpenPGP signature", what);
	if (reason)
		return trust_gpgme_error(error, reason, what);
	return judge_signature(trust, role, what, subject, gpgme_op_verify_result(trust->context)->signatures,
			       out, error);
}

char *ksig_trust_signer(const char *home, const char *what, GBytes *data, GBytes *signature, GError **error)
{
	g_auto(gpgme_data_t) text = NULL, detached = NULL;
	g_auto(gpgme_ctx_t) context = NULL;

	if (!context_open(home, &context, error) || !data_from(data, &text, error) ||
	    !data_from(signature, &detached, error))
		return NULL;
	const gpgme_error_t reason = gpgme_op_verify(context, detached, text, NULL);
	gpgme_signature_t found = reason ? NULL : gpgme_op_verify_result(context)->signatures;
	if (found && !found->next && found->fpr && gpgme_err_code(found->status) == GPG_ERR_NO_ERROR)
		return g_ascii_strdown(found->fpr, -1);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no good signature by a key that gpg knows", what);
	return NULL;
}
