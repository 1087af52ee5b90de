/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All copies of an object that git may take when it reads a store, each compared with its name. */
#pragma once

#include "tree/tree.h"

typedef struct ksig_copies ksig_copies;

/* STORE is its path; what it is attached to now is known. */
ksig_copies *ksig_copies_new(const char *store);
void ksig_copies_free(ksig_copies *copies);

/*
 * Reads all copies of ID. A copy that is another object, or cannot be read, is an error that names its
 * folder. OUT_CONTENT (unref it; NULL: not wanted) is what a copy has if it is of type WANTED, else NULL, as
 * it is if there is none.
 */
bool ksig_copies_read(ksig_copies *copies, const git_oid *id, git_object_t wanted, GBytes **out_content,
		      GError **error);
