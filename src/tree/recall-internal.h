/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was imported before, under refs/ksig/imports/KEY. */
#pragma once

#include "tree/tree.h"

/* The key of an import of KIND ("tar", "dsc", …; it carries the version of the rules) of inputs DIGESTS. */
char *ksig_import_key(const char *kind, const char *const *digests);

/*
 * Looks KEY up. Found: fills KERNEL's tree, label, changelog and patches and sets *OUT_FOUND. What is
 * remembered is a git tree under refs/ksig/imports/KEY, so that git's garbage collection keeps it.
 */
bool ksig_import_recall(ksig_store *store, const char *key, struct ksig_kernel *kernel, bool *out_found,
			GError **error);
bool ksig_import_remember(ksig_store *store, const char *key, const struct ksig_kernel *kernel,
			  GError **error);

/* A scratch folder in the workspace; the lock's taker sweeps what a killed process leaves. */
ksig_scratch *ksig_import_scratch(const ksig_store *store, GError **error);

/*
 * A copy in FOLDER of the file PATH, which had the digest SHA256 and is imported under it: others may write
 * to PATH. Its path, to g_free(); an input error if it has another digest by now.
 */
char *ksig_import_copy(const char *path, const char *sha256, const char *folder, GError **error);
