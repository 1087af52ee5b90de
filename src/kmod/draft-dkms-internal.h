/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dkms.conf as a recipe. */
#pragma once

#include "kmod/draft-internal.h"
#include "kmod/draft.h"

/* Takes what the dkms.conf TEXT says into DRAFT. It is a shell script; nothing of it runs. */
void draft_read_dkms(struct draft *draft, const char *text);
