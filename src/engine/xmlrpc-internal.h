/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XML-RPC (xmlrpc.com/spec.md, with the <nil/> and <i8> that Koji's hub uses), parsed by libxml2. */
#pragma once

#include "engine/engine-internal.h"

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
