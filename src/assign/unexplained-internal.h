/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no candidate explains. */
#pragma once

#include "assign/assign.h"

/* Cuts what has no owner yet into vendor parts. */
bool unexplained_cut(ksig_assignment *assignment, const ksig_entry_set *entries, GError **error);
