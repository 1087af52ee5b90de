/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpm: metadata of repositories, which anybody may have written: fetched, of exactly the sums that were
 * signed, and parsed by createrepo_c.
 */
#pragma once

#include "rpm/rpm.h"

#include <createrepo_c/createrepo_c.h>

enum {
	KSIG_RPM_LIMIT_PACKAGES = 1000000,
	KSIG_RPM_LIMIT_METADATA_BYTES = 1 << 30,
	KSIG_RPM_LIMIT_SMALL_BYTES = 16 << 20, /* repomd.xml, signatures, lists */
};

/* Cleanup of foreign types. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cr_Package, cr_package_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cr_Repomd, cr_repomd_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cr_Metadata, cr_metadata_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cr_UpdateInfo, cr_updateinfo_free)

/* createrepo_c's errors as ours. Returns false. */
bool ksig_rpm_library_error(GError **error, GError *reason, enum ksig_error code, const char *what);

/* Metadata that anybody may have written; WHAT names it in errors. */
bool ksig_rpm_xml_check(const char *path, GError **error);
bool ksig_rpm_parse_repomd(const char *path, cr_Repomd *repomd, const char *what, GError **error);
bool ksig_rpm_parse_primary(const char *path, cr_XmlParserPkgCb take, void *data, const char *what,
			    GError **error);

/* LOCATION/PATH whole: a folder's file, or over HTTP; at most LIMIT_BYTES. */
GBytes *ksig_rpm_fetch(const char *location, const char *path, gsize limit_bytes, GError **error);
/* The same into a file. */
bool ksig_rpm_fetch_file(const char *location, const char *path, guint64 limit_bytes, const char *to,
			 GError **error);
/* The same below SCRATCH, from either: nobody writes what is read from there. */
char *ksig_rpm_fetch_copy(const char *location, const char *path, guint64 limit_bytes, const char *scratch,
			  GError **error);
/* The same, as the file itself where LOCATION is a folder, else fetched below SCRATCH. */
char *ksig_rpm_fetch_path(const char *location, const char *path, guint64 limit_bytes, const char *scratch,
			  GError **error);

/* Fetches what RECORD names, of exactly its size and sums. */
char *ksig_rpm_fetch_record(const char *location, const cr_RepomdRecord *record, const char *scratch,
			    GError **error);

/* True for a kind of sum that cannot be forged: "sha256", "sha384", "sha512". */
bool ksig_rpm_sum_is_known(const char *name);
/* Whether the file has SUM, of one of these kinds by its length. */
bool ksig_rpm_file_check(const char *path, const char *sum, GError **error);
bool ksig_rpm_file_hash(const char *path, char **out_hash, GError **error);
/* True if IS is what SHALL be; else an input error that names WHAT. */
bool ksig_rpm_same_hash(const char *what, const char *is, const char *shall, GError **error);
