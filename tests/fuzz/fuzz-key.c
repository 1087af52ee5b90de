/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and signatures: certificates; the PKCS#7 of a module. */
#include "trust/key-internal.h"
#include "trust/trust-internal.h"

#include <openssl/x509.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ksig_trust *trust;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
	g_autofree char *text = g_strndup((const char *) data, size);
	struct ksig_trust_verdict verdict = {0};

	X509_free(trust_certificate_parse("fuzz", text, size, NULL));
	if (!trust)
		trust = trust_new("/nonexistent");
	ksig_trust_check_module(trust, "fuzz", "fuzz", bytes, &verdict, NULL);
	ksig_trust_verdict_clear(&verdict);
	return 0;
}
