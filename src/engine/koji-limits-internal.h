/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many builds this Koji has room for. */
#pragma once

#include "engine/koji-internal.h"
#include "engine/engine-internal.h"

/* How many builds the hub has room for at one time; at least 1 (koji-limits.c). */
bool koji_limit_ask(koji_session *session, guint64 *out_builds, GError **error);
