/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

#include <json-glib/json-glib.h>

/* "issued": now */
void live_json_now(JsonBuilder *builder);
/* The document of BUILDER in OUT_BYTES; returns its signature. */
GBytes *live_json_sign(JsonBuilder *builder, const char *home, const char *key, GBytes **out_bytes,
		       GError **error);
/* PATH and PATH.asc */
bool live_json_write_signed(const char *path, JsonBuilder *builder, const char *home, const char *key,
			    GError **error);
