/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of a Koji hub: HTTP by libcurl, XML by libxml2, values as JSON. */
#pragma once

#include "engine/engine-internal.h"

/* ---- XML-RPC (xmlrpc.c) -------------------------------------------------------------------------- */

enum {
	XMLRPC_LIMIT_BYTES = 64 << 20,
	XMLRPC_LIMIT_DEPTH = 64,
};

/* A call of METHOD with PARAMETERS, as XML. */
char *xmlrpc_request(const char *method, JsonArray *parameters);

/*
 * The value in a reply. Integers, strings, booleans, doubles, nil, arrays and structs become what they are in
 * JSON; base64 and dates stay strings. A fault is an error of class negative, its code in OUT_FAULT (0: no
 * fault); anything else that is wrong is an input error.
 */
JsonNode *xmlrpc_reply(const char *xml, gsize length_bytes, gint64 *out_fault, GError **error);

/* ---- HTTP (koji-http.c) -------------------------------------------------------------------------- */

struct koji_http_options {
	const char *certificate;      /* PEM of the client, key included; NULL: none */
	const char *server_authority; /* PEM of who signs the hub's certificate; NULL: the system's */
	bool negotiate;               /* Kerberos */
	const char *const *headers;   /* NULL-ended; NULL: none */
	const char *content_type;
};

/* Posts, and gives what came back with a status of 200. Anything else is an environment error: try again,
 * unless it is OUT_FINAL (written in any case). */
GBytes *koji_http_post(const char *url, const struct koji_http_options *options, GBytes *body,
		       bool *out_final, GError **error);

/* Fetches URL into the file PATH, exactly SIZE_BYTES. */
bool koji_http_get(const char *url, const struct koji_http_options *options, const char *path,
		   guint64 size_bytes, GError **error);

/* ---- a session (koji-session.c, koji-config.c) ---------------------------------------------------- */

struct koji_config {
	char *server, *topurl;
	char *authtype; /* "ssl", "kerberos", "password", "noauth"; NULL: ssl if there is a certificate */
	char *cert, *serverca;
	char *user, *password;
};
/* Section PROFILE of /etc/koji.conf, /etc/koji.conf.d, ~/.koji/config and ~/.koji/config.d, later ones
 * winning. */
bool koji_config_load(const char *profile, struct koji_config *config, GError **error);
void koji_config_clear(struct koji_config *config);

typedef struct {
	struct koji_config config;
	char *session_id, *session_key;
	gint64 callnum;
	gint64 user_id;
	unsigned retry_ms; /* the first pause; doubles */
	guint64 limit;     /* of builds at one time, see koji_limit_ask(); 0: not asked yet */
} koji_session;

/* Faults that a caller tells apart. */
enum {
	KOJI_FAULT_AUTH_EXPIRED = 1007,
	KOJI_FAULT_RETRY = 1009, /* the hub did this call before, and the reply was lost */
	KOJI_FAULT_OFFLINE = 1014,
};

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

enum { KOJI_NO_LIMIT = G_MAXINT32 };
/* How many builds the hub has room for at one time; at least 1 (koji-limits.c). */
bool koji_limit_ask(koji_session *session, guint64 *out_builds, GError **error);

/* Uploads the file PATH to FOLDER/NAME of the hub's work area; what is there is replaced. */
bool koji_upload(koji_session *session, const char *path, const char *folder, const char *name,
		 GError **error);

/* Parameters: koji_parameters("si", "string", (gint64) 1) and so on; "N" adds a JsonNode, "n" nil. */
JsonArray *koji_parameters(const char *format, ...);
/* The keyword arguments of a call, as the hub takes them: a last struct with a mark. Taken over. */
void koji_add_keywords(JsonArray *parameters, JsonObject *keywords);

/* ---- what was built (koji-result.c) -------------------------------------------------------------- */

/* Fetches the packages that the task of job INDEX built, and puts them where a worker's result is. */
bool koji_result_take(ksig_engine *engine, koji_session *session, guint index, GError **error);
