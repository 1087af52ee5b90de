/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"
#include "live/index.h"

/* An index whose signature is good, with its bytes as they were read. */
typedef struct client_source_index {
	ksig_live_index index;
	GBytes *bytes, *signature;
} client_source_index;

/* Reads SOURCE's index into INDEX, which is all zero. A failure leaves it to be cleared, too. */
bool client_source_index_open(ksig_client *client, const char *source, client_source_index *index,
			      GError **error);
void client_source_index_clear(client_source_index *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(client_source_index, client_source_index_clear)

/* Whether INDEX names FILE of the patch ID. INDEX NULL: whether it stands in the folder SOURCE. */
bool client_source_has(const client_source_index *index, const char *source, const char *id,
		       const char *file);
/* FILE of the patch ID (NULL: SOURCE is the patch's folder), if it is the one that INDEX names. INDEX NULL:
 * as it is. */
GBytes *client_source_file(const client_source_index *index, const char *source, const char *id,
			   const char *file, GError **error);
