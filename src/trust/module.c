/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PKCS#7 signatures at a module's end: one signer, SHA-256 or better, a certificate that the policy names;
 * and signing modules as the kernel's sign-file does.
 */
#include "trust/judge-internal.h"
#include "trust/key-internal.h"
#include "trust/refusal-internal.h"
#include "trust/secret-key-internal.h"
#include "trust/trust-internal.h"
#include "elf/elf.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

/* include/linux/module_signature.h: the file ends in <PKCS#7><struct module_signature><magic>. */
#define MAGIC "~Module signature appended~\n"
enum { MAGIC_BYTES = sizeof(MAGIC) - 1, TRAILER_BYTES = 12, ID_TYPE_PKCS7 = 2 };

bool ksig_trust_module_split(const char *what, GBytes *module, gsize *out_length_bytes,
			     GBytes **out_signature, GError **error)
{
	struct ksig_module_signature found = {0};

	if (!ksig_elf_module_signature_read(what, module, &found, error))
		return false;
	*out_length_bytes = found.module_length_bytes;
	if (out_signature)
		*out_signature = found.present ? g_bytes_new_from_bytes(module, found.module_length_bytes,
									found.length_bytes)
					       : NULL;
	ksig_elf_module_signature_clear(&found);
	return true;
}

/* The certificate among TRUST's that the signature names, found by issuer and serial or by key id. */
static const struct ksig_trust_key *find_key(const ksig_trust *trust, CMS_SignerInfo *signer,
					     X509 **out_certificate)
{
	for (guint i = 0; i < trust->keys->len; i++) {
		const struct ksig_trust_key *key = g_ptr_array_index(trust->keys, i);
		if (!key->certificate)
			continue;
		g_autoptr(X509) certificate = trust_certificate_of(key->path, key->certificate, NULL);
		if (certificate && CMS_SignerInfo_cert_cmp(signer, certificate) == 0) {
			*out_certificate = g_steal_pointer(&certificate);
			return key;
		}
	}
	return NULL;
}

static bool digest_is_strong(CMS_SignerInfo *signer)
{
	X509_ALGOR *digest = NULL;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
	const int kind = digest ? OBJ_obj2nid(digest->algorithm) : NID_undef;
	return kind == NID_sha256 || kind == NID_sha384 || kind == NID_sha512 || kind == NID_sha3_256 ||
	       kind == NID_sha3_384 || kind == NID_sha3_512;
}

static bool verify(CMS_ContentInfo *message, X509 *certificate, const void *data, gsize length_bytes)
{
	const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY;
	g_autoptr(BIO) content = BIO_new_mem_buf(data, (int) length_bytes);
	STACK_OF(X509) *pinned = sk_X509_new_null();

	sk_X509_push(pinned, certificate);
	const bool good = CMS_verify(message, pinned, NULL, content, NULL, flags) == 1;
	sk_X509_free(pinned);
	ERR_clear_error();
	return good;
}

static CMS_SignerInfo *single_signer(CMS_ContentInfo *message)
{
	STACK_OF(CMS_SignerInfo) *signers = message ? CMS_get0_SignerInfos(message) : NULL;

	return signers && sk_CMS_SignerInfo_num(signers) == 1 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
}

static bool check(ksig_trust *trust, const char *what, const char *subject, GBytes *module, gsize length,
		  GBytes *signature, struct ksig_trust_verdict *out, GError **error)
{
	gsize signature_length = 0;
	const unsigned char *bytes = g_bytes_get_data(signature, &signature_length);
	g_autoptr(CMS_ContentInfo) message = d2i_CMS_ContentInfo(NULL, &bytes, (long) signature_length);
	CMS_SignerInfo *signer = single_signer(message);
	g_autoptr(X509) certificate = NULL;

	ERR_clear_error();
	if (!signer)
		return trust_refuse(out, KSIG_REFUSAL_DAMAGED, error,
				    "%s: a PKCS#7 signature by one signer expected", what);
	const struct ksig_trust_key *key = find_key(trust, signer, &certificate);
	if (!key)
		return trust_refuse(out, KSIG_REFUSAL_UNKNOWN_KEY, error,
				    "%s: module signed with a certificate that the policy does not name",
				    what);
	if (!digest_is_strong(signer))
		return trust_refuse(out, KSIG_REFUSAL_TAMPERED, error,
				    "%s: key %s signed a weak digest; SHA-256 or better is needed", what,
				    key->name);
	if (!verify(message, certificate, g_bytes_get_data(module, NULL), length))
		return trust_refuse(out, KSIG_REFUSAL_TAMPERED, error,
				    "%s: not what key %s signed: the module's signature does not fit", what,
				    key->name);
	return trust_judge(trust, key, KSIG_ROLE_MODULE, what, subject, out, error);
}

bool ksig_trust_check_module(ksig_trust *trust, const char *what, const char *subject, GBytes *module,
			     struct ksig_trust_verdict *out, GError **error)
{
	g_autoptr(GBytes) signature = NULL;
	gsize length = 0;

	if (out) {
		g_free(out->subject);
		out->subject = g_strdup(subject);
	}
	if (!ksig_trust_module_split(what, module, &length, &signature, error)) {
		if (out)
			out->refusal = KSIG_REFUSAL_DAMAGED;
		return false;
	}
	if (!signature)
		return trust_refuse(out, KSIG_REFUSAL_UNSIGNED, error, "%s: the module is not signed", what);
	if (length > G_MAXINT)
		return trust_refuse(out, KSIG_REFUSAL_DAMAGED, error, "%s: more than 2 GiB", what);
	return check(trust, what, subject, module, length, signature, out, error);
}

static GBytes *append(GBytes *module, gsize length, const unsigned char *signature, gsize size)
{
	GByteArray *whole = g_byte_array_new();
	unsigned char trailer[TRAILER_BYTES] = {0};

	trailer[2] = ID_TYPE_PKCS7;
	for (int i = 0; i < 4; i++)
		trailer[8 + i] = (unsigned char) (size >> (8 * (3 - i)));
	g_byte_array_append(whole, g_bytes_get_data(module, NULL), (guint) length);
	g_byte_array_append(whole, signature, (guint) size);
	g_byte_array_append(whole, trailer, sizeof(trailer));
	g_byte_array_append(whole, (const guint8 *) MAGIC, MAGIC_BYTES);
	return g_byte_array_free_to_bytes(whole);
}

GBytes *ksig_trust_sign_module(const char *key_path, const char *certificate_path, GBytes *module,
			       GError **error)
{
	const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOCERTS | CMS_NOATTR | CMS_NOSMIMECAP |
			       CMS_PARTIAL;
	g_autoptr(X509) certificate = trust_certificate_read(certificate_path, error);
	g_autoptr(EVP_PKEY) key = certificate ? trust_secret_key_read(key_path, error) : NULL;
	unsigned char *signature = NULL;
	gsize length = 0;

	if (!key || !ksig_trust_module_split("module", module, &length, NULL, error))
		return NULL;
	g_autoptr(BIO) content = BIO_new_mem_buf(g_bytes_get_data(module, NULL), (int) MIN(length, G_MAXINT));
	g_autoptr(CMS_ContentInfo) message = CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_STREAM);
	if (!message || !CMS_add1_signer(message, certificate, key, EVP_sha256(), flags) ||
	    CMS_final(message, content, NULL, flags) != 1) {
		trust_openssl_error(error, KSIG_ERROR_INPUT, certificate_path);
		return NULL;
	}
	const int size = i2d_CMS_ContentInfo(message, &signature);
	GBytes *whole = size > 0 ? append(module, length, signature, (gsize) size) : NULL;
	OPENSSL_free(signature);
	if (!whole)
		trust_openssl_error(error, KSIG_ERROR_ENVIRONMENT, "PKCS#7");
	return whole;
}
