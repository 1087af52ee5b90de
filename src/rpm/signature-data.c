/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures of data, read and verified by gpg: detached, of a stream, around a text. */
#include "rpm/keyring-internal.h"
#include "rpm/signature-internal.h"

enum { SIGNATURE_LIMIT_BYTES = 1 << 20 };

/* Whether the key is over or revoked is judged here, by the clock that the caller has. */
static bool is_sound(gpgme_signature_t found)
{
	const gpgme_err_code_t code = gpgme_err_code(found->status);

	return code == GPG_ERR_NO_ERROR || code == GPG_ERR_KEY_EXPIRED || code == GPG_ERR_CERT_REVOKED ||
	       code == GPG_ERR_SIG_EXPIRED;
}

static GPtrArray *collect(ksig_keyring *keyring, GError **error)
{
	gpgme_verify_result_t result = gpgme_op_verify_result(keyring->context);
	GPtrArray *signatures = g_ptr_array_new_with_free_func(signature_free);

	for (gpgme_signature_t found = result ? result->signatures : NULL; found; found = found->next) {
		ksig_signature *signature = g_new0(ksig_signature, 1);
		signature->id = g_ascii_strdown(found->fpr ? found->fpr : "", -1);
		signature->key = ksig_rpm_keyring_find(keyring, signature->id, &signature->subkey);
		signature->created = (gint64) found->timestamp;
		signature->expires = (gint64) found->exp_timestamp;
		signature->hash = signature_hash_name((unsigned) found->hash_algo);
		signature->sound = is_sound(found);
		g_ptr_array_add(signatures, signature);
	}
	if (signatures->len)
		return signatures;
	g_ptr_array_unref(signatures);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no signature");
	return NULL;
}

static GPtrArray *verify(ksig_keyring *keyring, gpgme_data_t signature, gpgme_data_t text, gpgme_data_t plain,
			 GError **error)
{
	const gpgme_error_t got = gpgme_op_verify(keyring->context, signature, text, plain);

	if (!got)
		return collect(keyring, error);
	openpgp_error(error, got, KSIG_ERROR_NEGATIVE, "no signature");
	return NULL;
}

static bool begin(ksig_keyring *keyring, GBytes *signature, gsize limit, GError **error)
{
	if (g_bytes_get_size(signature) > limit)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "a signature of more than %" G_GSIZE_FORMAT " bytes", limit);
	return keyring_import(keyring, error);
}

GPtrArray *ksig_rpm_keyring_signatures(ksig_keyring *keyring, GBytes *data, GBytes *signature, GError **error)
{
	g_autoptr(gpgme_data_auto) text = openpgp_data_of(data);
	g_autoptr(gpgme_data_auto) mark = openpgp_data_of(signature);

	return begin(keyring, signature, SIGNATURE_LIMIT_BYTES, error)
		       ? verify(keyring, mark, text, NULL, error)
		       : NULL;
}

GPtrArray *ksig_rpm_keyring_stream_signatures(ksig_keyring *keyring, int fd, GBytes *signature,
					      GError **error)
{
	g_autoptr(gpgme_data_auto) mark = openpgp_data_of(signature);
	gpgme_data_t text = NULL;

	if (!begin(keyring, signature, SIGNATURE_LIMIT_BYTES, error))
		return NULL;
	const gpgme_error_t got = gpgme_data_new_from_fd(&text, fd);
	GPtrArray *signatures = got ? NULL : verify(keyring, mark, text, NULL, error);
	if (got)
		openpgp_error(error, got, KSIG_ERROR_ENVIRONMENT, "gpg");
	gpgme_data_release(text);
	return signatures;
}

GPtrArray *ksig_rpm_keyring_text_signatures(ksig_keyring *keyring, GBytes *text, GBytes **out_plain,
					    GError **error)
{
	g_autoptr(gpgme_data_auto) mark = openpgp_data_of(text);
	gpgme_data_t plain = NULL;

	if (!begin(keyring, text, 64 * SIGNATURE_LIMIT_BYTES, error) || gpgme_data_new(&plain))
		return NULL;
	GPtrArray *signatures = verify(keyring, mark, NULL, plain, error);
	g_autoptr(GBytes) bytes = openpgp_data_to_bytes(plain);
	if (signatures)
		*out_plain = g_steal_pointer(&bytes);
	return signatures;
}

bool ksig_rpm_keyring_check_data(ksig_keyring *keyring, GBytes *data, GBytes *signature,
				 char **out_fingerprint, GError **error)
{
	g_autoptr(GPtrArray) signatures = ksig_rpm_keyring_signatures(keyring, data, signature, error);

	if (!signatures || !ksig_rpm_signatures_check(signatures, NULL, "data", error))
		return false;
	for (guint i = 0; out_fingerprint && i < signatures->len; i++) {
		const ksig_signature *found = g_ptr_array_index(signatures, i);
		if (!ksig_rpm_signature_judge(found, signature_clock(), NULL)) {
			*out_fingerprint = g_strdup(found->id);
			break;
		}
	}
	return true;
}
