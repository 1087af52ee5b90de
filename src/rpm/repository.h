/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rpm: the packages of a repository, as a client finds and fetches them. */
#pragma once

#include "rpm/rpm.h"

/* Asked before anything of repomd.xml (DATA) is read: did somebody sign it whose word counts? */
typedef bool ksig_rpm_repo_signature_fn(GBytes *data, GBytes *signature, void *check_data, GError **error);

struct ksig_repo_query {
	const char *location;        /* a folder or URL */
	const char *const *patterns; /* of NEVRAs; NULL: all */
	const char *provides;        /* the name of something that the package provides; NULL: whatever */
	ksig_rpm_repo_signature_fn *check; /* NULL: the signature is not looked at */
	void *check_data;
};

/*
 * The packages of a repository that a query asks for, as ksig_package: path and sha256 as listed.
 * OUT_REVISION (may be NULL): of its repomd.xml, rising with each publication.
 */
GPtrArray *ksig_rpm_repo_find(const struct ksig_repo_query *query, gint64 *out_revision, GError **error);
/* The same by patterns; KEYS NULL: the signature is not checked. */
GPtrArray *ksig_rpm_repo_packages(const char *location, ksig_keyring *keys, const char *const *patterns,
				  GError **error);
/* Fetches PACKAGE (to FOLDER, if LOCATION is a URL) and checks its digest; gives its path. */
char *ksig_rpm_repo_get(const char *location, const ksig_package *package, const char *folder,
			GError **error);
