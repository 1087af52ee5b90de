/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Digests of whole files, by OpenSSL. */
#pragma once

#include "tree/tree.h"

/* The SHA-1 of what FD has from where it stands on, 20 bytes; NAME stands in the messages. */
bool ksig_digest_sha1(int fd, const char *name, uint8_t *out_digest, GError **error);

/* The SHA-256 of the file at PATH, in hexadecimal; free with g_free(). */
char *ksig_digest_file(const char *path, GError **error);
