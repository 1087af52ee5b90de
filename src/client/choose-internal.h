/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"
#include "live/manifest.h"

/* The clock that dates of documents are held against. */
gint64 client_now(const ksig_client *client);
/* Why MANIFEST is not for this machine, whoever asks: blocked, halted, below the repository's minimum. */
char *client_forbidden(ksig_client *client, const ksig_live_manifest *manifest);
/* Why MANIFEST is not what this machine takes of its own accord: ring, hold-back, cut-off, pin; NULL: it is.
 */
char *client_held(ksig_client *client, const ksig_live_manifest *manifest);
ksig_live_manifest *client_choose(ksig_client *client, GError **error);
