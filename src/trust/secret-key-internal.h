/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secret keys. */
#pragma once

#include "trust/trust-internal.h"
#include "trust/trust.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* A PEM file, or a key on a PKCS#11 token by its URI. */
EVP_PKEY *trust_secret_key_read(const char *name, GError **error);
