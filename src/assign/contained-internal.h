/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Candidates that are believed, and own nothing. */
#pragma once

#include "assign/assign.h"

/*
 * Takes the parts of candidates that own no line and no file out of ASSIGNMENT. Those of which history says
 * why nothing of them is left become its CONTAINED; the prehistory of an import is named by the import. Once,
 * when lines are divided and counted.
 */
void contained_take_out(ksig_assignment *assignment, const ksig_rounds *rounds,
			const ksig_import_set *imports, float threshold);
