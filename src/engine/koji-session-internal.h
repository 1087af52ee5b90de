/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session with a hub. */
#pragma once

#include "engine/koji-internal.h"
#include "engine/engine-internal.h"

koji_session *koji_session_open(const char *profile, GError **error);
void koji_session_free(koji_session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(koji_session, koji_session_free)

/*
 * Calls METHOD; PARAMETERS is taken over. What the network does to it is tried again under the same number,
 * so that the hub does it once. OUT_FAULT (may be NULL) as for xmlrpc_reply(). If the hub did it and the
 * reply was lost: KOJI_FAULT_RETRY for a caller that has OUT_FAULT; for one that has not, the call is made
 * anew.
 */
JsonNode *koji_call(koji_session *session, const char *method, JsonArray *parameters, gint64 *out_fault,
		    GError **error);

/* Uploads the file PATH to FOLDER/NAME of the hub's work area; what is there is replaced. */
bool koji_upload(koji_session *session, const char *path, const char *folder, const char *name,
		 GError **error);

/* Parameters: koji_parameters("si", "string", (gint64) 1) and so on; "N" adds a JsonNode, "n" nil. */
JsonArray *koji_parameters(const char *format, ...);

/* The keyword arguments of a call, as the hub takes them: a last struct with a mark. Taken over. */
void koji_add_keywords(JsonArray *parameters, JsonObject *keywords);
