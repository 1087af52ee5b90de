/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a build, in their order: source, inputs, rpmbuild. */
#pragma once

#include "kmod/build.h"

/* Of a source file, a log, a patch: more is an input error. */
static const size_t build_file_limit_bytes = (size_t) 256 << 20;

/* Says if the source is not what the recipe asks for: absent, or of another checksum. */
bool ksig_kmod_source_check(const struct ksig_kmod_build *build, GError **error);

/*
 * The source as ksig's own, in FOLDER, to be checked and built from there; to g_free(). A kernel's folder
 * that the recipe has no sum of is itself.
 */
char *ksig_kmod_source_take(const struct ksig_kmod_build *build, const char *folder, GError **error);

/* The folder FROM becomes TO, links as links. */
bool ksig_kmod_source_copy(const char *from, const char *to, GError **error);

/* Puts what the recipe names of its source into FOLDER, substitutions made. */
bool ksig_kmod_source_stage(const struct ksig_kmod_build *build, const char *folder, GError **error);

/*
 * The files (shell patterns) of a source that may have the text of RECIPE's licence: at its top, or as a
 * kernel's tree and REUSE have them; to g_strfreev().
 */
char **ksig_kmod_license_patterns(const ksig_recipe *recipe);

/* The SHA-256 of all files below FOLDER but the file RECIPE (may be NULL), as the recipe's "tree" has it; to
 * g_free(). */
char *ksig_kmod_source_tree_sum(const char *folder, const char *recipe, GError **error);

/*
 * Whether the recipe's revision, in the repository that is the source, is signed by the recipe's key: a tag,
 * or a commit. Not so: an error that says why.
 */
bool ksig_kmod_source_check_revision(const struct ksig_kmod_build *build, GError **error);

/* Whether RELEASE, which PATH says, may be a kernel's: it becomes part of paths, specs and names. */
bool ksig_kmod_release_check(const char *path, const char *release, GError **error);

/* True if PATH is a git repository, bare or not. */
bool ksig_kmod_source_is_repository(const char *path);

/* The configuration of the kernel whose build folder HEADERS is, as kbuild reads it; to g_free(). NULL:
 * unknown. */
char *ksig_kmod_headers_configuration(const char *headers);

/*
 * The compiler that make has to be told of so that the one that prepared the kernel of the build folder
 * HEADERS compiles the module ("gcc-11"); to g_free(). NULL: nothing has to be told, or it is not here.
 * OUT_NOTE: a word for people, if there is one.
 */
char *ksig_kmod_compiler(const char *headers, char **out_note);

/* Whether the kernel would take the modules in PACKAGES (paths), as far as symbols go. */
bool ksig_kmod_product_check(const struct ksig_kmod_build *build, const GPtrArray *packages, GError **error);

/* A text that changes whenever the source does, without reading all of it; to g_free(). */
char *ksig_kmod_source_state(const struct ksig_kmod_build *build, GError **error);

/* Where the kernel's own makefiles are: BUILD, or what its Makefile includes (Debian, O=); to g_free(). */
char *ksig_kmod_headers_source(const char *build);

/* Writes below TOP all that rpmbuild reads: SOURCES, SPECS and the file attribute. */
bool ksig_kmod_inputs_write(const struct ksig_kmod_build *build, const char *release, unsigned number,
			    const char *top, GError **error);

/*
 * What the modules of BUILD's WITH export, as the lines of a Module.symvers: what modpost and the generator
 * of dependencies are given; to g_free(). Empty if there is nothing.
 */
char *ksig_kmod_inputs_siblings(const struct ksig_kmod_build *build, GError **error);

/* The file that keeps the hashes of what was built for RELEASE, a line each; to g_free(). */
char *ksig_kmod_release_path(const struct ksig_kmod_build *build, const char *release);

/*
 * The release of a package with the inputs HASH: the one that PATH has for it, else one above all that it
 * has, and not below LOWEST, which the recipe asks for.
 */
unsigned ksig_kmod_release_number(const char *path, const char *hash, unsigned lowest);

/* Keeps in PATH that HASH has NUMBER, once its packages are there. */
bool ksig_kmod_release_keep(const char *path, const char *hash, unsigned number, GError **error);

/* The names of BUILD's list of stable symbols, a line each, sorted; to g_free(). Empty if there is none. */
char *ksig_kmod_stable_names(const struct ksig_kmod_build *build, GError **error);

/* What the packages depend on, as one hash; to g_free(). */
char *ksig_kmod_inputs_hash(const struct ksig_kmod_build *build, const char *release, GError **error);
