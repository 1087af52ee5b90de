/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/built-internal.h"

/* Kpatch-build and klp-build, with what they need made ready. */
bool live_build_kpatch(struct live_build *build, GError **error);
bool live_build_klp(struct live_build *build, GError **error);
