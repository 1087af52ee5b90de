/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a live patch's manifest says, and the name of the package that it would be packed in. */
#include "live/live.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
	g_autoptr(ksig_live_manifest) manifest = ksig_live_manifest_parse("fuzz", bytes, NULL);

	if (manifest && manifest->release)
		g_free(ksig_live_package_name(manifest->release, NULL, NULL));
	return 0;
}
