/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"

/* Takes the folder of one patch, if it is for the running kernel and its manifest is good. */
bool client_source_take(ksig_client *client, const char *source, char **out_id, GError **error);
