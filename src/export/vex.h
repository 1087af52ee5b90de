/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export, how a revision stands to CVEs as others' programs read it: OpenVEX 0.2.0, CSAF 2.0 (profile
 * csaf_vex), and OSV 1.7. Where ksig says "claimed", these say fixed and, in words, on whose word. The same
 * catalog gives the same bytes: the documents' date is the revision's.
 */
#pragma once

#include "history/cve.h"

struct ksig_export_vex {
	const struct ksig_revision *revision;
	const GPtrArray *verdicts; /* struct ksig_cve_verdict *: at least one */
	const char *date;          /* ISO 8601, UTC: of the document */
	const char *product;       /* package URL without a version: "pkg:rpm/almalinux/kernel" */
	const char *publisher;     /* who says so */
	const char *publisher_url; /* CSAF: a URL that is the publisher's */
	const char *ecosystem;     /* OSV: "AlmaLinux:8" */
};

/* The newest date that the catalog has up to REVISION, as "2020-01-31T00:00:00Z"; 1970 if it has none. */
char *ksig_export_vex_date(ksig_catalog *catalog, const struct ksig_revision *revision, GError **error);

bool ksig_export_openvex(const struct ksig_export_vex *vex, FILE *stream, const char *name, GError **error);
bool ksig_export_csaf(const struct ksig_export_vex *vex, FILE *stream, const char *name, GError **error);

/*
 * A file a CVE, CVE-….json, in DIRECTORY (not there, or empty); those that are not affected or unknown have
 * none. What is fixed names the release that the changelog puts it into, or the revision that introduced the
 * patch. OUT_FILES: how many.
 */
bool ksig_export_osv(const struct ksig_export_vex *vex, const char *directory, unsigned *out_files,
		     GError **error);
