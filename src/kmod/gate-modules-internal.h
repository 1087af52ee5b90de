/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What packages of modules want of a kernel. */
#pragma once

#include "kmod/gate-internal.h"
#include "kmod/gate.h"

#include <solv/pool.h>
#include <solv/repo.h>

/*
 * What the modules of the package MODULE want of a kernel: "kernel(x) = 0x…". The modules are read; where
 * they cannot be, its requires say so. Borrowed; NULL: no package of modules, or nothing is known of it.
 */
const GPtrArray *gate_wanted(struct gate *gate, Solvable *module);
