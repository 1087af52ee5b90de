/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key's file: a certificate (PEM or DER) with its fingerprints and dates by OpenSSL; anything else goes to
 * openpgp.c.
 */
#include "trust/key-internal.h"
#include "trust/openpgp-internal.h"
#include "trust/refusal-internal.h"
#include "trust/trust-internal.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

bool trust_is_certificate(const char *data, gsize length)
{
	return (length && *data == TRUST_DER_SEQUENCE) || strstr(data, "-----BEGIN CERTIFICATE-----") != NULL;
}

static char *hex(const unsigned char *bytes, size_t length_bytes)
{
	GString *text = g_string_sized_new(length_bytes * 2);

	for (size_t i = 0; i < length_bytes; i++)
		g_string_append_printf(text, "%02x", bytes[i]);
	return g_string_free(text, FALSE);
}

static bool time_of(const ASN1_TIME *time, gint64 *out_time)
{
	struct tm fields = {0};

	if (ASN1_TIME_to_tm(time, &fields) != 1)
		return false;
	*out_time = timegm(&fields);
	return true;
}

X509 *trust_certificate_parse(const char *what, const char *data, gsize length, GError **error)
{
	const unsigned char *der = (const unsigned char *) data;
	g_autoptr(BIO) bio = BIO_new_mem_buf(data, (int) length);
	X509 *certificate = length && *der == TRUST_DER_SEQUENCE ? d2i_X509(NULL, &der, (long) length)
								 : PEM_read_bio_X509(bio, NULL, NULL, NULL);

	if (!certificate)
		trust_openssl_error(error, KSIG_ERROR_INPUT, what);
	return certificate;
}

X509 *trust_certificate_of(const char *what, GBytes *file, GError **error)
{
	gsize length = 0;
	const char *data = g_bytes_get_data(file, &length);

	return trust_certificate_parse(what, data, length, error);
}

X509 *trust_certificate_read(const char *path, GError **error)
{
	gsize length = 0;
	g_autofree char *data = ksig_file_read(path, TRUST_LIMIT_KEY_BYTES, &length, error);

	return data ? trust_certificate_parse(path, data, length, error) : NULL;
}

static bool public_key_digest(X509 *certificate, struct ksig_trust_key *key, GError **error)
{
	unsigned char *bytes = NULL, digest[EVP_MAX_MD_SIZE];
	const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
	unsigned digest_length = 0;
	const bool good = length > 0 &&
			  EVP_Digest(bytes, (size_t) length, digest, &digest_length, EVP_sha256(), NULL) == 1;

	OPENSSL_free(bytes);
	if (!good)
		return trust_openssl_error(error, KSIG_ERROR_INPUT, key->path);
	key->public_key = hex(digest, digest_length);
	return true;
}

static bool certificate_load(struct ksig_trust_key *key, GBytes *file, GError **error)
{
	g_autoptr(X509) certificate = trust_certificate_of(key->path, file, error);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (!certificate)
		return false;
	if (X509_digest(certificate, EVP_sha1(), digest, &length) != 1)
		return trust_openssl_error(error, KSIG_ERROR_INPUT, key->path);
	key->sha1 = hex(digest, length);
	if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1 ||
	    !time_of(X509_get0_notBefore(certificate), &key->created) ||
	    !time_of(X509_get0_notAfter(certificate), &key->expires))
		return trust_openssl_error(error, KSIG_ERROR_INPUT, key->path);
	key->fingerprint = hex(digest, length);
	key->certificate = g_bytes_ref(file);
	return public_key_digest(certificate, key, error);
}

bool trust_key_load(ksig_trust *trust, struct ksig_trust_key *key, const char *data, gsize length,
		    GError **error)
{
	g_autoptr(GBytes) bytes = g_bytes_new(data, length);

	return trust_is_certificate(data, length) ? certificate_load(key, bytes, error)
						  : trust_openpgp_load(trust, key, bytes, error);
}
