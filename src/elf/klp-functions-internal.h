/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which functions a live patch replaces, in its three forms. */
#pragma once

#include "elf/klp-internal.h"
#include "elf/elf.h"

/* Fills functions, callbacks and states (klp-functions.c). */
void klp_read_functions(const struct klp_file *file, ksig_klp *klp);
