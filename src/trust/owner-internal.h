/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key, a policy or their folder counts only if nobody else may write it; what is not there says nothing.
 */
#pragma once

#include "trust/trust.h"

/* What nobody but its owner and root may write; what is not there is good. */
bool trust_is_owners(const char *path, GError **error);
