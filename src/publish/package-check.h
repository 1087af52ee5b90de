/* SPDX-License-Identifier: GPL-2.0-or-later */
/* publish: who may publish what. */
#pragma once

#include "publish/publish.h"
#include "trust/trust.h"

struct ksig_publish_policy {
	ksig_trust *trust;     /* NULL: no policy */
	ksig_keyring *keyring; /* NULL: signatures are not checked, unless by the policy */
	const char *untested;  /* the words without which a live patch has to have passed its test */
	bool strict;           /* an unsigned module is refused */
	GPtrArray
		*unsigned_modules; /* gets char *, "NEVRA: which" of packages that have some; NULL: untold */
};

/*
 * A ksig_publish_check_fn, DATA such a policy: a live patch, by what the package carries, has to be of a
 * livepatch key, and tested; a kernel, and what is built for one, of a kernel key.
 */
ksig_publish_check_fn ksig_publish_policy_check;

/* A ksig_publish_keep_fn, DATA such a policy: the key that signed what is there already still counts. */
ksig_publish_keep_fn ksig_publish_policy_keep;
