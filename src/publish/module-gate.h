/* SPDX-License-Identifier: GPL-2.0-or-later */
/* publish: what modules users would lose by a publication. */
#pragma once

#include "publish/publish.h"

struct ksig_module_gate {
	const char *root;               /* the published tree */
	char **beside;                  /* packages that users have from elsewhere; NULL: none */
	const char *const *accept_loss; /* names of modules that may be lost; NULL: none */
	const char *workspace;          /* whose catalog knows the symbols of kernels, if there is one */
	bool strict;                    /* what comes and cannot be judged is refused */
	GPtrArray *unjudged; /* gets char *, "NEVRA: why" of what could not be judged; NULL: untold */
};

/* A ksig_publish_gate_fn, DATA such a gate: each repository that gets packages, against what it has. */
ksig_publish_gate_fn ksig_publish_module_gate;

/* The binary packages in the files and folders PATHS (NULL: none), NULL-ended. */
GPtrArray *ksig_publish_package_files(char **paths);
