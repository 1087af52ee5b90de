/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of roles and refusals, and trust_refuse(), through which every refusal goes. */
#pragma once

#include "trust/trust.h"

/* OpenSSL's errors as ours; returns false. */
bool trust_openssl_error(GError **error, enum ksig_error code, const char *what);

/* Sets the refusal and a negative answer; returns false. */
bool trust_refuse(struct ksig_trust_verdict *out, enum ksig_refusal refusal, GError **error,
		  const char *format, ...) G_GNUC_PRINTF(4, 5);
