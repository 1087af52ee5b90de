/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Public keys for librpm and for gpg; what their self-signatures say is gpg's word. */
#include "rpm/keyring-internal.h"
#include "rpm/key-file-internal.h"
#include "rpm/rpm.h"

#include <string.h>

enum { KEY_LIMIT_BYTES = 4 << 20 };

static void subkey_free(gpointer data)
{
	struct ksig_subkey *subkey = data;

	g_free(subkey->fingerprint);
	g_free(subkey);
}

static void key_free(gpointer data)
{
	ksig_key *key = data;

	g_ptr_array_unref(key->subkeys);
	g_free(key);
}

static ksig_keyring *keyring_new(void)
{
	ksig_keyring *keyring = g_new0(ksig_keyring, 1);

	keyring->rpm = rpmKeyringNew();
	keyring->keys = g_ptr_array_new_with_free_func(key_free);
	keyring->packets = g_byte_array_new();
	keyring->skipped = g_ptr_array_new_with_free_func(g_free);
	return keyring;
}

void ksig_rpm_keyring_free(ksig_keyring *keyring)
{
	if (!keyring)
		return;
	rpmtsFree(keyring->ts);
	rpmKeyringFree(keyring->rpm);
	if (keyring->context)
		gpgme_release(keyring->context);
	ksig_scratch_free(keyring->home);
	g_ptr_array_unref(keyring->keys);
	g_byte_array_unref(keyring->packets);
	g_ptr_array_unref(keyring->skipped);
	g_free(keyring);
}

const GPtrArray *ksig_rpm_keyring_skipped(const ksig_keyring *keyring)
{
	return keyring->skipped;
}

char *ksig_rpm_gpg_home_new(GError **error)
{
	/* What is weak or made at a wrong time is judged here, by the policy and by its clock
	 * (ksig_rpm_signature_judge()); gpg would not look at the cryptography then. */
	static const char conf[] = "no-autostart\nallow-weak-digest-algos\nignore-time-conflict\n";
	g_autoptr(ksig_scratch) home = ksig_directory_temporary(NULL, "ksig-keys", error);
	g_autofree char *path = home ? g_build_filename(home, "gpg.conf", NULL) : NULL;

	return home && ksig_file_write(path, conf, -1, 0600, error) ? g_steal_pointer(&home) : NULL;
}

static bool open_gpg(ksig_keyring *keyring, GError **error)
{
	if (!keyring->home)
		keyring->home = ksig_rpm_gpg_home_new(error);
	if (keyring->home && !keyring->context)
		keyring->context = openpgp_context_new(keyring->home, error);
	return keyring->context != NULL;
}

bool keyring_import(ksig_keyring *keyring, GError **error)
{
	const gsize length = keyring->packets->len;

	if (!open_gpg(keyring, error))
		return false;
	if (keyring->imported_bytes == length)
		return true;
	g_autoptr(GBytes) bytes = g_bytes_new_static(keyring->packets->data + keyring->imported_bytes,
						     length - keyring->imported_bytes);
	g_autoptr(gpgme_data_auto) data = openpgp_data_of(bytes);
	const gpgme_error_t got = gpgme_op_import(keyring->context, data);
	if (got)
		return openpgp_error(error, got, KSIG_ERROR_ENVIRONMENT, "gpg: keys");
	keyring->imported_bytes = length;
	return true;
}

const ksig_key *ksig_rpm_keyring_find(const ksig_keyring *keyring, const char *id,
				      const struct ksig_subkey **out_subkey)
{
	for (guint i = 0; strlen(id) >= 16 && i < keyring->keys->len; i++) {
		const ksig_key *key = g_ptr_array_index(keyring->keys, i);
		for (guint j = 0; j < key->subkeys->len; j++) {
			const struct ksig_subkey *subkey = g_ptr_array_index(key->subkeys, j);
			if (g_str_has_suffix(subkey->fingerprint, id)) {
				*out_subkey = subkey;
				return key;
			}
		}
	}
	return NULL;
}

/* ---- what gpg says of a certificate -------------------------------------------------------------- */

/* A key whose names are all withdrawn is nobody's any more. */
static bool has_name(gpgme_key_t found)
{
	for (gpgme_user_id_t name = found->uids; name; name = name->next)
		if (!name->revoked && !name->invalid)
			return true;
	return false;
}

static ksig_key *describe(gpgme_key_t found)
{
	ksig_key *key = g_new0(ksig_key, 1);

	key->subkeys = g_ptr_array_new_with_free_func(subkey_free);
	key->revoked = found->revoked || !has_name(found);
	for (gpgme_subkey_t at = found->subkeys; at; at = at->next) {
		struct ksig_subkey *subkey = at->fpr ? g_new0(struct ksig_subkey, 1) : NULL;
		if (!subkey)
			continue;
		subkey->fingerprint = g_ascii_strdown(at->fpr, -1);
		subkey->created = at->timestamp;
		subkey->expires = at->expires;
		subkey->revoked = at->revoked || at->disabled;
		subkey->signs = at->can_sign;
		g_ptr_array_add(key->subkeys, subkey);
	}
	return key;
}

static ksig_key *same_key(const ksig_keyring *keyring, const ksig_key *key)
{
	const struct ksig_subkey *primary = g_ptr_array_index(key->subkeys, 0), *other;

	for (guint i = 0; i < keyring->keys->len; i++) {
		ksig_key *known = g_ptr_array_index(keyring->keys, i);
		other = g_ptr_array_index(known->subkeys, 0);
		if (g_str_equal(other->fingerprint, primary->fingerprint))
			return known;
	}
	return NULL;
}

static struct ksig_subkey *same_subkey(const ksig_key *key, const struct ksig_subkey *subkey)
{
	for (guint i = 0; i < key->subkeys->len; i++) {
		struct ksig_subkey *known = g_ptr_array_index(key->subkeys, i);
		if (g_str_equal(known->fingerprint, subkey->fingerprint))
			return known;
	}
	return NULL;
}

/* The same key from two files: what one of them revokes is revoked, and subkeys of both are there. When they
 * are over, gpg says as soon as it has both files (read_again()). */
static void merge(ksig_key *known, ksig_key *other)
{
	known->again = true;
	known->revoked = known->revoked || other->revoked;
	while (other->subkeys->len) {
		struct ksig_subkey *subkey = g_ptr_array_steal_index(other->subkeys, 0);
		struct ksig_subkey *old = same_subkey(known, subkey);
		if (!old) {
			g_ptr_array_add(known->subkeys, subkey);
			continue;
		}
		old->revoked = old->revoked || subkey->revoked;
		subkey_free(subkey);
	}
	key_free(other);
}

static void take(ksig_keyring *keyring, gpgme_key_t found, GPtrArray *keys)
{
	ksig_key *key = describe(found);
	ksig_key *known = key->subkeys->len ? same_key(keyring, key) : NULL;

	if (!key->subkeys->len) {
		key_free(key);
		return;
	}
	if (known)
		merge(known, key);
	else
		g_ptr_array_add(keyring->keys, key);
	g_ptr_array_add(keys, known ? known : key);
}

/* gpg lists what is in the file and keeps nothing: that is one process a file, and no agent. */
static GPtrArray *list(ksig_keyring *keyring, const char *what, GBytes *packets, GError **error)
{
	g_autoptr(GPtrArray) keys = g_ptr_array_new();
	gpgme_key_t found = NULL;

	if (!open_gpg(keyring, error))
		return NULL;
	g_autoptr(gpgme_data_auto) data = openpgp_data_of(packets);
	gpgme_error_t got = gpgme_op_keylist_from_data_start(keyring->context, data, 0);
	while (!got && !(got = gpgme_op_keylist_next(keyring->context, &found))) {
		take(keyring, found, keys);
		gpgme_key_unref(found);
	}
	if (gpgme_err_code(got) != GPG_ERR_EOF)
		openpgp_error(error, got, KSIG_ERROR_INPUT, what);
	else if (!keys->len)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no OpenPGP key in it that gpg can read", what);
	else
		return g_steal_pointer(&keys);
	return NULL;
}

static void add_to_rpm(ksig_keyring *keyring, const char *what, GBytes *certificate)
{
	gsize length = 0;
	g_autoptr(GBytes) plain = key_file_without_revocations(certificate);
	const uint8_t *packets = g_bytes_get_data(plain, &length);
	rpmPubkey key = rpmPubkeyNew(packets, length);
	int n_subkeys = 0;

	if (!key) {
		g_ptr_array_add(
			keyring->skipped,
			g_strdup_printf("%s: an OpenPGP key that rpm cannot read is left out for packages",
					what));
		return;
	}
	rpmKeyringAddKey(keyring->rpm, key);
	rpmPubkey *subkeys = rpmGetSubkeys(key, &n_subkeys);
	for (int i = 0; i < n_subkeys; i++) {
		rpmKeyringAddKey(keyring->rpm, subkeys[i]);
		rpmPubkeyFree(subkeys[i]);
	}
	free(subkeys);
	rpmPubkeyFree(key);
}

/* Of what two files say about the end of a key, its owner's last word counts. */
static bool read_again(ksig_keyring *keyring, ksig_key *key, GError **error)
{
	const char *fingerprint = ((const struct ksig_subkey *) key->subkeys->pdata[0])->fingerprint;
	gpgme_key_t found = NULL;

	if (!keyring_import(keyring, error))
		return false;
	const gpgme_error_t got = gpgme_get_key(keyring->context, fingerprint, &found, 0);
	if (got)
		return openpgp_error(error, got, KSIG_ERROR_ENVIRONMENT, fingerprint);
	ksig_key *whole = describe(found);
	gpgme_key_unref(found);
	for (guint i = 0; i < whole->subkeys->len; i++) {
		const struct ksig_subkey *subkey = g_ptr_array_index(whole->subkeys, i);
		struct ksig_subkey *known = same_subkey(key, subkey);
		if (known)
			known->expires = subkey->expires;
	}
	key_free(whole);
	key->again = false;
	return true;
}

static bool read_all_again(ksig_keyring *keyring, GError **error)
{
	for (guint i = 0; i < keyring->keys->len; i++) {
		ksig_key *key = g_ptr_array_index(keyring->keys, i);
		if (key->again && !read_again(keyring, key, error))
			return false;
	}
	return true;
}

GPtrArray *ksig_rpm_keyring_add(ksig_keyring *keyring, const char *what, GBytes *data, GError **error)
{
	g_autoptr(GPtrArray) certificates = key_file_split(what, data, keyring->skipped, error);
	g_autoptr(GByteArray) all = g_byte_array_new();

	for (guint i = 0; certificates && i < certificates->len; i++) {
		gsize length = 0;
		const guint8 *packets = g_bytes_get_data(certificates->pdata[i], &length);
		g_byte_array_append(all, packets, (guint) length);
	}
	g_autoptr(GBytes) packets = g_bytes_new_static(all->data, all->len);
	g_autoptr(GPtrArray) keys = certificates ? list(keyring, what, packets, error) : NULL;
	if (!keys)
		return NULL;
	for (guint i = 0; i < certificates->len; i++)
		add_to_rpm(keyring, what, certificates->pdata[i]);
	g_byte_array_append(keyring->packets, all->data, all->len);
	return read_all_again(keyring, error) ? g_steal_pointer(&keys) : NULL;
}

ksig_keyring *ksig_rpm_keyring_new(const char *const *files, GError **error)
{
	g_autoptr(ksig_keyring) keyring = NULL;

	ksig_rpm_library_init();
	keyring = keyring_new();
	for (; files && *files; files++) {
		g_autoptr(GBytes) bytes = ksig_bytes_read(*files, KEY_LIMIT_BYTES, error);
		g_autoptr(GPtrArray) keys = bytes ? ksig_rpm_keyring_add(keyring, *files, bytes, error)
						  : NULL;
		if (!keys)
			return NULL;
	}
	return g_steal_pointer(&keyring);
}
