/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenPGP keys of the policy, and signatures by them. */
#pragma once

#include "trust/trust-internal.h"
#include "rpm/keyring.h"
#include "trust/trust.h"

bool trust_openpgp_load(ksig_trust *trust, struct ksig_trust_key *key, GBytes *data, GError **error);

/* When KEY's file as a whole begins and is over; another file may have had more to say of the same key. */
void trust_openpgp_dates(struct ksig_trust_key *key);

/* The policy's key that CERTIFICATE, of the keyring, is (a part of). */
const struct ksig_trust_key *trust_key_of(const ksig_trust *trust, const ksig_key *certificate);

/* SIGNATURE, found in file WHAT: its own state, its key's, and what the policy grants to that. */
bool trust_judge_signature(const ksig_trust *trust, enum ksig_role role, const char *what,
			   const char *subject, const ksig_signature *signature,
			   struct ksig_trust_verdict *out, GError **error);
