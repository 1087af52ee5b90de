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

/* A trust of no keys and no policy. */
ksig_trust *trust_new(const char *folder);
