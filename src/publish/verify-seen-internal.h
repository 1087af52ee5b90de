/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/verify-internal.h"

bool repo_has_bad(GPtrArray *findings);
/* Compares with what was seen before, if the caller keeps that, and, where nothing is bad, keeps what is seen
 * now. */
bool repo_remember(struct repo_verify *verify, GError **error);
