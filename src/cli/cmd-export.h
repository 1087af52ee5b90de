/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig export openvex, csaf, osv, and site: in files of their own. */
#pragma once

#include "export/vex.h"
#include "tree/tree.h"

/*
 * Writes FORM ("openvex", "csaf", "osv") of how the revision LABEL (NULL: the last) stands to TARGET (NULL:
 * standard output); VEX has what the options say. Returns the exit status.
 */
int ksig_export_vex_form(ksig_catalog *catalog, const char *form, const char *label, const char *records,
			 struct ksig_export_vex *vex, const char *target, GError **error);

struct ksig_site_arguments {
	gboolean no_missing;
	gboolean no_raw;
	gboolean pairs;
	gboolean against_upstream;
	char **links; /* NAME=URL */
	char **blame; /* paths */
	char *url;
	const char *records;
};

/* Writes the web site to TARGET. Returns the exit status. */
int ksig_export_site_form(ksig_catalog *catalog, ksig_store *store,
			  const struct ksig_site_arguments *arguments, const char *target, GError **error);
