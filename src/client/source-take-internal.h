/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/source-index-internal.h"
#include "live/manifest.h"

enum { CLIENT_TAKING_FILES = 5 };

/* A patch that is being taken: its manifest was read and found good. */
typedef struct client_taking {
	ksig_live_manifest *manifest;
	GBytes *files[CLIENT_TAKING_FILES]; /* NULL: an optional one that is not there, or not good */
} client_taking;
void client_taking_clear(client_taking *taking);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(client_taking, client_taking_clear)

/* Takes the manifest of ID if its livepatch key is good and it is for the kernel BUILD (NULL: for any). A
 * failure that sets no error: it is for another kernel. INDEX and ID NULL: SOURCE is the patch's folder. */
bool client_taking_look_at(ksig_client *client, const client_source_index *index, const char *source,
			   const char *id, const char *build, client_taking *taking, GError **error);
/* Reads and checks the rest of it, and puts it as a whole into FOLDER/ID. */
bool client_taking_put(ksig_client *client, const client_source_index *index, const char *source,
		       const char *folder, client_taking *taking, GError **error);

/* Takes the folder of one patch, if it is for the running kernel and its manifest is good. */
bool client_source_take(ksig_client *client, const char *source, char **out_id, GError **error);
