/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP for the hub, by libcurl, and libcurl's errors as ours. */
#pragma once

#include "engine/engine-internal.h"

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
