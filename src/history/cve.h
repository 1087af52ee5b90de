/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history, CVEs: how a revision stands to each. Five answers, from what is proved to what is not known:
 *
 *   fixed         patches that own lines of it are the fix: their own messages say so, or the record's
 * commits claimed       the vendor's changelog says so, at the revision or before; the code was not
 * identified affected      the flaw is there and the fix is known not to be not affected  the fix was in the
 * release below, the flaw never came, or there is no such flaw unknown       what was looked for in vain
 *
 * The vendor's word is never contradicted: where he claims a fix, the answer is not "affected". And a mention
 * is no fix: "has unfixed issues CVE-…", "related to CVE-…" name one and claim nothing
 * (ksig_cve_is_claimed()).
 */
#pragma once

#include "catalog/catalog.h"

/* ---- records ------------------------------------------------------------------------------------- */

/* What a record says: the flaw came with INTRODUCED and went with FIXED; NULL where it does not say. */
struct ksig_cve_pair {
	char *introduced_version; /* "5.10", "6.1.12"; "0": it was always there */
	char *introduced;         /* commit id, 40 hex */
	char *fixed_version;
	char *fixed;
};

struct ksig_cve_record {
	GPtrArray *pairs; /* struct ksig_cve_pair * */
	GPtrArray *files; /* char *: where the flaw is, if the record says so */
	bool is_there;
	bool is_rejected; /* withdrawn: there is no such flaw */
};

/*
 * The kernel.org record of CVE ("CVE-2022-2602") in a local copy at RECORDS: a .dyad file or a JSON 5 file,
 * or a folder that has one, by year or not. No record: an empty one. A damaged one, and another CVE's: an
 * input error.
 */
struct ksig_cve_record *ksig_history_cve_record_read(const char *records, const char *cve, GError **error);
void ksig_history_cve_record_free(struct ksig_cve_record *record);
typedef struct ksig_cve_record ksig_cve_record;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_cve_record, ksig_history_cve_record_free)

/* ---- answers ------------------------------------------------------------------------------------- */

enum ksig_cve_state {
	KSIG_CVE_FIXED,
	KSIG_CVE_CLAIMED,
	KSIG_CVE_AFFECTED,
	KSIG_CVE_NOT_AFFECTED,
	KSIG_CVE_UNKNOWN,
	KSIG_CVE_STATES,
};
const char *ksig_history_cve_state_name(enum ksig_cve_state state);

struct ksig_cve_answer {
	enum ksig_cve_state state;
	struct ksig_patch *patch; /* the fix, what may be it, or what brought the flaw; or NULL */
	char *release;            /* of the changelog that claims it; or NULL */
	char *entry;              /* its words; or NULL */
	char *reason;
};
void ksig_history_cve_answer_free(struct ksig_cve_answer *answer);
typedef struct ksig_cve_answer ksig_cve_answer;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_cve_answer, ksig_history_cve_answer_free)

/* All that a catalog says of CVEs, read once. */
typedef struct ksig_cve_book ksig_cve_book;
ksig_cve_book *ksig_history_cve_book_open(ksig_catalog *catalog, GError **error);
void ksig_history_cve_book_free(ksig_cve_book *book);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_cve_book, ksig_history_cve_book_free)

/* How REVISION stands to CVE, by the book and (RECORDS, may be NULL) a copy of kernel.org's records. */
struct ksig_cve_answer *ksig_history_cve_ask(const ksig_cve_book *book, const struct ksig_revision *revision,
					     const char *cve, const char *records, GError **error);

/* How a revision stands to one CVE. */
struct ksig_cve_verdict {
	char *cve;
	struct ksig_cve_answer *answer;
};

/*
 * ksig_history_cve_ask() for each CVE that patches or the changelog name, at whatever revision, or that the
 * folder RECORDS (may be NULL) has a record of: struct ksig_cve_verdict, those that affect the revision
 * first, then the unknown ones, then the newest first. A damaged record is unknown, with what is wrong.
 */
GPtrArray *ksig_history_cve_survey(const ksig_cve_book *book, const struct ksig_revision *revision,
				   const char *records, GError **error);

/* A CVE whose fix REVISION introduced, as a patch's own words or its changelog entry claim. */
struct ksig_cve_fix {
	char *cve;      /* upper case */
	char *subject;  /* of the patch */
	char *words;    /* the subject, and what the patch says of itself */
	char *upstream; /* its commit; NULL: none is known */
};

/* By CVE: what the revision called LABEL fixed that the one before had not; struct ksig_cve_fix. */
GPtrArray *ksig_history_cve_fixes(ksig_catalog *catalog, const char *label, GError **error);
