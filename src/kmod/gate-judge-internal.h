/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which modules the newest kernel of each line would not load. */
#pragma once

#include "kmod/gate-internal.h"
#include "kmod/gate.h"

#include <solv/pool.h>
#include <solv/repo.h>

/* Kernels that follow one another: "kernel" of kernel-core, "kernel-lt" of kernel-lt-modules. EVR: its
 * newest. */
struct gate_line {
	char *name;
	Id evr;
};

/* The lines of the kernels in SET, each with the newest that is there. */
GPtrArray *gate_lines(Pool *pool, const Queue *set);
bool gate_in_line(Pool *pool, Solvable *solvable, const struct gate_line *line);

/* True if it is a package of the newest kernel of LINE. */
bool gate_is_newest(Pool *pool, Solvable *solvable, const struct gate_line *line);

/* Adds to GATE's losses what users had and the newest kernels in AFTER do not load. */
void gate_judge(struct gate *gate, const Queue *after, GPtrArray *lines);
