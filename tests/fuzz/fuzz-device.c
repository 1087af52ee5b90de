/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry of a driver's table of ids as the preprocessor leaves it, and C whose comments are taken out. */
#include "kmod/device-alias-internal.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *) data, size);
	g_autofree char *plain = ksig_c_without_comments(text);
	bool is_end = false;
	g_autofree char *alias = device_alias(text, &is_end);

	g_assert_cmpuint(strlen(plain), ==, strlen(text));
	g_assert_true(!alias || (!is_end && g_str_has_prefix(alias, "pci:v")));
	return 0;
}
