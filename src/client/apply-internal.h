/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"

/* Revisions below SEEN are refused. */
bool client_apply(ksig_client *client, const char *id, gint64 seen, GError **error);
