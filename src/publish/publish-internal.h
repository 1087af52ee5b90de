/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/publish.h"

/* The repositories of PACKAGES, "9/x86_64/" and so on, sorted. */
GPtrArray *publication_prefixes(GPtrArray *packages);
/* Packages below PREFIX. */
GPtrArray *publication_packages(GPtrArray *packages, const char *prefix);
