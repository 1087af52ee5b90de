/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A spec as a recipe. */
#pragma once

#include "kmod/draft-internal.h"
#include "kmod/draft.h"

/* Takes what the spec TEXT says into DRAFT. */
void draft_read_spec(struct draft *draft, const char *text);
