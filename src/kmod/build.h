/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building recipes into packages with rpmbuild, and what rpmbuild asks back: the dependencies of modules, for
 * which a file attribute of our own stands in wherever Red Hat's macros are absent.
 */
#pragma once

#include "kmod/recipe.h"

struct ksig_kmod_build {
	const ksig_recipe *recipe;
	const char *source;   /* a tarball or a folder: the kernel's source, or the module's own */
	const char *upstream; /* a kernel's source whose device ids are restored in SOURCE; NULL: none */
	const char *headers;  /* the kernel's build folder: Makefile, Module.symvers */
	const char *symvers;  /* the kernel's symbols, instead of HEADERS' Module.symvers; NULL: that */
	const char *stable;   /* the list of symbols that the kernel's vendor keeps; NULL: none */
	const char *compiler; /* the one that make is told to take; NULL: its own choice */
	const char *output;   /* packages and logs go here */
	const char
		*releases; /* the folder that remembers which releases were given; NULL, or absent: OUTPUT */
	const char *program; /* ksig itself, for the dependency generator */
	const char *key,
		*certificate; /* module signing key (file or PKCS#11 URI) and certificate; NULL: unsigned */
	const char *const
		*with;    /* modules of other recipes whose symbols it uses: packages, folders; or NULL */
	bool source_only; /* the source package alone: what a build system such as Koji takes */
	gint64 epoch_s;   /* SOURCE_DATE_EPOCH */
	unsigned jobs;    /* make -j; 0: as many as there are processors */
};

typedef struct ksig_kmod_built {
	GPtrArray *packages; /* char *, paths of packages, the source package among them */
	char *log;           /* the path of the build's log */
	char *note;          /* about the compiler; NULL: nothing to say */
	bool again;          /* it had been built before from the same inputs, and nothing was done */
} ksig_kmod_built;
void ksig_kmod_built_free(ksig_kmod_built *built);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_kmod_built, ksig_kmod_built_free)

/*
 * Builds one recipe for one kernel. Inputs that were built before are not built again. What goes wrong in the
 * compiler is an input error that quotes it; the log stays, no package does.
 */
ksig_kmod_built *ksig_kmod_build_run(const struct ksig_kmod_build *build, GError **error);

/* What can be said of it before anything is done: the source is right, the kernel fits, the tools are there.
 */
bool ksig_kmod_build_check(const struct ksig_kmod_build *build, GError **error);

/*
 * What other recipe of ksig's gives a module of BUILD's to its kernel, in a package of another name, in
 * words; to g_free(). NULL: none.
 */
char *ksig_kmod_build_rivalry(const struct ksig_kmod_build *build);

/* Unpacks the kernel-devel package PACKAGE below FOLDER: its build folder; to g_free(). */
char *ksig_kmod_headers_unpack(const char *package, const char *folder, GError **error);

/* The architecture of the kernel whose build folder HEADERS is, from its configuration; NULL: unknown. */
char *ksig_kmod_headers_architecture(const char *headers);

/* The release of the kernel whose build folder HEADERS is: from utsrelease.h, as kbuild takes it; to
 * g_free(). */
char *ksig_kmod_headers_release(const char *headers, GError **error);

/*
 * The file name of the source package of RECIPE for RELEASE; to g_free(). A build has a number of its own,
 * and the distribution's tag behind it: the highest in FOLDER is meant, or the one that a first build here
 * would give.
 */
char *ksig_kmod_source_package(const ksig_recipe *recipe, const char *release, const char *folder);

enum ksig_kmod_spec_flags {
	KSIG_KMOD_SPEC_SIGN = 1 << 0,    /* modules are signed */
	KSIG_KMOD_SPEC_DEVICES = 1 << 1, /* a patch restores device ids: kmod-NAME-devices.patch */
};

/* The spec that is built, for RELEASE ("6.1.0-56-amd64"), the NUMBERth time; to g_free(). */
char *ksig_kmod_spec(const ksig_recipe *recipe, const char *release, unsigned number, unsigned flags);

/*
 * What the module file PATH provides, or requires: lines such as "ksym(mlx4_bf_alloc) = 0x4ba31c7a", sorted.
 * Requirements on modules beside it, and on symbols that WITH lists (a Module.symvers; may be NULL), are
 * ksym(), on the kernel kernel().
 */
GPtrArray *ksig_kmod_dependencies(const char *path, bool requires, const char *with, GError **error);
