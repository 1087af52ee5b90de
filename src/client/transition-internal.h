/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"
#include "live/manifest.h"

enum client_outcome { CLIENT_APPLIED, CLIENT_REFUSED, CLIENT_REVERSED, CLIENT_STUCK };
/* Loads MANIFEST's module and watches its transition; what is not CLIENT_APPLIED has set ERROR. */
enum client_outcome client_load(ksig_client *client, const ksig_live_manifest *manifest, GError **error);
/* Takes out all that is ours, or leaves it as it was. */
bool client_disable_all(ksig_client *client, GError **error);
/* Unloads modules that a newer patch replaced; under their name no older copy could be loaded. */
void client_unload_stale(ksig_client *client, const char *except);
/* Notes that a transition neither ends nor turns around. */
void client_stuck(ksig_client *client, const ksig_live_manifest *manifest);
/* What became of a patch that an earlier run left loading, by what the kernel says. False: it is still
 * moving. */
bool client_settle(ksig_client *client, GError **error);
