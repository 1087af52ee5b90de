/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpm/metadata.h"

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
/* The file of FOLDER's repodata of that TYPE ("group"); NULL without error: none. */
char *repo_metadata_find(const char *folder, const char *type, GError **error);
