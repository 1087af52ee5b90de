/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig show --cve and --features, in files of their own. */
#pragma once

#include "catalog/catalog.h"

/*
 * Prints how the revision LABEL (NULL: the last) stands to CVE. The exit status is 0 for fixed and not
 * affected, 1 for affected and unknown.
 */
int ksig_show_cve(ksig_catalog *catalog, const char *cve, const char *records, const char *label,
		  enum ksig_format format, GError **error);

/* Prints what each feature of the model adds to PATCH's confidence; one without features is a negative
 * answer. */
bool ksig_show_features(ksig_catalog *catalog, const struct ksig_patch *patch, enum ksig_format format,
			GError **error);
