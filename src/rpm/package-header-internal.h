/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

#include <rpm/header.h>
#include <rpm/rpmio.h>
#include <rpm/rpmpgp.h>

/* The package file PATH, opened to be read; to Fclose(). NULL: an environment error. */
FD_t rpm_package_open(const char *path, GError **error);

/* The header of the package file PATH with what stands before it, unproved; to headerFree(). */
Header rpm_package_header(const char *path, GError **error);

/* Calls TAKE with each OpenPGP signature that HEADER has, of rpm 4's kinds and of rpm 6's. */
typedef void rpm_packets_fn(const void *packets, size_t length, void *data);
void rpm_package_signatures(Header header, rpm_packets_fn *take, void *data);

/* PACKETS as OpenPGP has them, and in 16 hex digits whose they say they are; NULL: they are damaged. */
pgpDigParams rpm_signature_parse(const void *packets, size_t length, char **out_key_id);
