/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of JSON objects. Text that is not UTF-8 is made so. What is absent: reports, whose readers know
 * every member, say null (ksig_json_add()); documents, in which a member is a statement, leave it out
 * (ksig_json_add_if()).
 */
#pragma once

#include "base/base.h"

#include <json-glib/json-glib.h>

/* TEXT NULL: null. */
void ksig_json_add(JsonBuilder *builder, const char *name, const char *text);

/* TEXT NULL: no member. */
void ksig_json_add_if(JsonBuilder *builder, const char *name, const char *text);

void ksig_json_add_number(JsonBuilder *builder, const char *name, gint64 number);
void ksig_json_add_real(JsonBuilder *builder, const char *name, double number);
void ksig_json_add_boolean(JsonBuilder *builder, const char *name, bool value);

/* An array of LIST, NULL-ended, or of STRINGS (char *); of none (NULL), an empty one. */
void ksig_json_add_list(JsonBuilder *builder, const char *name, const char *const *list);
void ksig_json_add_strings(JsonBuilder *builder, const char *name, const GPtrArray *strings);
