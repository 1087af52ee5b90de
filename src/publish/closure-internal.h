/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/verify-internal.h"

/* Unmet dependencies of the metadata at PRIMARY and FILELISTS. */
bool repo_closure(struct repo_verify *verify, const char *where, const char *primary, const char *filelists,
		  GError **error);
