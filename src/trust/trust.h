/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust: whose word is taken for what. The machine's owner keeps a folder: `policy`, a file in plain words,
 * and `keys/NAME.asc` (OpenPGP) or `keys/NAME.pem` (X.509, for module signatures).
 *
 *     key centos is a kernel key of centos for kernel-*
 *     key sig is a livepatch key of kmods for kpatch-patch-* until 2027-01-01
 *     key sig-module is a module key of kmods
 *     key old is revoked                  (a name, or a fingerprint)
 *     hash sha1 is accepted
 *     kmods may patch kernels of centos
 *     patch kpatch-patch-6_1_0-56-2 is revoked
 *     withdrawn patches are rolled back
 *     repository kmods is at least 41
 *
 * Invariant: a signature counts only if a key that the policy names made it, in the role that is asked for,
 * for a name in that key's scope, and neither the policy nor the key itself says it is over. What came over
 * TLS, out of a package manager or with the right release string counts for nothing.
 */
#pragma once

#include "base/base.h"
#include "rpm/keyring.h"

enum ksig_role { KSIG_ROLE_KERNEL, KSIG_ROLE_LIVEPATCH, KSIG_ROLE_MODULE, KSIG_ROLE_REPOSITORY };

const char *ksig_trust_role_name(enum ksig_role role);
/* "kernel", "livepatch", "module", "repository"; anything else is a usage error. */
bool ksig_trust_role_parse(const char *name, enum ksig_role *out_role, GError **error);

/* Why something was refused: what a program may tell apart; the message is for people. */
enum ksig_refusal {
	KSIG_REFUSAL_NONE,          /* accepted */
	KSIG_REFUSAL_UNSIGNED,      /* no signature at all */
	KSIG_REFUSAL_TAMPERED,      /* the signature or a digest does not fit the content */
	KSIG_REFUSAL_UNKNOWN_KEY,   /* signed, by a key that the policy does not name */
	KSIG_REFUSAL_ROLE,          /* signed by a key that vouches for other things */
	KSIG_REFUSAL_SCOPE,         /* right role, but not for this name */
	KSIG_REFUSAL_KEY_EXPIRED,   /* the key, or what the policy granted it, is over */
	KSIG_REFUSAL_KEY_REVOKED,   /* by the policy or by its owner */
	KSIG_REFUSAL_NOT_ALLOWED,   /* this provider may not patch kernels of that one */
	KSIG_REFUSAL_BUILD_ID,      /* made for another kernel than the one that runs */
	KSIG_REFUSAL_EXPIRED,       /* the document is past its date */
	KSIG_REFUSAL_REPLAYED,      /* older than what was seen before, or than the policy's minimum */
	KSIG_REFUSAL_PATCH_REVOKED, /* the patch itself is on the policy's list */
	KSIG_REFUSAL_DAMAGED,       /* not what it should be: not a package, not a document */
	KSIG_REFUSAL_WEAK_HASH,     /* signed over a hash that can be forged */
};

/* "wrong-role", "unsigned", …: stable, for JSON and scripts. */
const char *ksig_trust_refusal_name(enum ksig_refusal refusal);

/* The outcome of one check. Names are NULL where unknown. */
struct ksig_trust_verdict {
	enum ksig_refusal refusal;
	char *key;      /* the policy's name of the key that signed */
	char *provider; /* for whom that key speaks */
	char *subject;  /* what the file calls itself: the NEVR of a package, the name of a document */
};
void ksig_trust_verdict_clear(struct ksig_trust_verdict *verdict);

/* What the policy grants to a key: one sentence of it. */
struct ksig_grant {
	enum ksig_role role;
	char *provider;
	char **patterns; /* globs of names; empty: every name */
	gint64 until;    /* unix time; 0: as long as the key itself */
};

struct ksig_trust_key {
	char *name, *path;
	char *fingerprint;       /* lower-case hex: OpenPGP, or SHA-256 of the certificate */
	char *public_key;        /* X.509: SHA-256 of its public key, the same in a renewed certificate */
	char *sha1;              /* X.509: its other fingerprint, by which openssl calls it */
	GPtrArray *openpgp;      /* of const struct ksig_key (rpm/keyring.h): the file may have several; NULL:
				    X.509 */
	gint64 created, expires; /* unix time; expires 0: never; of several, the first and the last */
	GBytes *certificate;     /* X.509, the file as it was read; NULL: OpenPGP */
	bool revoked;            /* by the policy or by its owner; of several, each */
	GPtrArray *grants;       /* of struct ksig_grant */
};

typedef struct ksig_trust ksig_trust;

/*
 * Reads the policy and the keys of FOLDER. A sentence that is not understood is an input error that names its
 * line: a policy half read would be a policy not meant. A folder without a policy is an environment error.
 */
ksig_trust *ksig_trust_open(const char *folder, GError **error);
void ksig_trust_free(ksig_trust *trust);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_trust, ksig_trust_free)

/* The keys, in the policy's order: array of struct ksig_trust_key, owned by TRUST. */
const GPtrArray *ksig_trust_keys(const ksig_trust *trust);
/* What of the keys' files was left out, a line each (char *). */
const GPtrArray *ksig_trust_skipped(const ksig_trust *trust);

const char *ksig_trust_folder(const ksig_trust *trust);

/* What counts as now, in unix time: for tests, and for machines that got a better clock than their own. */
void ksig_trust_set_time(ksig_trust *trust, gint64 now);
gint64 ksig_trust_time(const ksig_trust *trust);

/* True if the policy says that PATCHER may patch kernels of PROVIDER, or both are the same. */
bool ksig_trust_may_patch(const ksig_trust *trust, const char *patcher, const char *provider);

/*
 * True if the policy revokes the patch of that manifest: by name, "NAME-REVISION", its package's
 * "NAME-1-REVISION", a pattern of these, a CVE that it fixes, or the SHA-256 of one of its files.
 */
struct ksig_document;
bool ksig_trust_patch_is_revoked(const ksig_trust *trust, const struct ksig_document *manifest);
/* True if the policy says that what is withdrawn is taken out where it is applied. */
bool ksig_trust_rolls_back(const ksig_trust *trust);

/* The lowest revision of PROVIDER's repository that the policy accepts; 0: any. */
gint64 ksig_trust_minimum_revision(const ksig_trust *trust, const char *provider);

/*
 * Copies FILE to FOLDER/keys and adds the sentence. The folder is made. The same NAME again adds a grant to
 * it, if FILE (may be NULL then) is the same key. UNTIL: a date, or NULL.
 */
bool ksig_trust_add(const char *folder, const char *name, const char *file, const struct ksig_grant *grant,
		    GError **error);

/* Takes the key's sentences and its file away; a name that is not there is a negative answer. */
bool ksig_trust_remove(const char *folder, const char *name, GError **error);

/* Adds SENTENCE ("key X is revoked", "A may patch kernels of B") to the policy, if it is understood. */
bool ksig_trust_say(const char *folder, const char *sentence, GError **error);

/* ---- checks: true if accepted; else a negative answer that names the key and the file ------------ */

/*
 * The package file PATH: every digest and signature of header and payload is checked, all signatures have to
 * be of one key, and that key has to have ROLE and the package's name-version-release in its scope. OUT (may
 * be NULL) is filled in either case, to be cleared by the caller.
 */
bool ksig_trust_check_package(ksig_trust *trust, enum ksig_role role, const char *path,
			      struct ksig_trust_verdict *out, GError **error);

/* What speaks against the OpenPGP key with that ID (hex, 16 digits or more) now, whatever its role
 * (rpm/keyring.h). */
enum ksig_fault ksig_trust_key_fault(const ksig_trust *trust, const char *id);

/* DATA with a detached OpenPGP signature, for a key of ROLE with SUBJECT in its scope. WHAT names it in
 * errors. */
bool ksig_trust_check_data(ksig_trust *trust, enum ksig_role role, const char *what, const char *subject,
			   GBytes *data, GBytes *signature, struct ksig_trust_verdict *out, GError **error);

/*
 * The module MODULE (the whole file): the PKCS#7 signature that the kernel will look at, against the pinned
 * certificates of the role module. The trailer is the one of include/linux/module_signature.h.
 */
bool ksig_trust_check_module(ksig_trust *trust, const char *what, const char *subject, GBytes *module,
			     struct ksig_trust_verdict *out, GError **error);

/*
 * MODULE with a signature as the kernel wants it appended (PKCS#7, SHA-256, no certificates, no attributes).
 * An old one is replaced. CERTIFICATE_PATH is PEM; KEY_PATH is, too, or a PKCS#11 URI
 * ("pkcs11:token=…;object=…", its PIN in pin-value or pin-source).
 */
GBytes *ksig_trust_sign_module(const char *key_path, const char *certificate_path, GBytes *module,
			       GError **error);

/* The length of MODULE without its signature trailer; OUT_SIGNATURE (may be NULL) gets the PKCS#7, or NULL.
 */
bool ksig_trust_module_split(const char *what, GBytes *module, gsize *out_length_bytes,
			     GBytes **out_signature, GError **error);

/* ---- documents ----------------------------------------------------------------------------------- */

/*
 * What every signed document of ksig says in the same members, whatever else it says. Dates are UTC.
 * {"kind": …, "name": …, "provider": …, "revision": N, "minimum_revision": N, "issued": "2026-…Z",
 *  "expires": "…Z", "build_id": hex, "files": {NAME: SHA-256}}
 */
struct ksig_document {
	char *kind, *name, *provider, *build_id;
	gint64 revision, minimum_revision, issued, expires;
	GHashTable *files; /* name to hex SHA-256 */
	char **cves;       /* fixed by it; empty where it does not say */
};
struct ksig_document *ksig_trust_document_parse(const char *what, GBytes *data, GError **error);
void ksig_trust_document_free(struct ksig_document *document);
typedef struct ksig_document ksig_document;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_document, ksig_trust_document_free)

/*
 * The document in DATA, if a key of ROLE signed it for its own provider and name, it is of KIND, not expired,
 * and its revision is neither below the policy's minimum nor below SEEN_REVISION (what this machine saw
 * before).
 */
struct ksig_document *ksig_trust_open_document(ksig_trust *trust, enum ksig_role role, const char *kind,
					       const char *what, GBytes *data, GBytes *signature,
					       gint64 seen_revision, struct ksig_trust_verdict *out,
					       GError **error);

/* All that speaks for loading one live patch. */
struct ksig_trust_evidence {
	const char *kernel_package;   /* the running kernel's package file */
	const char *kernel_build_id;  /* of the kernel image in that package */
	const char *running_build_id; /* of /sys/kernel/notes */
	const char *patch_package;    /* NULL: the module came as a file, vouched for by its manifest */
	GBytes *module;
	const char *module_name; /* its name among the manifest's files */
	GBytes *manifest, *manifest_signature;
	GBytes *index, *index_signature; /* of the repository; NULL: none (a file) */
	gint64 seen_index, seen_patch;   /* highest revisions that this machine saw */
	bool module_signature_needed;    /* the kernel will insist on it */
};

/*
 * The one place where a live patch is accepted: kernel by a kernel key, patch by a livepatch key, the owner
 * allows the one provider to patch kernels of the other, the build ids are equal, nothing is expired, revoked
 * or older than what was seen. OUT tells the patch's verdict or the first refusal.
 */
bool ksig_trust_accept(ksig_trust *trust, const struct ksig_trust_evidence *evidence,
		       struct ksig_trust_verdict *out, GError **error);
