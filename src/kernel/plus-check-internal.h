/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before a plus kernel is packaged. */
#pragma once

#include "kernel/plus-internal.h"
#include "kernel/kernel-internal.h"

/*
 * Tries every patch and option of the flavour on the opened base. Fills DROPPABLE, ABSENT,
 * IDLE and DECIDED and changes the configurations in SOURCES; what
 * does not apply or has no effect is a negative answer.
 */
bool plus_try(struct plus *plus, GError **error);
