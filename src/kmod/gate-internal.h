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
