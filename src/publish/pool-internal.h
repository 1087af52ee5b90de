/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

char *repo_string_hash(const char *data, gsize length_bytes);
/* Takes the file into ROOT/pool, if it is not there, and gives its SHA-256 and its path there. */
bool repo_pool_add(const char *root, const char *path, char **out_sha256, char **out_path, GError **error);
char *repo_pool_path(const char *root, const char *sha256);
/* Removes what no generation links to. */
bool repo_pool_prune(const char *root, GError **error);
/* A second name for a file, in folders that are made; a name that is there stays. */
bool repo_link(const char *from, const char *to, GError **error);
