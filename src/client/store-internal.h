/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"
#include "live/manifest.h"

char *client_path(const ksig_client *client, const char *first, ...) G_GNUC_NULL_TERMINATED;
char *client_store(const ksig_client *client, const char *id, const char *file);
ksig_live_manifest *client_manifest(const ksig_client *client, const char *id, GError **error);
/* Manifests in the store that are for build id BUILD, newest last. */
GPtrArray *client_manifests(const ksig_client *client, const char *build);
bool client_is_tested(ksig_client *client, const ksig_live_manifest *manifest);
/* Whether trust accepts the patch in the store. SEEN: revisions below are refused; module signature as the
 * kernel. */
bool client_accepts(ksig_client *client, const char *id, gint64 seen, GError **error);
