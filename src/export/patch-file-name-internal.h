/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a subject as the name of a file may have them. */
#pragma once

#include "export/export.h"

/* "net-fix-a-leak": letters, digits and single dashes of WORDS, so that it may be a file's name; may be
 * empty. */
char *ksig_export_slug(const char *words);
