/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/xmlrpc-internal.h"

#include <json-glib/json-glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	gint64 fault = 0;
	g_autoptr(JsonNode) node = xmlrpc_reply((const char *) data, (gssize) size, &fault, &error);

	g_assert_true((node != NULL) == (error == NULL));
	return 0;
}
