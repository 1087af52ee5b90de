/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);

	ksig_trust_document_free(ksig_trust_document_parse("fuzz", bytes, NULL));
	return 0;
}
