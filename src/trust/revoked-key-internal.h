/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys that the policy revokes, by whatever people call them. */
#pragma once

#include "trust/trust-internal.h"
#include "rpm/keyring.h"
#include "trust/trust.h"

/* The digits of a fingerprint or id as people write it ("0xAB…", "AB12 CD34 …", "ab:12:…"); NULL: it is none.
 */
char *trust_fingerprint(const char *word);

/* Whether WORD, as a policy revokes a key by it that it does not name otherwise, can match any. */
bool trust_key_revocation_is_good(const char *word, GError **error);

/* A key that is revoked is so under every name that it has here; all keys are loaded. */
void trust_spread_revocations(ksig_trust *trust);

/* By its owner or by the policy. */
bool trust_is_revoked(const ksig_trust *trust, const ksig_key *certificate);
