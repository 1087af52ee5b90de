/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A key's file. */
#pragma once

#include "trust/trust-internal.h"
#include "trust/trust.h"

#include <openssl/x509.h>

/* What the key's file, DATA, says: fingerprints, dates, whether its owner revoked it. DATA ends in a NUL. */
bool trust_key_load(ksig_trust *trust, struct ksig_trust_key *key, const char *data, gsize length,
		    GError **error);

/* X.509, in PEM or DER; DATA ends in a NUL. */
bool trust_is_certificate(const char *data, gsize length);
X509 *trust_certificate_parse(const char *what, const char *data, gsize length, GError **error);
X509 *trust_certificate_of(const char *what, GBytes *file, GError **error);
X509 *trust_certificate_read(const char *path, GError **error);
