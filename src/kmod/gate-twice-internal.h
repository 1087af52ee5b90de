/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules that two packages have for one kernel. */
#pragma once

#include "kmod/gate-internal.h"

/* Adds to GATE's unjudged the packages that come with a module that another one has for the same kernel. */
void gate_say_twice(struct gate *gate);
