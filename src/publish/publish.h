/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * publish: packages published as repositories: generations, metadata, advisories, and what stands between a
 * package and its publication.
 */
#pragma once

#include "publish/advisory.h"

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
typedef bool ksig_publish_check_fn(const char *path, const ksig_package *package, void *data, GError **error);

/* Asked once with all changes (of struct ksig_repo_change) and all that will be there (of ksig_package). */
typedef bool ksig_publish_gate_fn(GPtrArray *changes, GPtrArray *packages, void *data, GError **error);

/* Asked for each package that was there before and stays: would a reader with the same keys still take it? */
typedef bool ksig_publish_keep_fn(const ksig_package *package, void *data, GError **error);

/* The file of a PACKAGE that a check, a gate or a result names, in the tree ROOT; to g_free(). */
char *ksig_publish_package_file(const char *root, const ksig_package *package);

/* Adds to ADVISORY, of the new version NAME-VERSION_RELEASE of a source package, what else is known of it. */
typedef bool ksig_publish_know_fn(ksig_advisory *advisory, const char *name, const char *version_release,
				  void *data, GError **error);

/*
 * Advisories about what is published, one a source package: what its changelog says since the version that
 * was there, the CVEs in it, those that a live patch provides as livepatch-cve(…), and what KNOW adds.
 */
struct ksig_repo_advise {
	const char *severity; /* of those with CVEs; NULL: what KNOW says, if it says any */
	ksig_publish_know_fn *know;
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
	const char *const *withdraw; /* patterns of NEVRAs: packages that go; each has to match; NULL: none */
	const char *comps;           /* a comps.xml file; NULL: none */
	struct ksig_signer signer;   /* key NULL: metadata is not signed */
	const char *const *keys; /* files of public keys that readers need besides the signer's; NULL: none */
	const char *base_url; /* where ROOT is served, for mirror lists and .repo files; NULL: none of them */
	unsigned keep;        /* versions of a package that stay; 0: all */
	gint64 above;         /* readers saw the generation of this number: the next one's is higher */
	unsigned keep_generations; /* readers have so many publications to finish; 0: 3 */
	bool dry_run;
	ksig_publish_check_fn *check;     /* NULL: any */
	ksig_publish_keep_fn *keep_check; /* NULL: any; with check_data */
	void *check_data;
	ksig_publish_gate_fn *gate; /* NULL: none */
	void *gate_data;
};

typedef struct ksig_repo_result {
	GPtrArray *changes;   /* of struct ksig_repo_change */
	GPtrArray *packages;  /* of ksig_package: all that is there now */
	char *generation;     /* its name; NULL: nothing was to do, or a dry run */
	guint new_advisories; /* added or changed */
	bool extras_changed;  /* keys, or where it is served */
} ksig_repo_result;

void ksig_publish_result_free(ksig_repo_result *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_repo_result, ksig_publish_result_free)

/*
 * Publishes: a reader sees the channel as it was or as it will be. A run that was killed left nothing that
 * a reader sees; the next one cleans up. The same package name, version and architecture with other
 * content is refused; the same content with another signature takes the old one's place.
 */
ksig_repo_result *ksig_publish_packages(const struct ksig_repo_options *options, GError **error);
