/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of OpenPGP keys taken apart, and a signature's packets. */
#include "rpm/key-file-internal.h"
#include "rpm/package-header-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_keys(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
	g_autoptr(GPtrArray) skipped = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) certificates = key_file_split("fuzz", bytes, skipped, &error);

	g_assert_true((certificates != NULL) == (error == NULL));
	for (guint i = 0; certificates && i < certificates->len; i++) {
		GBytes *certificate = g_ptr_array_index(certificates, i);
		g_autoptr(GBytes) left = key_file_without_revocations(certificate);
		g_assert_cmpuint(g_bytes_get_size(left), <=, g_bytes_get_size(certificate));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *key = NULL;
	pgpDigParams signature = rpm_signature_parse(data, size, &key);

	pgpDigParamsFree(signature);
	read_keys(data, size);
	return 0;
}
