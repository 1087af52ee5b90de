/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpm: packages as files: what they are, who signed them, repositories of them as a client reads them.
 */
#pragma once

#include "base/base.h"
#include "rpm/keyring.h"

/* Reads librpm's configuration once; safe to call again. */
void ksig_rpm_library_init(void);
/* librpm says nothing of its own accord: who listened to it gives the ear back. */
void ksig_rpm_library_mute(void);

/* What rpm puts for %{?dist} here: ".el9", or ""; to g_free(). */
char *ksig_rpm_dist(void);

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
	char *module; /* "nodejs:18:…", the module that the file says it is of; NULL: none, or only the file
			 knows */
} ksig_package;

ksig_package *ksig_rpm_package_read(const char *path, GError **error);
void ksig_rpm_package_free(ksig_package *package);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_package, ksig_rpm_package_free)

/* "name-version-release.arch", with "epoch:" before the version unless it is 0. */
char *ksig_rpm_package_nevra(const ksig_package *package);

/* The files that the header of the package file PATH names, whole paths; NULL-ended, to g_strfreev(). */
char **ksig_rpm_package_files(const char *path, GError **error);

/* The SHA-256 of the header of the package file PATH, which is the same whoever signs it; to g_free(). NULL:
 * it has none. */
char *ksig_rpm_package_header_sum(const char *path, GError **error);

/* Whether the package file PATH is a kernel, for which a machine has to start anew: it says so of itself as
 * dnf asks, or has the image. False also if it cannot be read. */
bool ksig_rpm_package_is_kernel(const char *path);

/* As strcmp() for versions: epoch, version, release, by RPM's rules. */
int ksig_rpm_package_compare(const ksig_package *a, const ksig_package *b);

/* As rpm orders "VERSION-RELEASE", such as what uname -r says: 147.el8 comes before 147.5.1.el8_1. */
int ksig_rpm_release_compare(const char *a, const char *b);

/* ---- source packages ----------------------------------------------------------------------------- */

/* A patch of a source package, and how the package's own tools apply it: ARGV is run in FOLDER, with TEXT as
 * input. */
struct ksig_source_patch {
	char *name;   /* as the package has it */
	char *digest; /* of a mail: what %prep says is the SHA-256 of the file that it came in; NULL: TEXT is
			 it */
	char *text;
	size_t length_bytes;
	char **argv;     /* `patch` or `git apply` with the options of %prep */
	unsigned strip;  /* the N of its -pN */
	char *folder;    /* as %prep had it, absolute; once a tree is known, below its top; NULL: its top */
	char *directory; /* of --directory=; in argv; NULL: none */
	bool failed;     /* it did not apply when the package's %prep did the same */
};
void ksig_rpm_source_patch_free(void *patch);

struct archive;
struct archive_entry;
/* Opens the file PATH of a source package for its text, unpacked if it is compressed, by the new ARCHIVE.
 * *OUT_ENTRY: NULL if it is empty. False: ARCHIVE says why. */
bool ksig_rpm_source_open(struct archive *archive, const char *path, struct archive_entry **out_entry);

/* What a kernel's source package says. */
typedef struct ksig_srpm {
	char *name;
	char *release;
	char *version_release; /* "4.18.0-305.el8" */
	char *changelog;       /* the text of the spec's %changelog, or the header's; NULL if there is none */
	int64_t build_time;    /* of the package, in seconds since the epoch; 0: it does not say */
	char *tarball;         /* the file name of the kernel's tarball, which is in the folder */
	GPtrArray *patches;    /* struct ksig_source_patch *, as %prep applied them; without %prep, empty */
	char *build_folder;    /* where %prep ran, as it left it */
	char *stopped;         /* the first command of %prep that failed; NULL: none did */
	char *said;            /* its last words on standard error; NULL: none */
} ksig_srpm;

/*
 * Reads the source package PATH, of which COPY is a copy that nobody else writes to (or PATH itself): its
 * header, and its spec expanded by rpm's own parser, in a child that sees the package's files and rpm's
 * macros, and may neither run programs nor write nor use the network (a spec that needs them to be read is an
 * input error). Then its %prep is run, in a child that may run programs and write below FOLDER, to see what
 * it patches; a Patch line that it did not come to is an input error. FOLDER, a scratch folder of the
 * caller's, then holds the package's files; one that the package leaves out (NoSource) is taken from beside
 * it. PATH may be a folder of dist-git: what a source package is made of.
 */
ksig_srpm *ksig_rpm_srpm_read(const char *path, const char *copy, const char *folder, GError **error);
void ksig_rpm_srpm_free(ksig_srpm *srpm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_srpm, ksig_rpm_srpm_free)

/* The spec of the dist-git folder PATH, beside its sources or in SPECS, with theirs (SOURCES); NULL: it is
 * none. */
char *ksig_rpm_dist_git(const char *path, char **out_sources);

/*
 * Copies the spec of the dist-git folder PATH and the plain files among its sources to FOLDER, so that what
 * is judged is what is used: PATH's owner may write there. Links are not followed. The copied spec; NULL: an
 * error.
 */
char *ksig_rpm_dist_git_copy(const char *path, const char *folder, GError **error);

/*
 * Are all NAMES (file names; NULL where a number has none) among SOURCES, the dist-git folder PATH's? Those
 * that are not are an input error, with the file of PATH's that says where they come from.
 */
bool ksig_rpm_dist_git_check(const char *path, const char *sources, const GPtrArray *names, GError **error);

/*
 * Whether NAME in FOLDER, which others made, may be read: no link, or, if LINKS, in a folder of another
 * user's one to what is that user's. An input error says which.
 */
bool ksig_rpm_others_check(const char *folder, const char *name, bool links, GError **error);
/* The same file, copied to TO_FOLDER as it was opened then. */
bool ksig_rpm_others_copy(const char *folder, const char *name, bool links, const char *to_folder,
			  GError **error);

/* TEXT (NULL: empty) as it stands in a spec: '%' begins no macro. Free with g_free(). */
char *ksig_rpm_spec_text(const char *text);
/* The same in one line. */
char *ksig_rpm_spec_line(const char *text);
/* The day of SECONDS (since 1970, UTC) as a %changelog has it, "Sat Dec 14 2019", in English whatever the
 * locale. */
char *ksig_rpm_spec_day(int64_t seconds);

/* A spec as rpm understands it. */
typedef struct ksig_spec_facts {
	char *name, *version, *release; /* of the source package */
	GPtrArray *packages;            /* char *: the names of the binary packages */
	GPtrArray *unmet;   /* char *: "package\tname >= version": what none of the packages provides */
	GPtrArray *sources; /* char *: file names of sources and patches */
	char *cut;          /* why no more than what stands above %build could be parsed; NULL: all was */
} ksig_spec_facts;

/*
 * Has the spec PATH parsed by rpm in the sandbox of ksig_rpm_srpm_read(). FOLDER: where its sources
 * are, as far as they are there. RELEASE says which distribution it is for ("305.el8"), DIST what %dist is
 * (NULL: as RELEASE ends).
 */
ksig_spec_facts *ksig_rpm_spec_facts(const char *path, const char *folder, const char *release,
				     const char *dist, GError **error);
void ksig_rpm_spec_facts_free(ksig_spec_facts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_spec_facts, ksig_rpm_spec_facts_free)

/*
 * Opens PATH by READER, which has been told what it may find. Payloads of packages that libarchive does not
 * know (rpm 6's) are read by librpm, and READER gets them as cpio. False: READER says why.
 */
bool ksig_rpm_archive_open(struct archive *reader, const char *path);

/* The payload of the package PATH, opened with libarchive; free with archive_read_free(). */
struct archive *ksig_rpm_srpm_payload(const char *path, GError **error);

/*
 * The next file of the PAYLOAD of PATH in *OUT_ENTRY, NULL behind the last. False: it is damaged, so that
 * nobody can tell what else is in it.
 */
bool ksig_rpm_payload_next(struct archive *payload, const char *path, struct archive_entry **out_entry,
			   GError **error);

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

/*
 * A secret key that gpg can use: in its files, in its agent, or on a card or PKCS#11 token behind it.
 * HOME NULL: the user's. The signature is detached and armoured.
 */
struct ksig_signer {
	const char *key; /* fingerprint, or what gpg takes for one */
	const char *home;
};
GBytes *ksig_rpm_signer_sign(const struct ksig_signer *signer, GBytes *data, GError **error);
/* Who made the detached SIGNATURE of DATA, by the keys in gpg's HOME (NULL: the user's): a fingerprint, to
 * g_free(). This is for who signs, not for who trusts. A bad signature is a negative answer. */
char *ksig_rpm_signer_of(const char *home, const char *what, GBytes *data, GBytes *signature, GError **error);
GBytes *ksig_rpm_signer_public_key(const struct ksig_signer *signer, GError **error);

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
	/* Kernel modules (.ko, and inside of .ko.xz, .ko.zst, .ko.gz): gives the signed module; NULL: one is
	 * an error. */
	GBytes *(*sign_module)(GBytes *module, void *data, GError **error);
	void *sign_module_data;
	const char *module_certificate; /* what the log names as the key of modules */
	/* Kernels (vmlinuz…, .efi), by sbsign, the key a file or a PKCS#11 URI; NULL: a detached signature.
	 */
	const char *kernel_key, *kernel_certificate;
	GPtrArray *left_out; /* gets char *, "NAME: what": links and the like, which are not signed; NULL:
				untold */
};

/* Called for each file: signed now, or found signed by an earlier run. */
typedef void ksig_rpm_sign_watch_fn(const struct ksig_sign_entry *entry, bool now, void *data);

/*
 * Signs all files of a folder: packages by rpmsign, modules and kernels each in their own way, others by a
 * detached .asc. A file is in TO only once the log says so; a second run signs only what is new.
 */
bool ksig_rpm_sign_folder(const struct ksig_sign_options *options, ksig_rpm_sign_watch_fn *watch, void *data,
			  GError **error);
