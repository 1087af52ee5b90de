/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"
#include "live/index.h"

bool client_index_keep(ksig_client *client, const char *provider, GBytes *bytes, GError **error);
/* False: none is kept, or it cannot be read. */
bool client_index_kept(ksig_client *client, const char *provider, ksig_live_index *index);
/* Whether the ring that ID is released to reaches this machine. */
bool client_index_reaches(ksig_client *client, const ksig_live_index *index, const char *id);
