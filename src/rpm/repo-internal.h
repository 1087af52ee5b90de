/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpm/rpm.h"

#include <createrepo_c/createrepo_c.h>
#include <gpgme.h>
#include <rpm/rpmlib.h>

enum {
	REPO_LIMIT_PACKAGES = 1000000,
	REPO_LIMIT_METADATA_BYTES = 1 << 30,
	REPO_LIMIT_SMALL_BYTES = 16 << 20, /* repomd.xml, signatures, lists */
	REPO_LIMIT_CHANGELOGS = 10,
};

/* Cleanup of foreign types. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cr_Package, cr_package_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cr_Repomd, cr_repomd_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cr_Metadata, cr_metadata_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cr_UpdateInfo, cr_updateinfo_free)

/* Reads librpm's configuration and createrepo_c's tables once; safe to call again. */
void repo_library_init(void);
/* librpm says nothing of its own accord: who listened to it gives the ear back. */
void repo_library_mute(void);

/* createrepo_c's errors as ours. Returns false. */
bool repo_library_error(GError **error, GError *reason, enum ksig_error code, const char *what);

/* repo-xml.c: metadata that anybody may have written; WHAT names it in errors. */
bool repo_xml_check(const char *path, GError **error);
bool repo_parse_repomd(const char *path, cr_Repomd *repomd, const char *what, GError **error);
bool repo_parse_primary(const char *path, cr_XmlParserPkgCb take, void *data, const char *what,
			GError **error);

char *repo_string_hash(const char *data, gsize length_bytes);

/* ---- the pool (repo-pool.c) ---------------------------------------------------------------------- */

/* Takes the file into ROOT/pool, if it is not there, and gives its SHA-256 and its path there. */
bool repo_pool_add(const char *root, const char *path, char **out_sha256, char **out_path, GError **error);
char *repo_pool_path(const char *root, const char *sha256);
/* Removes what no generation links to. */
bool repo_pool_prune(const char *root, GError **error);
/* A second name for a file, in folders that are made; a name that is there stays. */
bool repo_link(const char *from, const char *to, GError **error);

/* ---- generations (repo-generation.c) ------------------------------------------------------------- */

/* The name of the generation that CHANNEL links to; NULL without error: none yet. */
char *repo_generation_current(const char *root, const char *channel, GError **error);
char *repo_generation_path(const char *root, const char *name);
/* Packages of generation NAME (NULL: none). */
GPtrArray *repo_generation_packages(const char *root, const char *name, GError **error);
bool repo_generation_write_packages(const char *folder, GPtrArray *packages, GError **error);
/* The newest COUNT generations of CHANNEL, newest first, as names. */
GPtrArray *repo_generation_list(const char *root, const char *channel, guint count);
/* Moves FOLDER into place as the next generation and switches CHANNEL to it. */
char *repo_generation_switch(const char *root, const char *channel, const char *folder, const char *name,
			     GError **error);
char *repo_generation_next(const char *root, const char *channel);
bool repo_generation_prune(const char *root, const char *channel, guint keep, GError **error);

/* ---- metadata (repo-metadata.c) ------------------------------------------------------------------ */

struct repo_metadata {
	const char *root;
	const char *folder;     /* of the repository, aside */
	const char *old_folder; /* of the one before, for its metadata; NULL: none */
	const char *revision;
	GPtrArray *packages;    /* of ksig_package, paths relative to the channel */
	const char *prefix;     /* "9/x86_64/": what of those paths is before this repository */
	cr_UpdateInfo *updates; /* NULL: none */
	const char *comps;
	const struct ksig_signer *signer;
};
bool repo_metadata_write(const struct repo_metadata *metadata, GError **error);
/* The files that FOLDER/repodata/repomd.xml lists, as names in repodata. */
GPtrArray *repo_metadata_files(const char *folder, GError **error);

/* ---- advisories (updateinfo.c) ------------------------------------------------------------------- */

/* Advisories of FOLDER's repodata as they are; NULL without error: none. */
cr_UpdateInfo *repo_updates_load(const char *folder, GError **error);
/* Adds or replaces; gives how many differ from what was there. */
guint repo_updates_merge(cr_UpdateInfo *updates, GPtrArray *advisories, GPtrArray *packages);
guint repo_updates_take(cr_UpdateInfo *updates, const cr_UpdateInfo *others);

/* Finds those of PACKAGES (which outlive it) that an advisory is about (advisory-match.c). */
typedef struct repo_matcher repo_matcher;
repo_matcher *repo_matcher_new(const GPtrArray *packages);
void repo_matcher_free(repo_matcher *matcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repo_matcher, repo_matcher_free)
GPtrArray *repo_matcher_find(const repo_matcher *matcher, const ksig_advisory *advisory);

/* An advisory for each source package of CHANGES that none of ADVISORIES (NULL: none) is about (advise.c). */
GPtrArray *repo_advise(const struct ksig_repo_options *options, GPtrArray *changes, GPtrArray *packages,
		       GError **error);

/* ---- publication (repo-publish.c, repo-plan.c, repo-extras.c) --------------------------------------- */

typedef struct {
	const struct ksig_repo_options *options;
	char *current;       /* generation; NULL: none */
	char *next;          /* generation that is made */
	GPtrArray *before;   /* of ksig_package: what is there */
	GPtrArray *after;    /* of ksig_package: what will be there */
	GPtrArray *changes;  /* of struct ksig_repo_change; packages belong to it */
	GPtrArray *advised;  /* of ksig_advisory: those that were made for it; NULL: none */
	GHashTable *places;  /* path to ksig_package of after */
	ksig_scratch *aside; /* where the next generation is made */
} repo_publication;

void publication_clear(repo_publication *publication);
/* Reads what is there, takes in what is new, drops what is too old: before, after and changes. */
bool publication_plan(repo_publication *publication, GError **error);
/* The repositories of PACKAGES, "9/x86_64/" and so on, sorted. */
GPtrArray *publication_prefixes(GPtrArray *packages);
/* Packages below PREFIX. */
GPtrArray *publication_packages(GPtrArray *packages, const char *prefix);
/* Keys, .repo files, mirror lists, and the signed list of their sums. */
bool publication_write_extras(const repo_publication *publication, GPtrArray *prefixes, GError **error);
ksig_package *package_copy(const ksig_package *package, const char *path);

/* ---- fetching (repo-fetch.c) --------------------------------------------------------------------- */

/* LOCATION/PATH whole: a folder's file, or over HTTP; at most LIMIT_BYTES. */
GBytes *repo_fetch(const char *location, const char *path, gsize limit_bytes, GError **error);
/* The same into a file. */
bool repo_fetch_file(const char *location, const char *path, guint64 limit_bytes, const char *to,
		     GError **error);
/* The same, as the file itself where LOCATION is a folder, else fetched below SCRATCH. */
char *repo_fetch_path(const char *location, const char *path, guint64 limit_bytes, const char *scratch,
		      GError **error);

/* Fetches what RECORD names, of exactly its size and sums. */
char *repo_fetch_record(const char *location, const cr_RepomdRecord *record, const char *scratch,
			GError **error);

bool repo_file_hash(const char *path, char **out_hash, GError **error);
/* True if IS is what SHALL be; else an input error that names WHAT. */
bool repo_same_hash(const char *what, const char *is, const char *shall, GError **error);

/* ---- verification -------------------------------------------------------------------------------- */

struct repo_verify {
	const struct ksig_repo_verify_options *options;
	GPtrArray *findings;
	const char *scratch;
	GHashTable *names; /* "name.arch" of all that is there: what must not vanish */
	gint64 revision;   /* the lowest of all repositories; -1: none yet */
};

void repo_finding(struct repo_verify *verify, bool good, const char *check, const char *subject,
		  const char *message);
/* Unmet dependencies of the metadata at PRIMARY and FILELISTS (repo-closure.c). */
bool repo_closure(struct repo_verify *verify, const char *where, const char *primary, const char *filelists,
		  GError **error);
