/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

#include <gpgme.h>

typedef struct gpgme_context gpgme_context_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gpgme_context_auto, gpgme_release)
typedef struct gpgme_data gpgme_data_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gpgme_data_auto, gpgme_data_release)

bool openpgp_error(GError **error, gpgme_error_t reason, enum ksig_error code, const char *what);
/* HOME NULL: the user's. */
gpgme_ctx_t openpgp_context_new(const char *home, GError **error);
gpgme_data_t openpgp_data_of(GBytes *bytes);
/* Takes DATA. */
GBytes *openpgp_data_to_bytes(gpgme_data_t data);
