/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* What BUILDER made, indented, with a newline at its end; to g_free(). */
char *ksig_kmod_json_text(JsonBuilder *builder);
