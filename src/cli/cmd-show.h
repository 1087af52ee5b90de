/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig show --cve, in a file of its own. */
#pragma once

#include "catalog/catalog.h"

/*
 * Prints how the revision LABEL (NULL: the last) stands to CVE. The exit status is 0 for fixed and not
 * affected, 1 for affected and unknown.
 */
int ksig_show_cve(ksig_catalog *catalog, const char *cve, const char *records, const char *label,
		  enum ksig_format format, GError **error);
