/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An import in the catalog. */
#pragma once

#include "breakdown/work-internal.h"

/* The commits of IMPORT's prehistory, a line each. Free with g_free(). */
char *record_import_purpose(const struct ksig_work *work, const struct ksig_match_import *import);

/* Why the patch is that prehistory. */
bool record_say_import(struct ksig_work *work, int64_t patch_id, const struct ksig_match_import *import,
		       GError **error);

/* Names the import that PART may have come with. */
bool record_say_label(struct ksig_work *work, int64_t patch_id, const struct ksig_part *part, GError **error);

/* Adds the keys of what the imports among PATCHES contain to KEYS. */
bool record_add_contained(ksig_catalog *catalog, const GPtrArray *patches, GHashTable *keys, GError **error);
