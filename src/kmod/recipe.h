/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes: what an external module is made of. The format is described in ksig-kmod(1). */
#pragma once

#include "base/base.h"

struct ksig_recipe_pass {
	char *name;
	char *directory;  /* below the source; where make runs */
	bool own;         /* make=own: by its own Makefile; otherwise by the kernel's, with M= */
	char **targets;   /* empty: "modules" */
	char **arguments; /* more words for make */
	char **objects;   /* objects that become modules, for a folder without makefile; empty: it has one */
};

struct ksig_recipe_patch {
	char *file;    /* a path */
	char *kernels; /* a range such as ">=6.5,<6.9"; NULL: all */
	char *reason;  /* for the changelog; NULL: none */
	int strip;     /* so many folders of its paths are left out */
};

struct ksig_recipe_option {
	char *setting; /* "CONFIG_X=m" */
	char *kernels; /* a range; NULL: all */
};

typedef struct ksig_recipe {
	char *path, *name, *summary, *description, *version, *license, *url;
	char *kernels;        /* the range that it can be built for; NULL: all */
	char *userspace;      /* what else a user needs; NULL: nothing */
	char *maintainer;     /* who looks after it for the group; NULL: nobody yet */
	char *elsewhere;      /* where users get the module today; NULL: nowhere */
	char **architectures; /* RPM's names; empty: all */
	unsigned release;     /* the lowest release of its packages */
	char *changelog;      /* a file of RPM's %changelog; NULL: none */
	char *initramfs;      /* "no", "rebuild" or "always"; NULL: rebuild */
	char **modprobe;      /* lines of modprobe.d; NULL: none */
	char **license_files; /* of the source: the licence's text */
	char **modules, **firmware;
	char **devices; /* prefixes of modalias, "pci:" */
	bool in_tree;   /* the kernel has a module of these names, which ours takes the place of */
	char *source_kind, *source_url, *source_sha256, *source_revision;
	char *source_tree;      /* the checksum of the source as a folder; NULL: unknown */
	char *source_signature; /* where the tarball's detached signature is; NULL: it is not signed */
	char *source_key;       /* a file of public keys that may sign it */
	char **source_paths;    /* of kind "kernel": folders of its tree, the first is where passes start */
	char **source_exclude;  /* files and folders of it that are left out */
	char *measured;         /* what was built from it, when; NULL: nothing yet */
	char **configure;       /* arguments of ./configure; empty: there is none */
	char **tools;           /* programs that the build runs besides make and the compiler */
	char **substitutions;   /* "FILE|FROM|TO": plain text replaced before the build; NULL: none */
	GPtrArray *options;     /* of struct ksig_recipe_option */
	GPtrArray *passes;      /* of struct ksig_recipe_pass, in order */
	GPtrArray *patches;     /* of struct ksig_recipe_patch, in order */
} ksig_recipe;

/* Reads the recipe file PATH and checks all of it: an unknown key or group is an input error. */
ksig_recipe *ksig_kmod_recipe_read(const char *path, GError **error);

/* The recipe NAME of those that ksig ships (kmod/ in $KSIG_RECIPES or its data folder); a path is read as
 * such. */
ksig_recipe *ksig_kmod_recipe_find(const char *name, GError **error);

/* All of them (ksig_recipe), by file name. */
GPtrArray *ksig_kmod_recipe_read_all(GError **error);
void ksig_kmod_recipe_free(ksig_recipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_recipe, ksig_kmod_recipe_free)

/* What RECIPE is called by: its file's name without .conf (several may be of one module); to g_free(). */
char *ksig_kmod_recipe_label(const ksig_recipe *recipe);

/* True if RECIPE is for the kernel RELEASE of ARCHITECTURE (NULL: unknown, which is as good as any). */
bool ksig_kmod_recipe_is_for(const ksig_recipe *recipe, const char *release, const char *architecture);

/*
 * What RECIPE says against the kernel RELEASE of ARCHITECTURE, and which of OTHERS (recipes; NULL: none) has
 * the same modules and is for it; to g_free(). NULL: RECIPE is for it.
 */
char *ksig_kmod_recipe_objection(const ksig_recipe *recipe, const GPtrArray *others, const char *release,
				 const char *architecture);

/* A module that RECIPE and OTHER both give; to g_free(). NULL: there is none. */
char *ksig_kmod_recipe_common_module(const ksig_recipe *recipe, const ksig_recipe *other);

/*
 * "the recipes a and b both give the module x", where two of them for one kernel would be in each other's way
 * (a module, or the package's name); to g_free(). NULL: they would not.
 */
char *ksig_kmod_recipe_rivalry(const ksig_recipe *recipe, const ksig_recipe *other);

/* That no two of RECIPES give the kernel RELEASE of ARCHITECTURE (NULL: unknown) the same. */
bool ksig_kmod_recipe_check_rivals(const GPtrArray *recipes, const char *release, const char *architecture,
				   GError **error);

/* True if NAME, said of one of RECIPES, means RECIPE: its file is called so, or, where none's is, its
 * package.
 */
bool ksig_kmod_recipe_is_named(const ksig_recipe *recipe, const char *name, const GPtrArray *recipes);

/* True if some kernel is in the ranges and architectures of both. */
bool ksig_kmod_recipe_overlaps(const ksig_recipe *recipe, const ksig_recipe *other);

/* True if OPTION is for the kernel RELEASE (NULL: unknown, which is as good as any). */
bool ksig_kmod_recipe_option_is_for(const struct ksig_recipe_option *option, const char *release);

/* That RANGE, of the recipe PATH, is one (NULL: everything is), and some release can lie in it. */
bool ksig_kmod_recipe_range_check(const char *path, const char *range, GError **error);

/* True if RELEASE ("6.1.0-56-amd64") lies in RANGE (">=6.1,<6.5"; NULL: everything). */
bool ksig_kmod_recipe_range_matches(const char *range, const char *release);
