/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a key may vouch for a role, a name and a date. */
#pragma once

#include "trust/trust-internal.h"
#include "trust/trust.h"

/*
 * Whether KEY may vouch as ROLE for SUBJECT (found in file WHAT) now; fills OUT. The cryptography is done
 * before.
 */
bool trust_judge(const ksig_trust *trust, const struct ksig_trust_key *key, enum ksig_role role,
		 const char *what, const char *subject, struct ksig_trust_verdict *out, GError **error);
