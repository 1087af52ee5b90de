/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenPGP: detached signatures by GPGME, package signatures by librpm, and GPGME's errors as ours. */
#include "rpm/metadata.h"

#include <gpgme.h>

#include <rpm/rpmcli.h>
#include <rpm/rpmkeyring.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmpgp.h>
#include <rpm/rpmts.h>

enum { KEY_LIMIT_BYTES = 1 << 20, SIGNATURE_LIMIT_BYTES = 1 << 20 };

struct ksig_keyring {
	rpmKeyring rpm;
	GPtrArray *files;   /* of char *: what gpg is to know as soon as it is needed */
	ksig_scratch *home; /* a GNUPGHOME of our own; NULL: not needed yet */
};

typedef struct gpgme_context gpgme_context_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gpgme_context_auto, gpgme_release)
typedef struct gpgme_data gpgme_data_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gpgme_data_auto, gpgme_data_release)

static bool openpgp_error(GError **error, gpgme_error_t reason, enum ksig_error code, const char *what)
{
	return ksig_error_set(error, code, "%s: %s", what, gpgme_strerror(reason));
}

static gpgme_ctx_t context_new(const char *home, GError **error)
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

static GBytes *data_to_bytes(gpgme_data_t data)
{
	size_t length_bytes = 0;
	char *memory = gpgme_data_release_and_get_mem(data, &length_bytes);
	GBytes *bytes = g_bytes_new(memory, length_bytes);

	gpgme_free(memory);
	return bytes;
}

static gpgme_data_t data_of(GBytes *bytes)
{
	gsize length_bytes = 0;
	const char *memory = g_bytes_get_data(bytes, &length_bytes);
	gpgme_data_t data = NULL;

	/* GPGME takes no NULL, which is what GLib gives for no bytes. */
	gpgme_data_new_from_mem(&data, memory ? memory : "", length_bytes, 0);
	return data;
}

/* ---- keyrings ------------------------------------------------------------------------------------ */

static bool add_to_rpm(rpmKeyring keyring, const char *armoured, const char *path, GError **error)
{
	uint8_t *packet = NULL;
	size_t length_bytes = 0;
	int n_subkeys = 0;

	if (pgpParsePkts(armoured, &packet, &length_bytes) != PGPARMOR_PUBKEY) {
		free(packet);
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: an ASCII-armoured public key expected",
				      path);
	}
	rpmPubkey key = rpmPubkeyNew(packet, length_bytes);
	free(packet);
	if (!key)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a public key that librpm cannot read",
				      path);
	rpmKeyringAddKey(keyring, key);
	rpmPubkey *subkeys = rpmGetSubkeys(key, &n_subkeys);
	for (int i = 0; i < n_subkeys; i++) {
		rpmKeyringAddKey(keyring, subkeys[i]);
		rpmPubkeyFree(subkeys[i]);
	}
	free(subkeys);
	rpmPubkeyFree(key);
	return true;
}

static bool add_to_gpg(gpgme_ctx_t context, GBytes *bytes, const char *path, GError **error)
{
	g_autoptr(gpgme_data_auto) data = data_of(bytes);
	const gpgme_error_t got = gpgme_op_import(context, data);
	const gpgme_import_result_t result = gpgme_op_import_result(context);

	if (got)
		return openpgp_error(error, got, KSIG_ERROR_INPUT, path);
	if (!result || result->considered == 0 || result->secret_read > 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: public keys, and only those, expected",
				      path);
	return true;
}

char *ksig_rpm_gpg_home_new(GError **error)
{
	g_autoptr(ksig_scratch) home = ksig_directory_temporary(NULL, "ksig-keys", error);
	g_autofree char *path = home ? g_build_filename(home, "gpg.conf", NULL) : NULL;

	return home && ksig_file_write(path, "no-autostart\n", -1, 0600, error) ? g_steal_pointer(&home)
										: NULL;
}

/* gpg starts several processes for each key: only for those who check data, not for those who check packages.
 */
static const char *home_of(ksig_keyring *keyring, GError **error)
{
	if (keyring->home)
		return keyring->home;
	g_autoptr(ksig_scratch) home = ksig_rpm_gpg_home_new(error);
	g_autoptr(gpgme_context_auto) context = home ? context_new(home, error) : NULL;
	for (guint i = 0; context && i < keyring->files->len; i++) {
		size_t length_bytes = 0;
		char *text = ksig_file_read(keyring->files->pdata[i], KEY_LIMIT_BYTES, &length_bytes, error);
		g_autoptr(GBytes) bytes = text ? g_bytes_new_take(text, length_bytes) : NULL;
		if (!bytes || !add_to_gpg(context, bytes, keyring->files->pdata[i], error))
			return NULL;
	}
	return context ? keyring->home = g_steal_pointer(&home) : NULL;
}

ksig_keyring *ksig_rpm_keyring_new(const char *const *files, GError **error)
{
	g_autoptr(ksig_keyring) keyring = g_new0(ksig_keyring, 1);

	ksig_rpm_library_init();
	keyring->rpm = rpmKeyringNew();
	keyring->files = g_ptr_array_new_with_free_func(g_free);
	for (; files && *files; files++) {
		g_autofree char *text = ksig_file_read(*files, KEY_LIMIT_BYTES, NULL, error);
		if (!text || !add_to_rpm(keyring->rpm, text, *files, error))
			return NULL;
		g_ptr_array_add(keyring->files, g_strdup(*files));
	}
	return g_steal_pointer(&keyring);
}

void ksig_rpm_keyring_free(ksig_keyring *keyring)
{
	if (!keyring)
		return;
	rpmKeyringFree(keyring->rpm);
	g_clear_pointer(&keyring->files, g_ptr_array_unref);
	ksig_scratch_free(keyring->home);
	g_free(keyring);
}

/* librpm's lines about one package, for our message. */
static int keep_log(rpmlogRec record, rpmlogCallbackData data)
{
	g_string_append(data, rpmlogRecMessage(record));
	return 0;
}

static char *one_line(char *text)
{
	g_strdelimit(text, "\n", ' ');
	return g_strstrip(text);
}

/*
 * rpmReadPackageFile() is content with an unsigned package and does not look at the payload;
 * rpmcliVerifySignatures() with a verification level that wants both is not.
 */
bool ksig_rpm_keyring_check_package(ksig_keyring *keyring, const char *path, GError **error)
{
	char *const paths[] = {(char *) path, NULL};
	g_autoptr(GString) said = g_string_new(NULL);
	rpmts ts = rpmtsCreate();

	rpmtsSetKeyring(ts, keyring->rpm);
	rpmtsSetVSFlags(ts, RPMVSF_DEFAULT);
	rpmtsSetVfyLevel(ts, RPMSIG_SIGNATURE_TYPE | RPMSIG_DIGEST_TYPE);
	const int mask = rpmlogSetMask(RPMLOG_UPTO(RPMLOG_NOTICE));
	rpmlogSetCallback(keep_log, said);
	const int failures = rpmcliVerifySignatures(ts, (ARGV_const_t) paths);
	ksig_rpm_library_mute();
	rpmlogSetMask(mask);
	rpmtsFree(ts);
	if (failures == 0)
		return true;
	g_autoptr(ksig_package) package = ksig_rpm_package_read(path, error);
	if (!package)
		return false;
	if (!package->key_id)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not signed", path);
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			      "%s: not what a key of ours signed (it names key %s): %s", path,
			      package->key_id, one_line(said->str));
}

static bool judge(gpgme_verify_result_t result, char **out_fingerprint, GError **error)
{
	if (!result || !result->signatures)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no signature");
	for (gpgme_signature_t signature = result->signatures; signature; signature = signature->next) {
		if (gpgme_err_code(signature->status) == GPG_ERR_NO_ERROR) {
			if (out_fingerprint)
				*out_fingerprint = g_strdup(signature->fpr);
			return true;
		}
	}
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "signature by %s: %s",
			      result->signatures->fpr ? result->signatures->fpr : "nobody",
			      gpgme_strerror(result->signatures->status));
}

bool ksig_rpm_keyring_check_data(ksig_keyring *keyring, GBytes *data, GBytes *signature,
				 char **out_fingerprint, GError **error)
{
	const char *home = home_of(keyring, error);
	g_autoptr(gpgme_context_auto) context = home ? context_new(home, error) : NULL;
	g_autoptr(gpgme_data_auto) text = data_of(data);
	g_autoptr(gpgme_data_auto) mark = data_of(signature);

	if (!context)
		return false;
	if (g_bytes_get_size(signature) > SIGNATURE_LIMIT_BYTES)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "a signature of more than %d bytes",
				      SIGNATURE_LIMIT_BYTES);
	const gpgme_error_t got = gpgme_op_verify(context, mark, text, NULL);
	if (got)
		return openpgp_error(error, got, KSIG_ERROR_NEGATIVE, "no signature");
	return judge(gpgme_op_verify_result(context), out_fingerprint, error);
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
	g_autoptr(gpgme_context_auto) context = context_new(signer->home, error);
	g_autoptr(gpgme_data_auto) text = data_of(data);
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
	return data_to_bytes(out);
}

GBytes *ksig_rpm_signer_public_key(const struct ksig_signer *signer, GError **error)
{
	g_autoptr(gpgme_context_auto) context = context_new(signer->home, error);
	gpgme_data_t out = NULL;

	if (!context)
		return NULL;
	gpgme_error_t got = gpgme_data_new(&out);
	if (!got)
		got = gpgme_op_export(context, signer->key, 0, out);
	g_autoptr(GBytes) bytes = got ? NULL : data_to_bytes(out);
	if (got || g_bytes_get_size(bytes) == 0) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "key %s: %s", signer->key,
			       got ? gpgme_strerror(got) : "no such key");
		return NULL;
	}
	return g_steal_pointer(&bytes);
}
