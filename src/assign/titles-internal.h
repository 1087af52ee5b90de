/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Titles of what no changelog entry names: where it is, and what changes: functions, or how much. At most 72
 * letters, each once.
 */
#pragma once

#include "assign/groups-internal.h"

/* Gives each group that has pieces and no subject one. */
void titles_give(struct grouping *grouping);

/* Whether FUNCTION of the file at PATH is one: prose and Kconfig have words where C has functions. */
bool title_is_function(const char *path, const char *function);
