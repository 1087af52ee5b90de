/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Imports: many candidates, one part. */
#pragma once

#include "assign/assign.h"

/* Labels the parts of an import, and makes one part of its prehistory's, in the place of the last. */
void merge_imports(ksig_assignment *assignment, const ksig_rounds *rounds, const ksig_import_set *imports);
