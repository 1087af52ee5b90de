/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/finding-internal.h"
#include "publish/verify.h"

struct repo_verify {
	const struct ksig_repo_verify_options *options;
	GPtrArray *findings;
	const char *scratch;
	GHashTable *names; /* "name.arch" of all that is there: what must not vanish */
	gint64 revision;   /* the lowest of all repositories; -1: none yet */
};
