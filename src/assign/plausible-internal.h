/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "assign/groups-internal.h"

/*
 * Whether ENTRY can be about so many lines: a fix of one thing is small, and a driver's update is not. Words
 * tell which it is.
 */
bool entry_is_plausible(const struct ksig_changelog_entry *entry, uint64_t lines);

/* The functions and other symbols that SUBJECT names: "f()", and long words with an underscore. */
GStrv entry_symbols(const char *subject);
