/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state folder. */
#pragma once

#include "engine/engine-internal.h"
#include "engine/engine.h"

#include <json-glib/json-glib.h>

/* state.c */
char *job_path(const char *state, const char *hash, const char *name);
char *result_path(const char *state, const char *hash, const char *name);
bool result_is_there(const char *state, const char *hash);
bool state_prepare(const ksig_engine *engine, GError **error);
bool status_load(ksig_engine *engine, guint index, GError **error);
bool status_save(const ksig_engine *engine, guint index, GError **error);
JsonObject *json_object_read(const char *path, GError **error);
bool json_object_write(const char *path, JsonObject *object, GError **error);
