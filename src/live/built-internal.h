/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a build made, and the time of each of its steps. */
#pragma once

#include "live/live.h"

/* A build while it runs. */
struct live_build {
	const struct ksig_live_build_options *options;
	ksig_live_built *built;
	char *tree; /* absolute */
	char *scratch;
	char *tools, *hook;
	char *symvers;
	bool klp;           /* by klp-build, which asks for less */
	GPtrArray *paths;   /* of char *: files that the patches touch */
	GPtrArray *objects; /* of char *: "fs/proc/cmdline.o" */
	bool unsound;       /* the fast way would miss objects that a full build does not */
	gint64 started;     /* of the current step */
};

ksig_live_built *live_built_new(void);

/* Ends the step that runs, as NAME. */
void live_step(struct live_build *build, const char *name);
