/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"

/* Takes what a package file holds, or what of a dnf repository is for this machine. */
bool client_source_package(ksig_client *client, const char *path, char **out_id, GError **error);
bool client_source_repository(ksig_client *client, const char *source, char **out_id, GError **error);
