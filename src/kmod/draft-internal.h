/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recipe is drafted from, as it is read off a source. */
#pragma once

#include "kmod/draft.h"

/* A run of make, as the source's own packaging says it. */
struct draft_pass {
	char *directory;    /* below the source; "." */
	bool own;           /* by the source's makefiles, not the kernel's */
	GString *arguments; /* words, in the recipe's form */
	GString *targets;
};

struct draft {
	char *name, *version, *summary, *license, *url; /* NULL: not found */
	char *kernels, *architectures, *configure;      /* NULL: not said */
	const GPtrArray *given; /* options that packaging sets while makefiles are read; NULL: it sets none */
	GHashTable *strips;     /* of PATCHES, how many folders of its paths are left out; as it is not 1 */
	GPtrArray *modules, *directories, *options, *patches; /* char *; each once */
	GPtrArray *passes; /* of struct draft_pass; empty: one a directory */
	GPtrArray *notes;  /* char *: what a reader has to look at */
	guint files;
};
