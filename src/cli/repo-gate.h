/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: what stands between packages and their publication, put together of kmod and live. */
#pragma once

#include "rpm/rpm.h"

struct ksig_publication_gate {
	const char *root;               /* the published tree */
	char **beside;                  /* packages that users have from elsewhere; NULL: none */
	const char *const *accept_loss; /* names of modules that may be lost; NULL: none */
	const char *workspace;          /* whose catalog knows the symbols of kernels, if there is one */
};

/* A ksig_rpm_repo_gate_fn, DATA such a gate: each repository that gets packages, against what it has. */
ksig_rpm_repo_gate_fn ksig_publication_gate;

/* The binary packages in the files and folders PATHS (NULL: none), NULL-ended. */
GPtrArray *ksig_command_package_files(char **paths);
