/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan of jobs as JSON, written and read. */
#pragma once

#include "engine/engine.h"

#include <json-glib/json-glib.h>

/* plan.c */
void plan_put_strings(JsonObject *object, const char *name, char **strings);
struct ksig_job *job_from_json(JsonObject *object, GError **error);
JsonObject *job_to_json(const struct ksig_job *job);
void job_free(struct ksig_job *job);
char *json_print(JsonObject *object);
