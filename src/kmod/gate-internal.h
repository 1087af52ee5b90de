/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kmod/gate.h"

#include <solv/pool.h>
#include <solv/repo.h>

struct gate {
	Pool *pool;
	Repo *installed, *available;
	ksig_catalog *catalog;
	GPtrArray *losses;
	GPtrArray *unjudged; /* char *, packages of modules and why they could not be judged */
	GHashTable *paths;   /* Id of a solvable -> const char *, its package file */
	GHashTable *wanted;  /* Id of a solvable -> GPtrArray of char *, what gate_wanted() found */
};

/*
 * What the modules of the package MODULE want of a kernel: "kernel(x) = 0x…". The modules are read; where
 * they cannot be, its requires say so. Borrowed; NULL: no package of modules, or nothing is known of it.
 */
const GPtrArray *gate_wanted(struct gate *gate, Solvable *module);

const char *gate_name(Pool *pool, const Solvable *solvable);
/* The parts that a kernel is split into, by the end of the package's name; NULL: it is none of them. */
const char *gate_part_of(const char *package);
/* OUT is initialised here. */
void gate_dependencies(Solvable *solvable, Id key, Queue *out);
/* One that dnf keeps several versions of. */
bool gate_is_kernel(Pool *pool, Solvable *solvable);

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
