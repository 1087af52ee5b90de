/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The assignments of a shell script: quotes, continued lines and words set before are understood, nothing is
 * run. */
#pragma once

#include "base/base.h"

struct draft_assignment {
	char *name;       /* "MAKE" */
	char *index;      /* "0", "$i"; "" without */
	char *value;      /* without quotes, words expanded */
	bool conditional; /* below an "if" */
};

/* The assignments (struct draft_assignment) of TEXT, in order; those below "if" and "case" are marked. */
GPtrArray *draft_shell_read(const char *text);

/* What NAME means: dkms's word, or the last of ASSIGNMENTS; borrowed. NULL: nothing. */
const char *draft_shell_value(const GPtrArray *assignments, const char *name);

/* A letter of a variable's name. */
bool draft_shell_is_letter(char letter);

/* TEXT with "`…`" for the commands whose output would stand in it; to g_free(). */
char *draft_shell_plain(const char *text);
