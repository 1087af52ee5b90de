/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/kernel.h"

enum {
	KERNEL_LIMIT_RECIPE_BYTES = 1 << 20,
	KERNEL_LIMIT_RELEASES_BYTES = 4 << 20,
	KERNEL_LIMIT_CONFIG_BYTES = 4 << 20,
	KERNEL_LIMIT_KCONFIG_BYTES = 4 << 20,
	KERNEL_LIMIT_KCONFIG_FILES = 20000,
	KERNEL_LIMIT_CHANGELOG_BYTES = 256 << 20,
	KERNEL_LIMIT_PATCH_BYTES = 512 << 20,
	KERNEL_LIMIT_SPEC_BYTES = 32 << 20,
	KERNEL_LIMIT_SYMVERS_BYTES = 64 << 20,
	KERNEL_LIMIT_SUMS_BYTES = 16 << 20,
};
#define KERNEL_LIMIT_SOURCE_BYTES ((uint64_t) 4 << 30)

/* ---- words of a flavour file (flavour-words.c) ------------------------------------------------------ */

bool flavour_option_name_is_good(const char *name);
bool flavour_option_value_is_good(const char *value);
/* As rpm has it; what it takes, a shell, make and a file system take, too. */
bool flavour_package_is_good(const char *name);
bool flavour_tag_is_good(const char *tag);
bool flavour_file_is_good(const char *name);
/* One line of UTF-8, not blank, without control characters: for %changelog and the preamble. */
bool flavour_line_is_good(const char *text);

/* ---- files (fetch.c, flavour.c, lts.c, patch.c)
 * ------------------------------------------------------------ */

/* The file NAME of recipes/kernel; free with g_free(). */
char *kernel_recipe_path(const char *name);

/* Copies LOCATION, a file or an http(s) URL, to PATH; more than LIMIT_BYTES is an input error. */
bool kernel_fetch(const char *location, const char *path, uint64_t limit_bytes, GError **error);

enum { PATCH_REVERSE = 1, PATCH_DRY_RUN = 2 };
/* Applies the patch at PATH to TREE, without fuzz. OUT_WHY (may be NULL): if not, what patch said, in a line.
 */
bool kernel_patch(const char *tree, const char *path, int flags, bool *out_applies, char **out_why,
		  GError **error);

/* Unpacks TARBALL to FOLDER without its own first folder; with CONFIG_ONLY what kbuild needs to configure. */
bool tarball_unpack(const char *tarball, const char *folder, bool config_only, GError **error);

/* ---- Kconfig (kconfig.c, kconfig-expression.c) --------------------------------------------------- */

/* One definition of a symbol, with all it stands under: menus, ifs, its own lines. */
struct kconfig_entry {
	char *name;
	GPtrArray *depends; /* of char *: each must hold */
	GPtrArray *selects; /* of char *: names of others */
	char *help;         /* NULL: none */
	char *type, *range; /* "int", "12 25 if SMP"; NULL: not said */
	bool has_prompt;
	char *place; /* "fs/jfs/Kconfig:2" */
};

/* Every Kconfig file that the tree SOURCE reaches for SRCARCH: symbol name to GPtrArray of kconfig_entry. */
GHashTable *kconfig_read(const char *source, const char *srcarch, GError **error);

/* Why VALUE of NAME has no effect under CONFIG, in words. */
char *kconfig_explain(GHashTable *symbols, const ksig_config *config, const char *name, const char *value);

/*
 * The value of a Kconfig expression: 0 n, 1 m, 2 y. What cannot be known from a .config (a macro's outcome)
 * counts as y.
 */
int kconfig_evaluate(const char *expression, const ksig_config *config);

/* The parts of EXPRESSION between its outermost "&&". */
GPtrArray *kconfig_conjuncts(const char *expression);

/* True if some Kconfig file below SOURCE defines NAME, however it is read in. */
bool kconfig_defines(const char *source, const char *name);

/* ---- kbuild (kbuild.c) --------------------------------------------------------------------------- */

/* A usage error if make, a shell or rpm would read PATH, which they are given within words, otherwise. */
bool kernel_path_check(const char *path, GError **error);

/* The architectures that are built for, by their names in RPM; "x86_64, …" for people. Free with g_free(). */
char *kbuild_architectures(void);
bool kbuild_knows(const char *arch);

/* "x86" for "x86_64" and so on: the folder of arch/, and the ARCH that kbuild takes. */
const char *kbuild_srcarch(const char *arch);
/* make -C SOURCE O=OUTPUT ARCH=… TARGETS (NULL-ended). OUT_OUTPUT may be NULL. */
bool kbuild_make(const char *source, const char *output, const char *arch, const char *const *targets,
		 GString **out_output, GError **error);

/* ---- sources (lts-spec.c, lts.c, plus-spec.c, plus-rename.c) ---------------------------------------- */

/*
 * Writes the sources of a longterm kernel (tarball, configuration, patches, spec) to FOLDER, which is emptied
 * first. Patches are tried on the tree; one that does not apply without fuzz is a negative answer.
 */
bool lts_write_sources(const struct ksig_lts_options *options, const char *folder, GError **error);

/* Where the tag goes that tells a release from the base's. */
enum spec_tag_at { SPEC_TAG_DIST, SPEC_TAG_BUILDID, SPEC_TAG_RELEASE, SPEC_TAG_N };

/* What is put into a spec, and nothing else. */
struct spec_changes {
	const char *base;    /* the name that the packages have in it */
	const char *package; /* the name of the packages */
	const char *tag;     /* for the release: ".centos.plus" */
	enum spec_tag_at tag_at;
	const char *dist;           /* %dist of the base: ".el9_2"; NULL: its release has none */
	const char *const *patches; /* file names, NULL-ended */
	const char *changelog;      /* a whole entry, ends in an empty line */
};

/*
 * TEXT with CHANGES: the tag, Patch lines after the vendor's and their application after all that %prep
 * applies, the entry below %changelog, and the packages' names (spec_rename()). What has no place for one of
 * them is an input error. Free with g_free().
 */
char *spec_change(const char *text, const struct spec_changes *changes, const char *what, GError **error);

/* LINES (NULL-ended, with their ends) of a spec whose packages are called BASE, which become PACKAGE. */
char *spec_rename(char **lines, const char *base, const char *package);

/* TEXT, a configuration as a vendor ships it, with OPTIONS: a line is replaced where it stands, or added. */
char *config_text_change(const char *text, GPtrArray *options);

/* "- NAME=value: reason (link)", a line for each option and patch; '%' doubled. */
char *kernel_reasons(const ksig_flavour *flavour);
/* "* Tue Nov 24 2026 Name <mail> - 6.1.187-1\n" */
char *kernel_changelog_head(const char *date, const char *packager, const char *version, GError **error);
/* The first second of DATE, YYYY-MM-DD, in UTC; 0 if it is none. */
int64_t kernel_midnight(const char *date);
bool lts_spec_write(const struct ksig_lts_options *options, const char *path, GError **error);
bool kernel_write_patches(const char *workspace, const ksig_flavour *flavour, const char *folder,
			  GError **error);

/* ---- packages (rpmbuild.c, publish.c, gate.c) ------------------------------------------------------- */

/* How packages are built. */
struct rpmbuild {
	const char *topdir; /* where it works: BUILD, SRPMS, RPMS */
	const char *dist;   /* NULL: RPM's own */
	const char *arch;
	const char *mock;           /* mock's configuration; NULL: rpmbuild itself */
	const char *const *defines; /* macros of the binary packages alone; NULL: none */
	const char *date;           /* YYYY-MM-DD: when it was built, as it says itself; NULL: now */
	unsigned jobs;
	const char *log; /* all that it says */
};

/* Makes a source package of SPEC and the folder SOURCES, below TOPDIR/SRPMS; gives its path. */
char *rpmbuild_source(const struct rpmbuild *build, const char *spec, const char *sources, GError **error);

/*
 * Builds SRPM to TOPDIR/RPMS; an interrupted build of the same source package goes on where kbuild was (not
 * in mock, which begins in a clean root). Shows the folder that is compiled as progress. Gives the paths of
 * the packages.
 */
GPtrArray *rpmbuild_binary(const struct rpmbuild *build, const char *srpm, GError **error);

/* The packages that SPEC makes, as rpmspec lists them: NAME-VERSION-RELEASE.ARCH. */
GPtrArray *rpmbuild_list(const struct rpmbuild *build, const char *spec, GError **error);

/* "NAME=value" for the environment of all that builds below TOPDIR; free with g_free(). */
char *leftover_mark(const char *topdir);

/* Ends what an earlier run that was killed left at work below TOPDIR, which is locked. */
bool leftover_end(const char *topdir, GError **error);

/* The newest VERSION-RELEASE of PACKAGE published in the workspace; NULL: none. */
char *kernel_published_newest(const char *workspace, const char *package);

/* Copies FILES (paths) aside and makes them TARGET all at once, in place of what was there. */
bool kernel_publish(const char *target, GPtrArray *files, GError **error);

/*
 * Boots PACKAGES as JOB asks, RELEASE (NULL: whatever is in them) being what `uname -r` has to say; what the
 * machine said goes to WORK/boot.log, which is added to FILES. Without a boot in JOB there is nothing to do.
 */
bool kernel_gate(const struct ksig_kernel_job *job, GPtrArray *packages, const char *release,
		 const char *work, GPtrArray *files, GError **error);

/* ---- who broke the kABI (abi-blame*.c) -------------------------------------------------------------- */

/* The hunt for what changed a symbol. */
struct blame {
	const struct ksig_blame_options *options;
	const char *source, *output; /* the tree, and the scratch folder for O= */
	const char *symbol;
	const char *file; /* that exports it: "net/core/sock" */
};

/* A hash of the types behind the symbol under the base's configuration with CHANGED (of struct ksig_option).
 */
char *blame_measure(const struct blame *blame, GPtrArray *changed, GError **error);

/* Adds "patch NAME" to FOUND if a patch makes the difference. HASH: with all of them in the tree. */
bool blame_patches(const struct blame *blame, const char *hash, GPtrArray *found, GError **error);

/* ---- boots (boot-root.c) -------------------------------------------------------------------------- */

bool boot_install(const char *const *packages, const char *root, GError **error);
char *boot_release(const char *root, GError **error);
/* The files to load for MODULES, in order. */
GPtrArray *boot_modules(const char *root, const char *release, const char *const *modules, GError **error);
bool boot_write_initramfs(const char *folder, GPtrArray *modules, const char *path, GError **error);
