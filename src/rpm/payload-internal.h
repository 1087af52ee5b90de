/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payloads of packages, apart from what reads specs. */
#pragma once

#include "rpm/rpm.h"

/* libarchive's complaint about the payload of PATH. Returns false. */
bool srpm_payload_error(GError **error, struct archive *payload, const char *path);
