/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "trust/trust.h"

#include <gpgme.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

enum {
	TRUST_LIMIT_POLICY_BYTES = 1 << 20,
	TRUST_LIMIT_KEY_BYTES = 1 << 20,
	TRUST_LIMIT_SIGNATURE_BYTES = 1 << 20,
	TRUST_LIMIT_DOCUMENT_BYTES = 16 << 20,
	TRUST_LIMIT_WORDS = 64,
};

struct ksig_trust {
	char *folder;
	char *home;                 /* gpg's, made at the first need, removed with this */
	gpgme_ctx_t context;        /* on HOME */
	GString *armoured;          /* the OpenPGP keys' files, one after the other */
	bool imported;              /* they are in HOME */
	GPtrArray *keys;            /* of struct ksig_trust_key */
	GPtrArray *allows;          /* of char *[2]: patcher, provider */
	GPtrArray *revoked_patches; /* globs, or hex digests */
	GHashTable *minimums;       /* provider to gint64 * */
	gint64 now;                 /* 0: the clock's */
};

/* Cleanup of foreign types. */
static inline void trust_gpgme_release(gpgme_ctx_t *context)
{
	if (*context)
		gpgme_release(*context);
}
static inline void trust_gpgme_data_release(gpgme_data_t *data)
{
	if (*data)
		gpgme_data_release(*data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(gpgme_ctx_t, trust_gpgme_release)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(gpgme_data_t, trust_gpgme_data_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CMS_ContentInfo, CMS_ContentInfo_free)

/* Converters of foreign errors; each returns false. */
bool trust_openssl_error(GError **error, enum ksig_error code, const char *what);
bool trust_gpgme_error(GError **error, gpgme_error_t reason, const char *what);

/* A trust of no keys and no policy. */
ksig_trust *trust_new(const char *folder);

/* Reads the policy's TEXT into TRUST; keys that it names are added without being loaded. */
bool trust_policy_parse(ksig_trust *trust, const char *what, const char *text, GError **error);
struct ksig_trust_key *trust_key_find(const ksig_trust *trust, const char *name);
void trust_key_free(struct ksig_trust_key *key);
/* One sentence, split into words; NULL: the line is empty. */
char **trust_words(const char *line);
bool trust_date_parse(const char *word, gint64 *out_time, GError **error);
char *trust_grant_to_string(const char *name, const struct ksig_grant *grant);
struct ksig_grant *trust_grant_parse(char **words, guint n_words, GError **error);
void trust_grant_free(struct ksig_grant *grant);
bool trust_name_is_good(const char *name);

/* Reads the key's file: fingerprints, dates, whether its owner revoked it. */
bool trust_key_load(ksig_trust *trust, struct ksig_trust_key *key, GError **error);
bool trust_openpgp_load(ksig_trust *trust, struct ksig_trust_key *key, GBytes *data, GError **error);
/* A PEM file, or a key on a PKCS#11 token by its URI. */
EVP_PKEY *trust_secret_key_read(const char *name, GError **error);
X509 *trust_certificate_parse(const char *what, const char *data, gsize length, GError **error);
X509 *trust_certificate_read(const char *path, GError **error);

/* The key one of whose fingerprints ends in ID (hex, 16 or more digits). */
const struct ksig_trust_key *trust_key_by_id(const ksig_trust *trust, const char *id);

/*
 * Whether KEY may vouch as ROLE for SUBJECT (found in file WHAT) now; fills OUT. The cryptography is done
 * before.
 */
bool trust_judge(const ksig_trust *trust, const struct ksig_trust_key *key, enum ksig_role role,
		 const char *what, const char *subject, struct ksig_trust_verdict *out, GError **error);

/* Sets the refusal and a negative answer; returns false. */
bool trust_refuse(struct ksig_trust_verdict *out, enum ksig_refusal refusal, GError **error,
		  const char *format, ...) G_GNUC_PRINTF(4, 5);
