/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hub built. */
#pragma once

#include "engine/koji-internal.h"
#include "engine/engine-internal.h"

/* Fetches the packages that the task of job INDEX built, and puts them where a worker's result is. */
bool koji_result_take(ksig_engine *engine, koji_session *session, guint index, GError **error);
