/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

#include <json-glib/json-glib.h>

/* Members of signed documents; NULL text is left out */
void live_json_text(JsonBuilder *builder, const char *name, const char *value);
void live_json_number(JsonBuilder *builder, const char *name, gint64 value);
void live_json_list(JsonBuilder *builder, const char *name, const char *const *list);
/* "issued": now */
void live_json_now(JsonBuilder *builder);
/* The document of BUILDER in OUT_BYTES; returns its signature. */
GBytes *live_json_sign(JsonBuilder *builder, const char *home, const char *key, GBytes **out_bytes,
		       GError **error);
/* PATH and PATH.asc */
bool live_json_write_signed(const char *path, JsonBuilder *builder, const char *home, const char *key,
			    GError **error);
