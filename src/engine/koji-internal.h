/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of a Koji hub: HTTP by libcurl, XML by libxml2, values as JSON. */
#pragma once

#include "engine/engine-internal.h"

struct koji_config {
	char *server, *topurl;
	char *authtype; /* "ssl", "kerberos", "password", "noauth"; NULL: ssl if there is a certificate */
	char *cert, *serverca;
	char *user, *password;
};
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

enum { KOJI_NO_LIMIT = G_MAXINT32 };
