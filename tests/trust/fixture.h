/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of trust and live stand on: throw-away keys and certificates, packages built by rpmbuild and
 * signed with them. All is made in one folder that goes with the program.
 */
#pragma once

#include "trust/trust.h"

/* NULL: all needed programs are here; else the reason to skip. */
const char *fixture_missing(void);

/* The folder of this run, made at the first call. */
const char *fixture_folder(void);
void fixture_remove(void);

/* gpg's folder with all secret keys made so far. */
const char *fixture_home(void);

/* Makes OpenPGP key NAME; AT (gpg's --faked-system-time, may be NULL) and EXPIRES ("0", "1y"). */
void fixture_key(const char *name, const char *at, const char *expires);
/* The public key's file. */
char *fixture_public(const char *name);
/* Publishes the owner's revocation of NAME in its public file. */
void fixture_revoke(const char *name);
/* Makes a self-signed certificate NAME with its key: NAME.pem, NAME.key. */
void fixture_certificate(const char *name);

/* Builds NAME-1-1.noarch.rpm with one file of CONTENT (LENGTH -1: a string), unsigned; gives its path. */
char *fixture_package(const char *name, const char *file, const char *content, gssize length);
/* A copy of the package PATH, signed with KEY (NULL: not signed). */
char *fixture_sign_package(const char *path, const char *key, const char *at);
/* A copy of PATH with the byte at OFFSET (from the end, if negative) turned over. */
char *fixture_damage(const char *path, gssize offset);
/* Where MARKER first stands in the file PATH. */
gssize fixture_find(const char *path, const char *marker);

/* A detached signature of DATA by KEY. */
GBytes *fixture_sign(const char *key, const char *at, GBytes *data);

/* Runs ARGV; a failure ends the test. */
void fixture_run(const char *const *argv);
