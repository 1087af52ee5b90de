/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live: the signed manifest of a patch. */
#pragma once

#include "live/live.h"

enum {
	KSIG_LIVE_LIMIT_OBJECT_BYTES = 256 << 20,
	KSIG_LIVE_LIMIT_SMALL_BYTES = 16 << 20,
};

/* What a signed manifest says of a patch, beyond the members of every document (trust.h). */
typedef struct ksig_live_manifest {
	ksig_document *document;
	char *id;     /* "NAME-REVISION": its folder in a source and on a machine */
	char *module; /* the name it is loaded under */
	char *module_build_id, *release;
	char **cves;            /* fixed by it */
	char **unfixable;       /* "CVE-… KERNEL": cannot be fixed live; which kernel fixes it */
	char **fixed_by_kernel; /* fixed already in the kernel it is for */
	char **functions;
	bool force_allowed; /* its maker says that a transition may be forced */
} ksig_live_manifest;

ksig_live_manifest *ksig_live_manifest_parse(const char *what, GBytes *data, GError **error);
void ksig_live_manifest_free(ksig_live_manifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_live_manifest, ksig_live_manifest_free)

/* What a manifest is made of; strings NULL where there is nothing to say. */
struct ksig_live_manifest_options {
	const char *name, *provider, *module_path, *build_id, *release, *expires;
	gint64 revision, minimum_revision, previous_revision;
	const char *const *cves, *const *unfixable, *const *fixed_by_kernel,
							    *const *patches; /* NULL-ended or NULL */
	bool force_allowed;
	const char *key, *home; /* OpenPGP */
};

/*
 * Writes FOLDER/NAME-REVISION/{module.ko, manifest.json, manifest.json.asc, patches/}. The release is what
 * the module's vermagic says, if none is given; the name then that of its package.
 */
bool ksig_live_manifest_write(const char *folder, const struct ksig_live_manifest_options *options,
			      GError **error);

/* Whether ID may be the name of a folder. */
bool ksig_live_id_is_good(const char *id);
