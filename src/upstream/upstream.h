/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * upstream: pools of candidate patches and what they change.
 */
#pragma once

#include "tree/tree.h"

/* ---- what a patch says about itself -------------------------------------------------------------- */

/*
 * What stands above a patch's diff, or in a commit's message: RFC 822 mail, DEP-3, SUSE's header, git's own.
 * Every string is UTF-8 and owned; NULL where nothing is said.
 */
struct ksig_header {
	char *author; /* name */
	char *email;
	char *date;             /* ISO 8601 with offset, "2022-10-16T21:42:47+01:00" */
	char *subject;          /* without "[PATCH 1/2]" */
	char *message;          /* the whole message below the subject, trailers included */
	char *upstream;         /* id of the upstream commit that it says it is, 12 to 40 digits */
	unsigned upstream_rank; /* how plainly it says so: 1 is "commit X upstream" (see header-scan.c) */
	int64_t quoted_time;    /* the earliest "Date:" in its message, seconds since the epoch; 0: none */
	char *origin;           /* DEP-3's Origin: as written */
	char *mainline;         /* SUSE's Patch-mainline: as written ("v5.2-rc1", "Never, …") */
	GPtrArray *fixes;   /* char *: commit ids as written (7 to 40 digits) in Fixes:, "Follow-up for", "bug
			       introduced by" */
	GPtrArray *reverts; /* char *: "This reverts commit X" */
	GStrv cves;
	GStrv tickets; /* Bug:, Bugzilla:, JIRA:, References: …; as ksig_changelog_entry has them, or a URL */
	bool cc_stable;
	bool syzbot;
};

/*
 * Reads the header of one patch: TEXT up to its first diff. Never an error: a patch without a header has an
 * empty one. NAME (a file name, or NULL) serves as the subject where there is none. OUT_DIFF: where the diff
 * begins in TEXT (TEXT + LENGTH_BYTES if there is none).
 */
struct ksig_header *ksig_upstream_header_read(const char *text, size_t length_bytes, const char *name,
					      const char **out_diff);

/*
 * Reads trailers and references out of a commit's MESSAGE (what stands below its subject) into HEADER, which
 * may be all zero otherwise; subject and author are left alone.
 */
void ksig_upstream_header_scan_message(struct ksig_header *header, const char *message);
void ksig_upstream_header_free(struct ksig_header *header);
typedef struct ksig_header ksig_header;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_header, ksig_upstream_header_free)

/* A patch in a file: a quilt series' member, a mail of an mbox, a format-patch file. */
struct ksig_patch_file {
	char *name;   /* path in the series or "mbox:N" */
	GBytes *text; /* header and diff */
	int strip;    /* -pN of the series line; 1 */
};
void ksig_upstream_patch_file_free(struct ksig_patch_file *file);

/*
 * The patches of a quilt DIRECTORY in series order (or, without a series, *.patch and *.diff sorted by name),
 * or of an MBOX: mboxrd, or as git format-patch --stdout writes it. Nothing outside of DIRECTORY is read.
 */
GPtrArray *ksig_upstream_patch_files_of_quilt(const char *directory, GError **error);
GPtrArray *ksig_upstream_patch_files_of_mbox(const char *path, GError **error);
