/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What specs for an older rpm say and a newer one refuses, in words that it takes. */
#pragma once

#include "rpm/rpm.h"

/*
 * TEXT, a spec for an older rpm, as this one reads it, NULL where TEXT is no text; and the macros that it
 * then needs, for the process that parses it.
 */
char *spec_older_text(const char *text);
void spec_older_macros(const char *text);
