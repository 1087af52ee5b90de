/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Imports: many candidates, one part. */
#pragma once

#include "assign/assign.h"

/* Makes one part of the parts that an import contains, in the place of the last. */
void merge_imports(ksig_assignment *assignment, const ksig_rounds *rounds, const ksig_import_set *imports);
