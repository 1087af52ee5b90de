/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one package is. */
#pragma once

#include "kmod/gate.h"

#include <solv/pool.h>
#include <solv/repo.h>

const char *gate_name(Pool *pool, const Solvable *solvable);

/* The parts that a kernel is split into, by the end of the package's name; NULL: it is none of them. */
const char *gate_part_of(const char *package);

/* OUT is initialised here. */
void gate_dependencies(Solvable *solvable, Id key, Queue *out);

/* One that dnf keeps several versions of. */
bool gate_is_kernel(Pool *pool, Solvable *solvable);
