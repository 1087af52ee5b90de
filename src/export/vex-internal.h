/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "export/vex.h"

#include <json-glib/json-glib.h>

/* The package URL of the revision. Free with g_free(). */
char *vex_purl(const struct ksig_export_vex *vex);

/* The words behind a verdict. */
const char *vex_words(const struct ksig_cve_verdict *verdict);

/* What BUILDER has made, indented, with a newline. Free with g_free(). */
char *vex_finish(JsonBuilder *builder);
bool vex_put(JsonBuilder *builder, FILE *stream, const char *name, GError **error);
