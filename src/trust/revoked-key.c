/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys that the policy revokes, by whatever people call them: a name, a fingerprint as some program prints
 * it, an id. */
#include "trust/revoked-key-internal.h"
#include "trust/trust-internal.h"
#include "rpm/keyring.h"

#include <string.h>

/* Digits in a short and a long id, and in fingerprints by SHA-1 and SHA-256. */
static bool is_length(size_t digits)
{
	return digits == 8 || digits == 16 || digits == 40 || digits == 64;
}

char *trust_fingerprint(const char *word)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (g_ascii_strncasecmp(word, "0x", 2) == 0)
		word += 2;
	for (; *word; word++)
		if (g_ascii_isxdigit(*word))
			g_string_append_c(text, g_ascii_tolower(*word));
		else if (*word != ':' && *word != ' ')
			return NULL;
	return is_length(text->len) ? g_strdup(text->str) : NULL;
}

/* A word that can never match is a revocation that does nothing. */
bool trust_key_revocation_is_good(const char *word, GError **error)
{
	g_autofree char *fingerprint = trust_fingerprint(word);
	const char *digits = g_ascii_strncasecmp(word, "0x", 2) == 0 ? word + 2 : word;

	if (fingerprint || digits[strspn(digits, "0123456789abcdefABCDEF")] || strlen(digits) < 16)
		return true;
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: no key can match: 16, 40 or 64 digits of a fingerprint expected", word);
}

static bool certificate_has(const ksig_key *certificate, const char *fingerprint)
{
	for (guint i = 0; i < certificate->subkeys->len; i++)
		if (g_str_has_suffix(
			    ((const struct ksig_subkey *) certificate->subkeys->pdata[i])->fingerprint,
			    fingerprint))
			return true;
	return false;
}

static bool same_certificate(const ksig_key *certificate, const struct ksig_trust_key *other)
{
	for (guint i = 0; other->openpgp && i < other->openpgp->len; i++) {
		const ksig_key *theirs = g_ptr_array_index(other->openpgp, i);
		for (guint j = 0; j < theirs->subkeys->len; j++)
			if (certificate_has(
				    certificate,
				    ((const struct ksig_subkey *) theirs->subkeys->pdata[j])->fingerprint))
				return true;
	}
	return false;
}

static bool is_called(const struct ksig_trust_key *key, const char *fingerprint)
{
	const char *const digests[] = {key->fingerprint, key->sha1, key->public_key};

	for (size_t i = 0; key->certificate && i < G_N_ELEMENTS(digests); i++)
		if (digests[i] && g_str_has_suffix(digests[i], fingerprint))
			return true;
	return false;
}

/* What the sentence about REVOKED means for KEY: all of it, or those of its certificates that are the same.
 */
static void apply_sentence(ksig_trust *trust, const struct ksig_trust_key *revoked,
			   struct ksig_trust_key *key)
{
	g_autofree char *fingerprint = trust_fingerprint(revoked->name);
	const bool by_name = g_ascii_strcasecmp(key->name, revoked->name) == 0;

	for (guint i = 0; key->openpgp && i < key->openpgp->len; i++) {
		const ksig_key *certificate = g_ptr_array_index(key->openpgp, i);
		if (by_name || same_certificate(certificate, revoked) ||
		    (fingerprint && certificate_has(certificate, fingerprint)))
			g_hash_table_add(trust->revoked_certificates, (gpointer) certificate);
	}
	key->revoked = key->revoked || by_name || (fingerprint && is_called(key, fingerprint)) ||
		       (key->public_key && g_strcmp0(key->public_key, revoked->public_key) == 0);
}

bool trust_is_revoked(const ksig_trust *trust, const ksig_key *certificate)
{
	return certificate->revoked || g_hash_table_contains(trust->revoked_certificates, certificate);
}

static bool all_revoked(const ksig_trust *trust, const struct ksig_trust_key *key)
{
	guint left = key->openpgp ? key->openpgp->len : 1;

	for (guint i = 0; key->openpgp && i < key->openpgp->len; i++)
		left -= trust_is_revoked(trust, g_ptr_array_index(key->openpgp, i));
	return left == 0;
}

void trust_spread_revocations(ksig_trust *trust)
{
	g_autoptr(GPtrArray) said = g_ptr_array_new();

	for (guint i = 0; i < trust->keys->len; i++)
		if (((const struct ksig_trust_key *) trust->keys->pdata[i])->revoked)
			g_ptr_array_add(said, trust->keys->pdata[i]);
	for (guint i = 0; i < trust->keys->len; i++) {
		struct ksig_trust_key *key = g_ptr_array_index(trust->keys, i);
		for (guint j = 0; j < said->len; j++)
			apply_sentence(trust, said->pdata[j], key);
	}
	for (guint i = 0; i < trust->keys->len; i++) {
		struct ksig_trust_key *key = g_ptr_array_index(trust->keys, i);
		key->revoked = key->revoked || all_revoked(trust, key);
	}
}
