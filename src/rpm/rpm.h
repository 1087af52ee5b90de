/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpm: packages as files: what they are, who signed them, repositories of them, advisories about them.
 *
 * Policy stands elsewhere: who may publish what is a function that the caller gives.
 */
#pragma once

#include "base/base.h"

/* ---- packages ------------------------------------------------------------------------------------ */

/* What the header of a package file says of itself. Nothing of it is proved by reading it. */
typedef struct ksig_package {
	char *name, *epoch, *version, *release,
		*arch; /* epoch "0" where there is none; arch "src" for sources */
	char *key_id;  /* 16 hex: who it says signed it; NULL: nobody */
	uint64_t size_bytes;
	char *sha256; /* of the file; NULL unless a repository knows it */
	char *source; /* "kernel-lt-6.12.9-1.el9", what it was built of; NULL: only the file knows */
	char *path;   /* the file as it was named, or its place in the repository */
} ksig_package;

ksig_package *ksig_rpm_package_read(const char *path, GError **error);
void ksig_rpm_package_free(ksig_package *package);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_package, ksig_rpm_package_free)

/* "name-version-release.arch", with "epoch:" before the version unless it is 0. */
char *ksig_rpm_package_nevra(const ksig_package *package);

/* As strcmp() for versions: epoch, version, release, by RPM's rules. */
int ksig_rpm_package_compare(const ksig_package *a, const ksig_package *b);

/* ---- source packages ----------------------------------------------------------------------------- */

/* A patch as %prep applies it. */
struct ksig_srpm_patch {
	char *name;
	unsigned strip; /* -pN */
	unsigned fuzz;  /* -FN of patch(1) */
	bool by_git;    /* by `git apply`, which knows no fuzz */
	bool optional;  /* ApplyOptionalPatch: one of fewer than ten lines is skipped */
};

/* What a kernel's source package says. */
typedef struct ksig_srpm {
	char *name;
	char *release;
	char *version_release; /* "4.18.0-305.el8" */
	char *changelog;       /* the text of the spec's %changelog, or the header's; NULL if there is none */
	char *tarball;         /* the file name of the kernel's tarball in the payload */
	GPtrArray *patches;    /* struct ksig_srpm_patch *, in the order of %prep */
} ksig_srpm;

/*
 * Reads the source package PATH: its header, and its spec expanded by rpm's own parser, in a child that may
 * neither run programs nor write nor use the network (a spec that needs them to be read is an input error).
 * What the payload has beside tarballs is left in FOLDER, a scratch folder of the caller's.
 */
ksig_srpm *ksig_rpm_srpm_read(const char *path, const char *folder, GError **error);
void ksig_rpm_srpm_free(ksig_srpm *srpm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_srpm, ksig_rpm_srpm_free)

/* The payload of the package PATH, opened with libarchive; free with archive_read_free(). */
struct archive;
struct archive_entry;
struct archive *ksig_rpm_srpm_payload(const char *path, GError **error);

/*
 * Unpacks the payload of the package PATH below FOLDER, which is there. A name or link that leaves it, and
 * more than 8 GiB, is an input error. Owners are this process's.
 */
bool ksig_rpm_package_unpack(const char *path, const char *folder, GError **error);

/* The plain file name of a payload's ENTRY, or NULL if it has no such name. */
const char *ksig_rpm_srpm_entry_name(struct archive_entry *entry);

/* ---- OpenPGP ------------------------------------------------------------------------------------- */

/*
 * A new GNUPGHOME for public keys alone, to be removed as a ksig_scratch. gpg starts no agent there: none is
 * needed, and one that starts while its folder goes stays for ever.
 */
char *ksig_rpm_gpg_home_new(GError **error);

/* Public keys and nothing else: not the user's, not the system's. */
typedef struct ksig_keyring ksig_keyring;

/* The keys in FILES (NULL-ended; ASCII-armoured, as RPM-GPG-KEY files are). */
ksig_keyring *ksig_rpm_keyring_new(const char *const *files, GError **error);
void ksig_rpm_keyring_free(ksig_keyring *keyring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_keyring, ksig_rpm_keyring_free)

/*
 * True if the package file PATH is signed by a key of KEYRING, and its header and payload are what was
 * signed. Not so: a negative answer that says why.
 */
bool ksig_rpm_keyring_check_package(ksig_keyring *keyring, const char *path, GError **error);

/* The same for DATA and its detached signature. OUT_FINGERPRINT (may be NULL): the key's, to g_free(). */
bool ksig_rpm_keyring_check_data(ksig_keyring *keyring, GBytes *data, GBytes *signature,
				 char **out_fingerprint, GError **error);

/*
 * A secret key that gpg can use: in its files, in its agent, or on a card or PKCS#11 token behind it.
 * HOME NULL: the user's. The signature is detached and armoured.
 */
struct ksig_signer {
	const char *key; /* fingerprint, or what gpg takes for one */
	const char *home;
};
GBytes *ksig_rpm_signer_sign(const struct ksig_signer *signer, GBytes *data, GError **error);
GBytes *ksig_rpm_signer_public_key(const struct ksig_signer *signer, GError **error);

/* ---- advisories ---------------------------------------------------------------------------------- */

struct ksig_advisory_reference {
	char *type, *id, *url; /* type: "cve", "bugzilla", "self", "other" */
};

typedef struct ksig_advisory {
	char *id, *title, *description;
	char *type;            /* "security", "bugfix", "enhancement" */
	char *severity;        /* "critical", "important", "moderate", "low"; NULL: none */
	char *issued;          /* "2026-01-31 00:00:00" */
	GPtrArray *references; /* of struct ksig_advisory_reference */
	char **packages;       /* patterns of NEVRAs: "kernel-lt-6.12.9-*" */
} ksig_advisory;

ksig_advisory *ksig_rpm_advisory_new(const char *id);
void ksig_rpm_advisory_free(ksig_advisory *advisory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_advisory, ksig_rpm_advisory_free)
void ksig_rpm_advisory_add_reference(ksig_advisory *advisory, const char *type, const char *id,
				     const char *url);
/* The reference that says that CVE is fixed; one that is there stays. */
void ksig_rpm_advisory_add_cve(ksig_advisory *advisory, const char *cve);
/* One of the four words that updateinfo.xml knows; anything else is a usage error. */
bool ksig_rpm_advisory_severity_check(const char *severity, GError **error);
/* A line of its description. */
void ksig_rpm_advisory_add_line(ksig_advisory *advisory, const char *line);

/*
 * {"id": …, "title": …, "type": …, "severity": …, "issued": …, "description": …, "cves": [id, …],
 * "references": [{"type":, "id":, "url":}, …], "packages": [pattern, …]}, or an array of such.
 * Gives an array of ksig_advisory.
 */
GPtrArray *ksig_rpm_advisories_load(const char *path, GError **error);

/* ---- repositories -------------------------------------------------------------------------------- */

/*
 * The published tree. Each publication is a *generation*, a folder that never changes once a reader can see
 * it; a channel is a link to one. A reader that follows the mirror list of a repository stays in one
 * generation. Packages are hard links into the pool, which names them by content.
 *
 *     ROOT/testing -> generations/testing-000012
 *     ROOT/testing/9/x86_64/{Packages,repodata,mirrorlist}, …/x86_64/debug/…, 9/source/…
 *     ROOT/testing/SHA256SUMS{,.asc}    the files that are in no repodata: keys, .repo files, mirror lists
 *     ROOT/pool/
 */
enum ksig_repo_verb { KSIG_REPO_ADD, KSIG_REPO_DROP };

struct ksig_repo_change {
	enum ksig_repo_verb verb;
	const ksig_package *package; /* its path is its place in the channel */
	const char *why;
};

/* Asked for each package that is new, after its digests are known to be right: may it be published? */
typedef bool ksig_rpm_repo_check_fn(const char *path, const ksig_package *package, void *data,
				    GError **error);

/* Asked once with all changes (of struct ksig_repo_change) and all that will be there (of ksig_package). */
typedef bool ksig_rpm_repo_gate_fn(GPtrArray *changes, GPtrArray *packages, void *data, GError **error);

/* The file of a PACKAGE that a check, a gate or a result names, in the tree ROOT; to g_free(). */
char *ksig_rpm_repo_package_file(const char *root, const ksig_package *package);

/* Adds to ADVISORY, of the new version NAME-VERSION_RELEASE of a source package, what else is known of it. */
typedef bool ksig_rpm_repo_know_fn(ksig_advisory *advisory, const char *name, const char *version_release,
				   void *data, GError **error);

/*
 * Advisories about what is published, one a source package: what its changelog says since the version that
 * was there, the CVEs in it, those that a live patch provides as livepatch-cve(…), and what KNOW adds.
 */
struct ksig_repo_advise {
	const char *severity; /* of those with CVEs; NULL: what KNOW says, if it says any */
	ksig_rpm_repo_know_fn *know;
	void *know_data;
};

struct ksig_repo_options {
	const char *root;
	const char *channel;         /* "testing", "release" */
	const char *release;         /* "9"; NULL: from each package's release, ".el9" */
	const char *const *sources;  /* package files, and folders of them; NULL: none */
	const char *promote;         /* a channel whose packages and advisories are taken; NULL: none */
	const char *const *patterns; /* with promote: only packages whose NEVRA matches one; NULL: all */
	GPtrArray *advisories;       /* of ksig_advisory, added to those that are there; NULL: none */
	/* For new packages that none of these is about; NULL: no advisory is made. */
	const struct ksig_repo_advise *advise;
	const char *comps;         /* a comps.xml file; NULL: none */
	struct ksig_signer signer; /* key NULL: metadata is not signed */
	const char *const *keys; /* files of public keys that readers need besides the signer's; NULL: none */
	const char *base_url; /* where ROOT is served, for mirror lists and .repo files; NULL: none of them */
	unsigned keep;        /* versions of a package that stay; 0: all */
	unsigned keep_generations; /* readers have so many publications to finish; 0: 3 */
	bool dry_run;
	ksig_rpm_repo_check_fn *check; /* NULL: any */
	void *check_data;
	ksig_rpm_repo_gate_fn *gate; /* NULL: none */
	void *gate_data;
};

typedef struct ksig_repo_result {
	GPtrArray *changes;   /* of struct ksig_repo_change */
	GPtrArray *packages;  /* of ksig_package: all that is there now */
	char *generation;     /* its name; NULL: nothing was to do, or a dry run */
	guint new_advisories; /* added or changed */
} ksig_repo_result;

void ksig_rpm_repo_result_free(ksig_repo_result *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_repo_result, ksig_rpm_repo_result_free)

/*
 * Publishes: a reader sees the channel as it was or as it will be. A run that was killed left nothing that
 * a reader sees; the next one cleans up. The same package name, version and architecture with other
 * content is refused.
 */
ksig_repo_result *ksig_rpm_repo_publish(const struct ksig_repo_options *options, GError **error);

struct ksig_repo_finding {
	bool good;
	char *check;   /* "signature", "digest", "packages", "dependencies", "age", "vanished" */
	char *subject; /* a file or a package */
	char *message; /* NULL: nothing to say */
};

struct ksig_repo_verify_options {
	const char *location;     /* a folder or an http(s) URL: a channel, or one repository */
	ksig_keyring *keys;       /* who may sign metadata and packages; NULL: signatures are not checked */
	const char *const *bases; /* repositories that dependencies may come from; NULL: see below */
	const char *seen;         /* a file that keeps what was seen; NULL: none */
	bool metadata_only;       /* packages are not read */
};

/*
 * Looks at a repository as a client would and more closely. Gives findings (of struct ksig_repo_finding,
 * good and bad); an error only if it cannot look. Without BASES, a dependency counts as unmet only if the
 * repository itself has other versions of what is asked for.
 */
GPtrArray *ksig_rpm_repo_verify(const struct ksig_repo_verify_options *options, GError **error);

/* Asked before anything of repomd.xml (DATA) is read: did somebody sign it whose word counts? */
typedef bool ksig_rpm_repo_signature_fn(GBytes *data, GBytes *signature, void *check_data, GError **error);

struct ksig_repo_query {
	const char *location;        /* a folder or URL */
	const char *const *patterns; /* of NEVRAs; NULL: all */
	const char *provides;        /* the name of something that the package provides; NULL: whatever */
	ksig_rpm_repo_signature_fn *check; /* NULL: the signature is not looked at */
	void *check_data;
};

/*
 * The packages of a repository that a query asks for, as ksig_package: path and sha256 as listed.
 * OUT_REVISION (may be NULL): of its repomd.xml, rising with each publication.
 */
GPtrArray *ksig_rpm_repo_find(const struct ksig_repo_query *query, gint64 *out_revision, GError **error);
/* The same by patterns; KEYS NULL: the signature is not checked. */
GPtrArray *ksig_rpm_repo_packages(const char *location, ksig_keyring *keys, const char *const *patterns,
				  GError **error);
/* Fetches PACKAGE (to FOLDER, if LOCATION is a URL) and checks its digest; gives its path. */
char *ksig_rpm_repo_get(const char *location, const ksig_package *package, const char *folder,
			GError **error);

/* ---- signing ------------------------------------------------------------------------------------- */

/*
 * A log of what was signed: a JSON object a line, each with the SHA-256 of the line before it. Beside it,
 * LOG.head: how many lines there are, the last one and its sum, signed. So a removed, changed or reordered
 * entry is seen, the last one included; that log and head are not both old ones is seen by who noted the sum.
 */
struct ksig_sign_entry {
	gint64 number;        /* from 1 */
	char *time;           /* ISO 8601, UTC */
	char *file;           /* relative to the folder that was signed */
	char *kind;           /* "rpm", "module", "kernel", "detached" */
	char *key;            /* whose signature: a fingerprint, or the certificate's file */
	char *before, *after; /* SHA-256 of the file that came and of what went out */
};
void ksig_rpm_sign_entry_free(struct ksig_sign_entry *entry);

/*
 * Checks the chain of the log at PATH, and its head by KEYRING (NULL: the head's signature is not checked).
 * EXPECT: the sum that the last line, or an earlier one, has to have (as noted elsewhere), or NULL. What does
 * not fit is a negative answer that names the line. Gives the entries; OUT_HASH (may be NULL): the sum of the
 * last line.
 */
GPtrArray *ksig_rpm_sign_log_verify(const char *path, ksig_keyring *keyring, const char *expect,
				    char **out_hash, GError **error);

struct ksig_sign_options {
	const char *from, *to;     /* folders; TO is made. What is signed stands in TO under the same name */
	const char *log;           /* NULL: TO/signing.log */
	struct ksig_signer signer; /* for packages, other files, and the log's head */
	/* Kernel modules (.ko): gives the signed module; NULL: a module is an error. */
	GBytes *(*sign_module)(GBytes *module, void *data, GError **error);
	void *sign_module_data;
	const char *module_certificate; /* what the log names as the key of modules */
	/* Kernels (vmlinuz…, .efi), by sbsign, the key a file or a PKCS#11 URI; NULL: a detached signature.
	 */
	const char *kernel_key, *kernel_certificate;
};

/* Called for each file: signed now, or found signed by an earlier run. */
typedef void ksig_rpm_sign_watch_fn(const struct ksig_sign_entry *entry, bool now, void *data);

/*
 * Signs all files of a folder: packages by rpmsign, modules and kernels each in their own way, others by a
 * detached .asc. A file is in TO only once the log says so; a second run signs only what is new.
 */
bool ksig_rpm_sign_folder(const struct ksig_sign_options *options, ksig_rpm_sign_watch_fn *watch, void *data,
			  GError **error);
