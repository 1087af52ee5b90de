/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"
#include "live/manifest.h"

bool client_preflight(ksig_client *client, const ksig_live_manifest *manifest, gint64 seen, GError **error);
bool client_is_applied(ksig_client *client, const ksig_live_manifest *manifest);
/* What finit_module() means by its errno. */
const char *client_load_meaning(int errnum);
/* The name (without revision) of the patch that we loaded as MODULE; NULL: it is not ours. */
const char *client_name_of(const ksig_client *client, GPtrArray *manifests, const char *module);
