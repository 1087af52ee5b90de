/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of CVEs in both forms, and advisories. */
#include "fuzz-file.h"
#include "history/cve.h"
#include "publish/advisory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"CVE-2022-1.dyad", "CVE-2022-1.json"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = fuzz_file(names[i], data, size);
		g_autoptr(GError) error = NULL;
		g_autoptr(ksig_cve_record) record = ksig_history_cve_record_read(path, "CVE-2022-1", &error);
		g_assert_true((record != NULL) == (error == NULL));
	}
	g_autofree char *path = fuzz_file("advisories.json", data, size);
	GPtrArray *advisories = ksig_publish_advisories_load(path, NULL);
	if (advisories)
		g_ptr_array_unref(advisories);
	return 0;
}
