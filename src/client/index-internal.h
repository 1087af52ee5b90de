/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"
#include "live/index.h"

bool client_index_keep(ksig_client *client, const char *provider, GBytes *bytes, GError **error);
/* What is kept of a provider's index. LOST: one was seen, and what is there now is none, damaged, or older.
 */
enum client_kept { CLIENT_KEPT_NONE, CLIENT_KEPT, CLIENT_KEPT_LOST };
enum client_kept client_index_kept(ksig_client *client, const char *provider, ksig_live_index *index);
/* The highest revision of PROVIDER's index that this machine saw, by its state or by what is kept. */
gint64 client_index_seen(ksig_client *client, const char *provider);
/* Whether the ring that ID is released to reaches this machine. */
bool client_index_reaches(ksig_client *client, const ksig_live_index *index, const char *id);
