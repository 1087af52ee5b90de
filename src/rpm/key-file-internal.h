/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/*
 * The OpenPGP certificates (public keys with all that belongs to them) in DATA, each as GBytes of its
 * packets: any number of armoured blocks, each with any number of keys, or binary. Versions that nobody here
 * reads are left out; SKIPPED gets a line for each. A secret key, what is no part
 * of a key, and packets that do not end where they say, are an input error.
 */
GPtrArray *key_file_split(const char *what, GBytes *data, GPtrArray *skipped, GError **error);

/* CERTIFICATE without revocations: librpm 4 takes one that has them for damaged, so that nothing counts that
 * its other keys sign. Who is revoked is known from gpg. */
GBytes *key_file_without_revocations(GBytes *certificate);
