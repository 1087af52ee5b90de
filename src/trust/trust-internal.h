/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpm/keyring.h"
#include "trust/trust.h"

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
	TRUST_DER_SEQUENCE = 0x30, /* with which every certificate in DER begins, and none in PEM */
};

struct ksig_trust {
	char *folder;
	ksig_keyring *keyring;            /* the OpenPGP keys; NULL: none yet */
	GPtrArray *keys;                  /* of struct ksig_trust_key */
	GPtrArray *allows;                /* of char *[2]: patcher, provider */
	GPtrArray *revoked_patches;       /* of char *: ids, names, globs of both, digests, CVEs */
	GHashTable *revoked_certificates; /* set of const ksig_key *, of the keyring: by the policy */
	GPtrArray *hashes;    /* of char *, NULL-ended: weak ones that are accepted all the same */
	bool rolls_back;      /* what is withdrawn is taken out where it is applied */
	GHashTable *minimums; /* provider to gint64 * */
	gint64 now;           /* 0: the clock's */
};

/* Cleanup of foreign types. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CMS_ContentInfo, CMS_ContentInfo_free)

/* OpenSSL's errors as ours; returns false. */
bool trust_openssl_error(GError **error, enum ksig_error code, const char *what);

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
/* When KEY's file as a whole begins and is over; another file may have had more to say of the same key. */
void trust_openpgp_dates(struct ksig_trust_key *key);
/* A PEM file, or a key on a PKCS#11 token by its URI. */
EVP_PKEY *trust_secret_key_read(const char *name, GError **error);
/* X.509, in PEM or DER; DATA ends in a NUL. */
bool trust_is_certificate(const char *data, gsize length);
X509 *trust_certificate_parse(const char *what, const char *data, gsize length, GError **error);
X509 *trust_certificate_read(const char *path, GError **error);

/* The digits of a fingerprint or id as people write it ("0xAB…", "AB12 CD34 …", "ab:12:…"); NULL: it is none.
 */
char *trust_fingerprint(const char *word);
/* Whether WORD, as a policy revokes a key by it that it does not name otherwise, can match any. */
bool trust_key_revocation_is_good(const char *word, GError **error);
/* A key that is revoked is so under every name that it has here; all keys are loaded. */
void trust_spread_revocations(ksig_trust *trust);
/* By its owner or by the policy. */
bool trust_is_revoked(const ksig_trust *trust, const ksig_key *certificate);
/* The policy's key that CERTIFICATE, of the keyring, is (a part of). */
const struct ksig_trust_key *trust_key_of(const ksig_trust *trust, const ksig_key *certificate);
/* SIGNATURE, found in file WHAT: its own state, its key's, and what the policy grants to that. */
bool trust_judge_signature(const ksig_trust *trust, enum ksig_role role, const char *what,
			   const char *subject, const ksig_signature *signature,
			   struct ksig_trust_verdict *out, GError **error);
/* Whether WORD, as a policy revokes a patch by it, can match any. */
bool trust_revocation_is_good(const char *word, GError **error);
/* What nobody but its owner and root may write; what is not there is good. */
bool trust_is_owners(const char *path, GError **error);

/*
 * Whether KEY may vouch as ROLE for SUBJECT (found in file WHAT) now; fills OUT. The cryptography is done
 * before.
 */
bool trust_judge(const ksig_trust *trust, const struct ksig_trust_key *key, enum ksig_role role,
		 const char *what, const char *subject, struct ksig_trust_verdict *out, GError **error);

/* Sets the refusal and a negative answer; returns false. */
bool trust_refuse(struct ksig_trust_verdict *out, enum ksig_refusal refusal, GError **error,
		  const char *format, ...) G_GNUC_PRINTF(4, 5);
