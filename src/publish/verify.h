/* SPDX-License-Identifier: GPL-2.0-or-later */
/* publish: a repository looked at as a client would, and more closely. */
#pragma once

#include "rpm/rpm.h"

struct ksig_repo_finding {
	bool good;
	char *check;   /* "signature", "digest", "packages", "dependencies", "age", "vanished" */
	char *subject; /* a file or a package */
	char *message; /* NULL: nothing to say */
};

struct ksig_repo_verify_options {
	const char *location;     /* a folder or an http(s) URL: a channel, or one repository */
	ksig_keyring *keys;       /* who may sign metadata and packages; NULL: signatures are not checked */
	const char *const *bases; /* repositories that dependencies may come from; NULL: see below */
	const char *seen;         /* a file that keeps what was seen; NULL: none */
	bool metadata_only;       /* packages are not read */
};

/*
 * Looks at a repository as a client would and more closely. Gives findings (of struct ksig_repo_finding,
 * good and bad); an error only if it cannot look. Without BASES, a dependency counts as unmet only if the
 * repository itself has other versions of what is asked for.
 */
GPtrArray *ksig_publish_verify(const struct ksig_repo_verify_options *options, GError **error);
