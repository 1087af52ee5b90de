/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export: a breakdown in the forms that others take: a git branch, a quilt series, a mailbox, JSON, a web
 * site. The same catalog gives the same bytes, whenever and wherever it is exported.
 *
 * What patches say about themselves is hostile: subjects, authors and purposes are made harmless for the form
 * that they go into.
 */
#pragma once

#include "history/history.h"

/*
 * Gives those of CHAIN's patches that nobody is named for an author: who the changelog names for it (with an
 * address that is plainly made up, for it has none), or else the vendor.
 */
bool ksig_export_authors(ksig_catalog *catalog, struct ksig_chain *chain, GError **error);

/* ---- git ----------------------------------------------------------------------------------------- */

struct ksig_export_git {
	const char
		*repository; /* of the user's choosing; the work tree of one that is there is not touched */
	const char *branch;
	const git_oid *
		base; /* the upstream commit that the base is: the branch's parent; NULL: a root of its own */
	const char *tag_prefix; /* stands before a revision's label in its tag's name */
	bool dry_run;
	bool force; /* a branch or tag that stands elsewhere is moved */
};
struct ksig_export_git_result {
	char head[GIT_OID_HEXSZ + 1];
	unsigned commits; /* with the base's */
	unsigned tags;
	unsigned empty_steps; /* steps that change no file have no commit */
};

/*
 * Writes a base commit, a commit a step and a tag a revision, and pushes them to the repository: all of it
 * or nothing. One that is not there is made, with the branch in its work tree, HEAD detached. A branch that
 * is checked out there, or that would lose commits (without FORCE), is a negative answer; a revision whose
 * tree is not the vendor's an input error.
 */
bool ksig_export_git(ksig_store *store, const struct ksig_chain *chain, const struct ksig_export_git *options,
		     struct ksig_export_git_result *out_result, GError **error);

/* ---- quilt --------------------------------------------------------------------------------------- */

struct ksig_export_quilt_result {
	unsigned patches;
	unsigned empty_steps;
	unsigned left_out; /* files that GNU patch cannot carry: DIRECTORY/not-in-series names them */
};

/*
 * Writes DIRECTORY (not there, or empty) with a series file and the patches of CHAIN, so that
 * `quilt push -a --fuzz=0` on the base, or on the last upstream release that the chain goes over to, gives
 * the tree of the chain's last revision. Binary files and submodules are beyond GNU patch: they are named in
 * DIRECTORY/not-in-series, and the last content of the files stands below DIRECTORY/binary. Names are made of
 * subject and id: a later revision, or another selection, renames none. TOPICS: in folders by what they
 * change.
 */
bool ksig_export_quilt(const ksig_store *store, const struct ksig_chain *chain, const char *directory,
		       bool topics, struct ksig_export_quilt_result *out_result, GError **error);

/* ---- mailbox ------------------------------------------------------------------------------------- */

/*
 * Writes the steps of CHAIN since its last upstream release as an mbox to STREAM (NAME in messages), one mail
 * a step, for `git am`. OUT_EMPTY_STEPS: steps that change no file, left out.
 */
bool ksig_export_mbox(const ksig_store *store, const struct ksig_chain *chain, FILE *stream, const char *name,
		      unsigned *out_empty_steps, GError **error);

/* ---- missing fixes as a mailbox ------------------------------------------------------------------ */

struct ksig_export_missing_result {
	unsigned mails;
	unsigned adapted;   /* of these, as the vendor carries them: the upstream's own does not apply */
	GPtrArray *refused; /* char *: id and subject of those that do not apply in either form */
};

/*
 * Writes those of MISSING (struct ksig_missing *) that LACKS lacks as an mbox to STREAM (NAME in messages),
 * in upstream order, for `git am` on TREE: each was applied by git to the ones before it. A mail begins with
 * "commit ID upstream.", as stable maintainers want it. Free OUT_RESULT's array with g_ptr_array_unref().
 */
bool ksig_export_missing(ksig_catalog *catalog, const ksig_store *store, const GPtrArray *missing,
			 const char *lacks, const git_oid *tree, FILE *stream, const char *name,
			 struct ksig_export_missing_result *out_result, GError **error);

/* ---- JSON ---------------------------------------------------------------------------------------- */

/* Writes the whole catalog to STREAM (NAME in messages) as docs/export-json.md describes, a patch at a time.
 */
bool ksig_export_json(ksig_catalog *catalog, FILE *stream, const char *name, GError **error);

/* ---- web site ------------------------------------------------------------------------------------ */

/*
 * Writes a static web site to DIRECTORY (not there, empty, or an older site of ksig's, which it replaces at
 * once). It works from a file system and from any web server. What a patch says is text there, never markup.
 */
struct ksig_export_site {
	const GPtrArray *missing; /* struct ksig_missing *, for a page of missing fixes; NULL: no such page */
	const char *records;      /* a folder of CVE records, for the last revision's verdicts; NULL: none */
	/* "NAME=URL" with @ID@ in it: where NAME's ids are looked up; NULL: well known places */
	const char *const *links;
	/* files, folders and patterns of whose lines the owners are told; NULL: none */
	const char *const *blame;
	const char *url; /* where the site will stand, for the feed; NULL: not known */
	/* with the difference to the upstream commit, of adapted, partial and reworked patches */
	bool against_upstream;
	bool no_raw; /* without the patches as files to be taken away */
};
/* False, and a usage error, for what is no such link. */
bool ksig_export_site_link_check(const char *link, GError **error);
bool ksig_export_site(ksig_catalog *catalog, ksig_store *store, const struct ksig_export_site *options,
		      const char *directory, GError **error);
