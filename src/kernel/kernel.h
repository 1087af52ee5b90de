/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel: alternative kernels: flavours as data, their configuration, source packages, builds, checks, boots.
 *
 * A flavour says what differs from its base and why; everything else is the base's. Nothing is published
 * (moved below WORKSPACE/kernel/) before all of it is there.
 */
#pragma once

#include "base/base.h"

/* ---- flavours ------------------------------------------------------------------------------------ */

enum ksig_flavour_kind {
	KSIG_FLAVOUR_PLUS, /* the distribution's source package with more options and patches */
	KSIG_FLAVOUR_LTS,  /* a longterm release of kernel.org */
};

/* One configuration option that a flavour decides, and why. */
struct ksig_option {
	char *name;  /* without CONFIG_ */
	char *value; /* "y", "m", "n", a number, or a string in quotes */
	char *reason;
	char *link;       /* a bug or a page; NULL: none */
	bool is_optional; /* left out where the kernel has no such option, or not what it depends on */
};

/* One patch of a flavour: a file, or an upstream commit that is exported from the workspace's git objects. */
struct ksig_flavour_patch {
	char *name;
	char *file;   /* absolute; NULL: COMMIT names it */
	char *commit; /* 40 hex; NULL: FILE names it */
	char *reason;
	char *link; /* NULL: none */
};

typedef struct ksig_flavour {
	char *name;
	char *path; /* of the file it was read from */
	enum ksig_flavour_kind kind;
	char *package; /* "kernel-plus" */
	char *tag;     /* plus: what is added to the release; lts: what stands before %{?dist}; may be "" */
	char *summary;
	char *packager; /* "Name <mail>" of generated changelog entries */
	char *base;     /* plus: the distribution's source package or dist-git; NULL: from the command line */
	char *series;   /* lts: "6.1"; NULL: from the command line */
	char *mirror;   /* lts: the folder or URL of linux-*.tar.xz; NULL: what releases.json says */
	char *config;   /* lts: "make:TARGET" or an absolute file; NULL: from the command line */
	char **architectures;      /* "x86_64" */
	char **subpackages;        /* lts: "core", "modules" and what there is beside them */
	char **keys;               /* lts: fingerprints that may sign the tarball */
	char **sums_keys;          /* lts: fingerprints that may sign sha256sums.asc */
	char *modules_compression; /* lts: "xz", "zstd", "gzip", "none" */
	char **modules_extra;      /* globs of paths below kernel/ that go to modules-extra */
	GPtrArray *options;        /* of struct ksig_option */
	GPtrArray *patches;        /* of struct ksig_flavour_patch */
} ksig_flavour;

/*
 * Reads a flavour: NAME is a file if it holds '/' or ends in ".conf", else recipes/kernel/NAME.conf of
 * $KSIG_RECIPES or of the installation. An option or patch without a reason, an unknown key or section is an
 * input error: what nobody understands must not be silently left out.
 */
ksig_flavour *ksig_kernel_flavour_load(const char *name, GError **error);

/*
 * Whether a build of the flavour may be for ARCH, with %dist DIST, of DATE (each NULL: not said): what is not
 * an architecture of kbuild's, and of a longterm flavour's own; no end of a release (".el9", "" is none); no
 * day since 1970, is a usage error.
 */
bool ksig_kernel_words_check(const ksig_flavour *flavour, const char *arch, const char *dist,
			     const char *date, GError **error);
void ksig_kernel_flavour_free(ksig_flavour *flavour);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_flavour, ksig_kernel_flavour_free)

/* ---- kernel.org's releases ----------------------------------------------------------------------- */

struct ksig_release {
	char *version, *series, *moniker; /* "6.1.187", "6.1", "longterm" */
	bool is_eol;
	char *released;                 /* "2026-01-31"; NULL: not said */
	char *source, *pgp, *changelog; /* URLs; NULL: not said */
};
void ksig_kernel_release_free(struct ksig_release *release);

/*
 * Reads releases.json (https://www.kernel.org/releases.json) at LOCATION, a file or URL. Gives an array of
 * struct ksig_release; entries without a version or moniker are left out, other than JSON is an input error.
 */
GPtrArray *ksig_kernel_releases_load(const char *location, GError **error);

/* When maintenance of a series ends, which releases.json does not say: recipes/kernel/lifespans.conf. */
struct ksig_lifespan {
	char *series;
	GDate first, end; /* END is the last day */
	char *origin;     /* where that was read */
};

/* FILE NULL: the installation's. Gives an array of struct ksig_lifespan. */
GPtrArray *ksig_kernel_lifespans_load(const char *file, GError **error);

/* A longterm series as both tell it; all pointers belong to the arrays it was made of. */
struct ksig_series {
	const char *series;
	const struct ksig_release *newest;    /* NULL: vanished from releases.json */
	const struct ksig_lifespan *lifespan; /* NULL: no end is known */
	int days_left;                        /* with a lifespan; negative: over */
	const char *state; /* "maintained", "ending" (90 days), "overdue", "eol", "vanished" */
};

/*
 * All series that are longterm or have a lifespan, newest first; free with g_array_unref(). "overdue" is a
 * series past its planned end that kernel.org still maintains: releases.json has the last word.
 */
GArray *ksig_kernel_series_list(GPtrArray *releases, GPtrArray *lifespans, const GDate *today);

/*
 * The newest release of SERIES, owned by RELEASES. A series that is not longterm, at its end of life or gone
 * is a negative answer, unless FORCE.
 */
const struct ksig_release *ksig_kernel_series_newest(GPtrArray *releases, const char *series, bool force,
						     GError **error);

/* As strcmp() for kernel versions: "6.1.9" before "6.1.10", "6.1-rc2" before "6.1". */
int ksig_kernel_version_compare(const char *a, const char *b);

/* ---- configuration ------------------------------------------------------------------------------- */

/* A .config: names without CONFIG_ to values as written; "n" stands for "is not set". */
typedef struct ksig_config {
	GHashTable *values;
} ksig_config;

/* Lines that are neither an option, "is not set", a comment nor empty are an input error with their number.
 */
ksig_config *ksig_kernel_config_load(const char *path, GError **error);
void ksig_kernel_config_free(ksig_config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_config, ksig_kernel_config_free)

/* What FLAVOUR decides, as a configuration that mentions nothing else. */
ksig_config *ksig_kernel_config_of_flavour(const ksig_flavour *flavour);

/* The value of NAME; NULL if the file does not mention it. */
const char *ksig_kernel_config_get(const ksig_config *config, const char *name);

/* One option that differs; a side without it has NULL. */
struct ksig_config_change {
	char *name, *old_value, *new_value;
};

/* Sorted by name; an option that is absent on one side and "n" on the other is no difference. */
GPtrArray *ksig_kernel_config_diff(const ksig_config *old_config, const ksig_config *new_config);

/* An option that a kernel has and nobody decided. */
struct ksig_new_option {
	char *name;
	char *value;    /* kbuild's default */
	char *help;     /* of its Kconfig entry; "" if it has none */
	char *proposal; /* what a neighbour decided, else the default */
	char *origin;   /* whose proposal: a file, or "default" */
};
void ksig_kernel_new_option_free(gpointer option);

/* How a tree is configured. */
struct ksig_configure_options {
	const char *source;            /* the unpacked tree */
	const char *output;            /* O=: where .config and all that is made stands; made if absent */
	const char *arch;              /* as RPM names it: "x86_64" */
	const char *base;              /* "make:TARGET" or a file */
	const ksig_flavour *flavour;   /* its options are the overlay; NULL: none */
	const char *const *neighbours; /* configurations to propose values from, in this order; NULL: none */
	bool accept_defaults;          /* new options take their proposals */
	bool keep_undecided;           /* what BASE leaves undecided by itself is left to kbuild's defaults */
	bool may_be_idle;              /* an option of the flavour without effect is no error */
};

/*
 * Configures with kbuild's own merge_config, listnewconfig and olddefconfig. OUT_NEW (may be NULL) gets the
 * new options, also on failure. Undecided options without ACCEPT_DEFAULTS, an option that does not exist and
 * one that does not take effect (with the dependency that is not met) are negative answers.
 */
bool ksig_kernel_configure(const struct ksig_configure_options *options, GPtrArray **out_new, GError **error);

/* ---- what point releases changed ----------------------------------------------------------------- */

/* One commit of a point release, as its ChangeLog tells it. */
struct ksig_stable_commit {
	char *id;       /* of the stable tree, 40 hex; NULL: not said (Debian's changelog) */
	char *upstream; /* of mainline, 40 hex; NULL: not said */
	char *author;   /* NULL: not said */
	char *subject;
	GPtrArray *fixes; /* of char *: commits named in Fixes: lines */
	GPtrArray *cves;  /* of char *: "CVE-2026-1234" */
};

struct ksig_point_release {
	char *version;      /* "6.1.187" */
	GPtrArray *commits; /* of struct ksig_stable_commit */
	char *told_with;    /* the release in whose list its changes stand; NULL: they are COMMITS */
};
void ksig_kernel_point_release_free(struct ksig_point_release *point);

/*
 * Reads what VERSION changed from TEXT: a ChangeLog of kernel.org (git log), or a Debian changelog, which
 * names each point release by the URL of that ChangeLog and lists subjects and CVEs below it. WHAT names the
 * input in errors. A text without that release is an input error.
 */
struct ksig_point_release *ksig_kernel_point_release_parse(const char *text, const char *version,
							   const char *what, GError **error);

/*
 * The point releases after FROM up to TO of the same series, oldest first. LOCATION is a folder or URL with
 * ChangeLog-VERSION files, or one Debian changelog file. Gives an array of struct ksig_point_release.
 */
GPtrArray *ksig_kernel_points_load(const char *location, const char *from, const char *to, GError **error);

/* Adds CVE ids to commits from FILE: lines "CVE-2026-1234 COMMIT", COMMIT (12 or more hex) stable or
 * mainline. */
bool ksig_kernel_points_add_cves(GPtrArray *points, const char *file, GError **error);

/* All CVE ids of POINTS, sorted, once each; strings belong to POINTS. */
GPtrArray *ksig_kernel_points_cves(GPtrArray *points);

/* The body of a %changelog entry for POINTS: "- subject (author) [upstream] {CVE-…}", '%' doubled. */
char *ksig_kernel_points_changelog(GPtrArray *points);

/* An advisory as `ksig repo publish --advisory` reads it. DATE as YYYY-MM-DD. */
char *ksig_kernel_points_advisory(GPtrArray *points, const char *package, const char *version,
				  const char *release, const char *date);

/* ---- tarballs ------------------------------------------------------------------------------------ */

/*
 * Checks SIGNATURE over the *uncompressed* tar of TARBALL, which is what kernel.org signs. KEY_FILES
 * (NULL-ended) hold the keys that are known; ALLOWED (NULL or empty: any of them) the fingerprints of primary
 * keys that may sign. Messages call it NAME. A wrong signature, an unknown key and one that is not allowed
 * are negative answers.
 */
bool ksig_kernel_tarball_verify(const char *tarball, const char *name, const char *signature,
				const char *const *key_files, const char *const *allowed, GError **error);

/*
 * Checks TARBALL against the line "HEX  NAME" of NAME's last part in SUMS, a file or URL. With KEY_FILES
 * (else NULL) SUMS has to be clear-signed, as kernel.org's sha256sums.asc is, by a key that is known and
 * ALLOWED as above, and what is not signed of it does not count. A mismatch, no such line and what is said of
 * signatures above are negative answers.
 */
bool ksig_kernel_tarball_check_sum(const char *tarball, const char *name, const char *sums,
				   const char *const *key_files, const char *const *allowed, GError **error);

/* ---- boots --------------------------------------------------------------------------------------- */

struct ksig_boot_options {
	const char *root; /* where a kernel's packages are installed; NULL: PACKAGES are, in a scratch root */
	const char *const *packages; /* package files, NULL-ended; installing them needs root's rights */
	const char *release;         /* `uname -r` that is expected; NULL: the only one in the root */
	const char *const
		*modules;   /* names, or files (.ko) from elsewhere; loaded with what they need; NULL: none */
	unsigned timeout_s; /* 0: 300 */
	unsigned memory_mib; /* 0: 512 */
};

struct ksig_boot_module {
	char *name;
	bool is_loaded;
};

struct ksig_boot_result {
	char *release;      /* what `uname -r` said; NULL: user space was not reached */
	GPtrArray *modules; /* of struct ksig_boot_module, in the order of loading */
	char *console;      /* all that the machine said */
};
void ksig_kernel_boot_result_clear(struct ksig_boot_result *result);

/*
 * Boots the kernel in QEMU (x86_64, without KVM) into a minimal user space made of a static busybox, which
 * says `uname -r`, loads the modules and ends. Not reaching user space, another release than expected and a
 * module that does not load are negative answers; OUT is filled for them, too.
 */
bool ksig_kernel_boot(const struct ksig_boot_options *options, struct ksig_boot_result *out, GError **error);

/* ---- builds -------------------------------------------------------------------------------------- */

/* What both kinds of build take. */
struct ksig_kernel_job {
	const char *workspace;
	const ksig_flavour *flavour;
	const char *arch;              /* "x86_64" */
	const char *dist;              /* ".el9"; "": none; NULL: of plus, the base's */
	const char *date;              /* of the changelog entry: YYYY-MM-DD */
	const char *const *neighbours; /* configurations to propose values from; NULL: none */
	bool accept_defaults;
	unsigned jobs;    /* compilers at one time; 0: as many as there are processors */
	const char *mock; /* a configuration of mock, which then builds the packages; NULL: rpmbuild does */
	const char *const *defines; /* "NAME VALUE": macros for the build of the packages; NULL: none */
	const struct ksig_boot_options
		*boot;       /* the packages are published only if they boot so; NULL: untried */
	GPtrArray **out_new; /* new options, as ksig_kernel_configure() gives them; NULL: not wanted */
};

struct ksig_lts_options {
	struct ksig_kernel_job job;
	const char *version; /* "6.1.187" */
	unsigned release;    /* 1, 2, … */
	const char *tarball; /* linux-VERSION.tar.xz or what it is called; a file */
	const char *config;  /* "make:TARGET" or a file */
	GPtrArray *points;   /* of struct ksig_point_release; NULL: none */
};

/* "1.el9": the release of RELEASE's packages of FLAVOUR; free with g_free(). */
char *ksig_kernel_lts_release(const ksig_flavour *flavour, unsigned release, const char *dist);

/* WORKSPACE/kernel/PACKAGE/VERSION-RELEASE: what was built, with its packages, spec, changelog and advisory.
 */
char *ksig_kernel_published_path(const char *workspace, const char *package, const char *version,
				 const char *release);

/* Builds and publishes a longterm kernel; what is published already is left alone (OUT_WAS_THERE). */
bool ksig_kernel_lts_build(const struct ksig_lts_options *options, char **out_path, bool *out_was_there,
			   GError **error);

/* What a build would do; what it names stands in the workspace's work folder. */
struct ksig_kernel_plan {
	char *target; /* where it would be published */
	bool was_there;
	char *spec, *config, *source; /* source: the source package */
	GPtrArray *packages;          /* of char *: "kernel-lt-core-6.1.187-1.el9.x86_64" */
};
void ksig_kernel_plan_clear(struct ksig_kernel_plan *plan);

/* Does what stands before the compiler: patches, configuration, spec, source package. Nothing is published.
 */
bool ksig_kernel_lts_plan(const struct ksig_lts_options *options, struct ksig_kernel_plan *out,
			  GError **error);

/* ---- plus: a source package with more in it ------------------------------------------------------- */

struct ksig_plus_options {
	struct ksig_kernel_job job;
	const char *base; /* the distribution's source package, or a folder of its dist-git with the sources
			     in it */
	bool is_binary;   /* builds the packages, too; they stand beside the source package */
	bool is_dry_run;  /* makes the source package in the workspace's work folder alone, and a plan */
};

/* What is no longer needed, since the distribution has it: "option JFS_FS", "patch name". */
struct ksig_plus_result {
	char *path; /* the folder with the source package, the spec and spec.diff */
	bool was_there;
	struct ksig_kernel_plan plan; /* of a dry run */
	GPtrArray *droppable;         /* of char * */
	GPtrArray *absent;            /* of char *: optional options that this kernel cannot have */
	GPtrArray *idle; /* of char *: "FILE: A, B": of a variant's configuration, what has no effect there */
	char *stopped;   /* the command at which its %prep stops here, as the base's does: the rest of it was
			    not seen; NULL: it does not, or it was there */
};
void ksig_kernel_plus_result_clear(struct ksig_plus_result *result);

/*
 * Makes the flavour's source package of BASE and publishes it. Before that every option is configured on the
 * tree, and every patch tried; what has no effect or does not apply is a negative answer.
 */
bool ksig_kernel_plus_build(const struct ksig_plus_options *options, struct ksig_plus_result *out,
			    GError **error);

/*
 * Does what stands before the packaging alone. OUT_DROPPABLE (of char *) gets what the base has meanwhile, as
 * in ksig_plus_result; nothing is published.
 */
bool ksig_kernel_plus_check(const struct ksig_plus_options *options, GPtrArray **out_droppable,
			    GError **error);

/* ---- from one point release to the next ----------------------------------------------------------- */

struct ksig_bump {
	char *version;   /* the newest of the series */
	char *before;    /* the version that is published in the workspace; NULL: none */
	bool is_done;    /* that version is published already */
	char *other;     /* if it is, but of another flavour file or patches: says so; NULL: it is not */
	char *tarball;   /* fetched; NULL if it is done */
	char *signature; /* fetched; NULL: NO_SIGNATURE says why */
	char *no_signature;
	char *changelogs; /* the folder of its ChangeLog as releases.json says; NULL: it does not */
};
void ksig_kernel_bump_clear(struct ksig_bump *bump);

/* Removes what was fetched, for it proved wrong: the next run fetches it again. */
void ksig_kernel_bump_discard(const struct ksig_bump *bump);

struct ksig_bump_options {
	const char *workspace;
	const ksig_flavour *flavour;
	const char *releases; /* releases.json: a file or URL */
	const char *series;   /* NULL: the flavour's */
	const char *
		mirror; /* folder or URL of linux-VERSION.tar.xz; NULL: the flavour's, else releases.json's */
	const char *release; /* "1.el9": as the packages' */
	bool force;          /* also at its end of life */
};

/*
 * Looks up the newest release of the series and fetches it unless it is published. A series that is not
 * maintained any more is a negative answer unless FORCE. Fetched files stay for the next run.
 */
bool ksig_kernel_bump_resolve(const struct ksig_bump_options *options, struct ksig_bump *out, GError **error);

/* ---- kABI ---------------------------------------------------------------------------------------- */

/* A symbol whose version differs between a base kernel and another. */
struct ksig_abi_change {
	char *symbol, *module; /* MODULE as in Module.symvers: "vmlinux" or a path */
	uint32_t base_crc, new_crc;
	bool is_gone;
	bool is_listed; /* on the vendor's list of symbols that stay */
	char *cause;    /* the changed types behind it, or the option; NULL: not known */
};

/* What of BASE differs in OTHER (arrays of struct ksig_export); LISTED may be NULL. */
GPtrArray *ksig_kernel_abi_compare(GPtrArray *base, GPtrArray *other, GPtrArray *listed);

/*
 * Adds to CHANGES what of LISTED, the vendor's list, OTHER does not keep, as the vendor's check-kabi sees it:
 * a symbol that is gone, whose version is not the listed one, that moved to another module or namespace. What
 * is in CHANGES already is marked as listed.
 */
void ksig_kernel_abi_check_list(GPtrArray *changes, GPtrArray *listed, GPtrArray *other);

/* Whether a module built for the base loads on the other kernel. */
struct ksig_abi_module {
	char *path;
	GPtrArray *bad; /* of char *: the symbols that are gone or differ; empty: it loads */
};

/* Reads every module below FOLDER (built for the base) against OTHER. In-tree symbols of BASE's own modules
 * count. */
GPtrArray *ksig_kernel_abi_modules(const char *folder, GPtrArray *other, GError **error);

/* Module.symvers at PATH, also compressed: an array of struct ksig_export. */
GPtrArray *ksig_kernel_abi_symvers_load(const char *path, GError **error);
/* Of a vendor's lists at PATHS (NULL-ended; see ksig_elf_kabi_read()) what they say for ARCH, one after the
 * other. */
GPtrArray *ksig_kernel_abi_lists_load(const char *const *paths, const char *arch, GError **error);

struct ksig_blame_options {
	const char *workspace;       /* whose objects hold patches that are commits */
	const ksig_flavour *flavour; /* its options and patches are the suspects */
	const char *source;          /* the unpacked, clean tree, the flavour's patches applied */
	const char *output;          /* scratch for O=, kept between calls */
	const char *arch;
	const char *base_config; /* a file: the base's .config */
};

/*
 * Finds by halving what changes the version of SYMBOL: the types behind it are written by kbuild's own `make
 * FILE.symtypes`, for which nothing is compiled, first under halves of the options, then under fewer patches.
 * Gives "option NAME" and "patch NAME"; empty: none of them does.
 */
GPtrArray *ksig_kernel_abi_blame(const struct ksig_blame_options *options, const char *symbol,
				 GError **error);

/* Sets the cause of the first of CHANGES that is not gone to that; others share its types more often than
 * not.
 */
bool ksig_kernel_abi_explain(GPtrArray *changes, const struct ksig_blame_options *options, GError **error);
