/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patches that the policy withdraws, by whatever people call them. */
#pragma once

#include "trust/trust.h"

/* Whether WORD, as a policy revokes a patch by it, can match any. */
bool trust_revocation_is_good(const char *word, GError **error);
