/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/verify.h"

void repo_finding(GPtrArray *findings, bool good, const char *check, const char *subject,
		  const char *message);
void repo_finding_free(gpointer finding);
