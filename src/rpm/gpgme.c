/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GPGME: contexts, data and errors as ours, and signing. */
#include "rpm/gpgme-internal.h"
#include "rpm/rpm.h"

bool openpgp_error(GError **error, gpgme_error_t reason, enum ksig_error code, const char *what)
{
	return ksig_error_set(error, code, "%s: %s", what, gpgme_strerror(reason));
}

gpgme_ctx_t openpgp_context_new(const char *home, GError **error)
{
	gpgme_ctx_t context = NULL;
	gpgme_error_t got = 0;

	ksig_rpm_library_init();
	got = gpgme_new(&context);
	if (!got)
		got = gpgme_ctx_set_engine_info(context, GPGME_PROTOCOL_OpenPGP, NULL, home);
	if (got) {
		openpgp_error(error, got, KSIG_ERROR_ENVIRONMENT, "gpg");
		gpgme_release(context);
		return NULL;
	}
	gpgme_set_armor(context, 1);
	gpgme_set_offline(context, 1);
	return context;
}

GBytes *openpgp_data_to_bytes(gpgme_data_t data)
{
	size_t length_bytes = 0;
	char *memory = gpgme_data_release_and_get_mem(data, &length_bytes);
	GBytes *bytes = g_bytes_new(memory, length_bytes);

	gpgme_free(memory);
	return bytes;
}

gpgme_data_t openpgp_data_of(GBytes *bytes)
{
	gsize length_bytes = 0;
	const char *memory = g_bytes_get_data(bytes, &length_bytes);
	gpgme_data_t data = NULL;

	/* GPGME takes no NULL, which is what GLib gives for no bytes. */
	gpgme_data_new_from_mem(&data, memory ? memory : "", length_bytes, 0);
	return data;
}

/* ---- signing ------------------------------------------------------------------------------------- */

/* NAME is whatever gpg takes for a key, and has to mean one secret key. */
static bool choose_signer(gpgme_ctx_t context, const char *name, GError **error)
{
	gpgme_key_t key = NULL, other = NULL;
	gpgme_error_t got = gpgme_op_keylist_start(context, name, 1);

	if (!got)
		got = gpgme_op_keylist_next(context, &key);
	const bool single = !got && gpgme_op_keylist_next(context, &other) != 0;
	gpgme_op_keylist_end(context);
	gpgme_key_unref(other);
	if (!got && single)
		got = gpgme_signers_add(context, key);
	gpgme_key_unref(key);
	if (gpgme_err_code(got) == GPG_ERR_EOF)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: no such secret key", name);
	if (!got && !single)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: more than one secret key is called so",
				      name);
	return !got || openpgp_error(error, got, KSIG_ERROR_ENVIRONMENT, name);
}

GBytes *ksig_rpm_signer_sign(const struct ksig_signer *signer, GBytes *data, GError **error)
{
	g_autoptr(gpgme_context_auto) context = openpgp_context_new(signer->home, error);
	g_autoptr(gpgme_data_auto) text = openpgp_data_of(data);
	gpgme_data_t out = NULL;

	if (!context || !choose_signer(context, signer->key, error))
		return NULL;
	gpgme_error_t got = gpgme_data_new(&out);
	if (!got)
		got = gpgme_op_sign(context, text, out, GPGME_SIG_MODE_DETACH);
	if (got) {
		gpgme_data_release(out);
		g_autofree char *what = g_strdup_printf("signing with key %s", signer->key);
		openpgp_error(error, got, KSIG_ERROR_ENVIRONMENT, what);
		return NULL;
	}
	return openpgp_data_to_bytes(out);
}

char *ksig_rpm_signer_of(const char *home, const char *what, GBytes *data, GBytes *signature, GError **error)
{
	g_autoptr(gpgme_context_auto) context = openpgp_context_new(home, error);
	g_autoptr(gpgme_data_auto) text = openpgp_data_of(data);
	g_autoptr(gpgme_data_auto) mark = openpgp_data_of(signature);

	if (!context)
		return NULL;
	const gpgme_error_t got = gpgme_op_verify(context, mark, text, NULL);
	gpgme_signature_t found = got ? NULL : gpgme_op_verify_result(context)->signatures;
	if (found && !found->next && found->fpr && gpgme_err_code(found->status) == GPG_ERR_NO_ERROR)
		return g_ascii_strdown(found->fpr, -1);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no good signature by a key that gpg knows", what);
	return NULL;
}

GBytes *ksig_rpm_signer_public_key(const struct ksig_signer *signer, GError **error)
{
	g_autoptr(gpgme_context_auto) context = openpgp_context_new(signer->home, error);
	gpgme_data_t out = NULL;

	if (!context)
		return NULL;
	gpgme_error_t got = gpgme_data_new(&out);
	if (!got)
		got = gpgme_op_export(context, signer->key, 0, out);
	g_autoptr(GBytes) bytes = got ? NULL : openpgp_data_to_bytes(out);
	if (got || g_bytes_get_size(bytes) == 0) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "key %s: %s", signer->key,
			       got ? gpgme_strerror(got) : "no such key");
		return NULL;
	}
	return g_steal_pointer(&bytes);
}
