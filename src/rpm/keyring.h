/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpm: OpenPGP keys out of files, and signatures by them. There is one reader of keys and one judgement of a
 * signature, for packages, for data, for tarballs, and for who has a policy (trust).
 */
#pragma once

#include "base/base.h"

/* One key of an OpenPGP certificate. Times are unix times. */
struct ksig_subkey {
	char *fingerprint;       /* lower-case hex */
	gint64 created, expires; /* expires 0: never */
	bool revoked, signs;
};

/* A certificate as gpg understands its self-signatures. */
typedef struct ksig_key {
	GPtrArray *subkeys; /* of struct ksig_subkey; the primary key first */
	bool revoked;       /* all of it: by its owner, or since no user id of it stands any more */
	bool again;         /* another file had more of it, which is not read yet */
} ksig_key;

/* Public keys and nothing else: not the user's, not the system's. */
typedef struct ksig_keyring ksig_keyring;

/* The keys in FILES (NULL-ended): armoured blocks, as RPM-GPG-KEY files are, or binary; any number in each.
 */
ksig_keyring *ksig_rpm_keyring_new(const char *const *files, GError **error);
void ksig_rpm_keyring_free(ksig_keyring *keyring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_keyring, ksig_rpm_keyring_free)

/* Adds what the file called WHAT holds, and gives those keys (of ksig_key, owned by KEYRING). */
GPtrArray *ksig_rpm_keyring_add(ksig_keyring *keyring, const char *what, GBytes *data, GError **error);
/* The key one of whose fingerprints ends in ID (hex, 16 digits or more), and that one; NULL: there is none.
 */
const ksig_key *ksig_rpm_keyring_find(const ksig_keyring *keyring, const char *id,
				      const struct ksig_subkey **out_subkey);
/* Lines about keys that were left out, since nobody here can read them; of char *. */
const GPtrArray *ksig_rpm_keyring_skipped(const ksig_keyring *keyring);

/* A signature by one of many. */
typedef struct ksig_signature {
	char *id;                         /* fingerprint or key id, lower-case hex: who it says made it */
	const ksig_key *key;              /* NULL: not in the keyring */
	const struct ksig_subkey *subkey; /* which of its keys */
	gint64 created, expires;          /* as the signature says */
	const char *hash;                 /* "sha256"; NULL: not known */
	bool sound;                       /* the cryptography fits */
} ksig_signature;

/* Why a signature does not count. */
enum ksig_fault {
	KSIG_FAULT_NONE,
	KSIG_FAULT_UNKNOWN_KEY,
	KSIG_FAULT_WEAK_HASH,
	KSIG_FAULT_UNSOUND,
	KSIG_FAULT_REVOKED,
	KSIG_FAULT_ROLE,    /* by a key that is not for signing */
	KSIG_FAULT_EXPIRED, /* the key is over, or was when it signed */
	KSIG_FAULT_EARLY,   /* from before the key was made */
	KSIG_FAULT_OVER,    /* the signature itself is over */
	KSIG_FAULT_FUTURE,  /* from after now, by more than clocks differ */
};
const char *ksig_rpm_fault_text(enum ksig_fault fault);

/*
 * Whether SIGNATURE counts at NOW: its key and subkey are neither revoked nor over, at NOW and at the time
 * that the signature names, and its hash is none that can be forged, unless WEAK (names, NULL-ended; may be
 * NULL) allows it.
 */
enum ksig_fault ksig_rpm_signature_judge(const ksig_signature *signature, gint64 now,
					 const char *const *weak);
/* "signed on … UTC, but the clock here says …", of a KSIG_FAULT_FUTURE; to g_free(). */
char *ksig_rpm_signature_dates(const ksig_signature *signature, gint64 now);
/* True for a name that the judgement refuses unless it is allowed: "md5", "sha1", "ripemd160". */
bool ksig_rpm_hash_is_weak(const char *name);

/* What would speak against a signature that the key with that ID (hex, 16 digits or more) makes now. */
enum ksig_fault ksig_rpm_keyring_key_fault(const ksig_keyring *keyring, const char *id);

/* All detached signatures of DATA that SIGNATURE holds, as ksig_signature; none is a negative answer. */
GPtrArray *ksig_rpm_keyring_signatures(ksig_keyring *keyring, GBytes *data, GBytes *signature,
				       GError **error);
/* The same of what FD gives to its end. */
GPtrArray *ksig_rpm_keyring_stream_signatures(ksig_keyring *keyring, int fd, GBytes *signature,
					      GError **error);
/* The same of the clear-signed TEXT; OUT_PLAIN: what is signed. */
GPtrArray *ksig_rpm_keyring_text_signatures(ksig_keyring *keyring, GBytes *text, GBytes **out_plain,
					    GError **error);
/*
 * All signatures of the package file PATH, of its header and of header and payload. They are sound if rpm
 * finds each of them, and each digest, to fit; OUT_SAID: what it says otherwise. A package without one gives
 * none.
 */
GPtrArray *ksig_rpm_keyring_package_signatures(ksig_keyring *keyring, const char *path, char **out_said,
					       GError **error);

/*
 * True if the package file PATH is signed by keys of KEYRING, all its signatures count, and its header and
 * payload are what was signed. Not so: a negative answer that says why.
 */
bool ksig_rpm_keyring_check_package(ksig_keyring *keyring, const char *path, GError **error);

/* True if one of SIGNATURES counts now and is by a key whose primary fingerprint is among ALLOWED (NULL:
 * all). */
bool ksig_rpm_signatures_check(const GPtrArray *signatures, const char *const *allowed, const char *what,
			       GError **error);

/* The same for DATA and its detached signature. OUT_FINGERPRINT (may be NULL): the key's, to g_free(). */
bool ksig_rpm_keyring_check_data(ksig_keyring *keyring, GBytes *data, GBytes *signature,
				 char **out_fingerprint, GError **error);
