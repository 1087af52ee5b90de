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
	char *link; /* a bug or a page; NULL: none */
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
	char *packager;       /* "Name <mail>" of generated changelog entries */
	char *series;         /* lts: "6.1"; NULL: from the command line */
	char *mirror;         /* lts: the folder or URL of linux-*.tar.xz; NULL: what releases.json says */
	char *config;         /* lts: "make:TARGET" or an absolute file; NULL: from the command line */
	char **architectures; /* "x86_64" */
	char **subpackages;
	char **keys;          /* lts: fingerprints that may sign the tarball */
	char **modules_extra; /* globs of paths below kernel/ that go to modules-extra */
	GPtrArray *options;   /* of struct ksig_option */
	GPtrArray *patches;   /* of struct ksig_flavour_patch */
} ksig_flavour;

/*
 * Reads a flavour: NAME is a file if it holds '/' or ends in ".conf", else recipes/kernel/NAME.conf of
 * $KSIG_RECIPES or of the installation. An option or patch without a reason, an unknown key or section is an
 * input error: what nobody understands must not be silently left out.
 */
ksig_flavour *ksig_flavour_load(const char *name, GError **error);
void ksig_flavour_free(ksig_flavour *flavour);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_flavour, ksig_flavour_free)

/* The file NAME of recipes/kernel; free with g_free(). */
char *ksig_kernel_recipe_path(const char *name);

/* ---- kernel.org's releases ----------------------------------------------------------------------- */

struct ksig_release {
	char *version, *series, *moniker; /* "6.1.187", "6.1", "longterm" */
	bool is_eol;
	char *released;                 /* "2026-01-31"; NULL: not said */
	char *source, *pgp, *changelog; /* URLs; NULL: not said */
};
void ksig_release_free(struct ksig_release *release);

/*
 * Reads releases.json (https://www.kernel.org/releases.json) at LOCATION, a file or URL. Gives an array of
 * struct ksig_release; entries without a version or moniker are left out, other than JSON is an input error.
 */
GPtrArray *ksig_releases_load(const char *location, GError **error);

/* When maintenance of a series ends, which releases.json does not say: recipes/kernel/lifespans.conf. */
struct ksig_lifespan {
	char *series;
	GDate first, end; /* END is the last day */
	char *origin;     /* where that was read */
};

/* FILE NULL: the installation's. Gives an array of struct ksig_lifespan. */
GPtrArray *ksig_lifespans_load(const char *file, GError **error);

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
GArray *ksig_series_list(GPtrArray *releases, GPtrArray *lifespans, const GDate *today);

/*
 * The newest release of SERIES, owned by RELEASES. A series that is not longterm, at its end of life or gone
 * is a negative answer, unless FORCE.
 */
const struct ksig_release *ksig_series_newest(GPtrArray *releases, const char *series, bool force,
					      GError **error);

/* As strcmp() for kernel versions: "6.1.9" before "6.1.10", "6.1-rc2" before "6.1". */
int ksig_version_compare(const char *a, const char *b);

/* Copies LOCATION, a file or an http(s) URL, to PATH; more than LIMIT_BYTES is an input error. */
bool ksig_kernel_fetch(const char *location, const char *path, uint64_t limit_bytes, GError **error);
