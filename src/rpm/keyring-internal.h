/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpm/keyring.h"
#include "rpm/gpgme-internal.h"

#include <rpm/rpmkeyring.h>
#include <rpm/rpmts.h>

struct ksig_keyring {
	rpmKeyring rpm;
	rpmts ts;             /* asks RPM about packages, with these keys; NULL: not yet */
	ksig_scratch *home;   /* a GNUPGHOME of our own */
	gpgme_ctx_t context;  /* on it: each asks gpg for its version first */
	GPtrArray *keys;      /* of ksig_key */
	GByteArray *packets;  /* all certificates, for gpg as soon as there is data to look at */
	gsize imported_bytes; /* so much of them gpg has */
	GPtrArray *skipped;   /* of char * */
};

/* gpg knows all the keys: its home and context are ready to verify data. */
bool keyring_import(ksig_keyring *keyring, GError **error);
