/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of signatures (gpg's of data, librpm's of packages) share with their judgement. */
#pragma once

#include "rpm/keyring.h"

void signature_free(gpointer signature);

/* The name of hash NUMBER, static: OpenPGP's numbers (RFC 9580, 9.5), which GPGME and librpm use. NULL for
 * none. */
const char *signature_hash_name(unsigned number);

/* Seconds since 1970. */
gint64 signature_clock(void);

/* Sets ERROR to FAULT of SIGNATURE of WHAT, in words; false. */
bool signature_refuse(const ksig_signature *signature, enum ksig_fault fault, const char *what,
		      GError **error);
