/* SPDX-License-Identifier: GPL-2.0-or-later */
/* publish: what the programs of this machine say of a repository, beside what ksig says. */
#pragma once

#include "publish/verify.h"

/*
 * Asks dnf, in a root of its own, for each repository of LOCATION (a folder or a URL: a channel, or one
 * repository), and rpmkeys for the newest package of each name, as a client that has the keys in the files
 * KEYS (NULL-ended) and no others. FINDINGS, as ksig_publish_verify() gives them, get checks "dnf" and
 * "rpmkeys". An error only if they cannot be asked.
 */
bool ksig_publish_rehearse(const char *location, const char *const *keys, GPtrArray *findings,
			   GError **error);
