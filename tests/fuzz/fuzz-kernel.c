/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kernels bring: Kconfig, configurations, changelogs of point releases, kernel.org's list. */
#include "fuzz-file.h"
#include "kernel/kconfig-expression-internal.h"
#include "kernel/kconfig-internal.h"
#include "kernel/kernel-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_kconfig(const char *text, const uint8_t *data, size_t size)
{
	g_autofree char *dot = fuzz_file(".config", "CONFIG_A=y\n", strlen("CONFIG_A=y\n"));
	g_autoptr(ksig_config) config = ksig_kernel_config_load(dot, NULL);
	g_free(fuzz_file("Kconfig", data, size));
	GHashTable *symbols = kconfig_read(fuzz_folder, "x86", NULL);
	const int value = kconfig_evaluate(text, config);

	g_assert_true(value >= 0 && value <= 2);
	g_ptr_array_unref(kconfig_conjuncts(text));
	if (!symbols)
		return;
	GHashTableIter iter;
	void *name = NULL;
	g_hash_table_iter_init(&iter, symbols);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		g_free(kconfig_explain(symbols, config, name, "m"));
	g_hash_table_unref(symbols);
}

static void read_configuration(const uint8_t *data, size_t size)
{
	g_autofree char *path = fuzz_file("config", data, size);
	g_autoptr(ksig_config) config = ksig_kernel_config_load(path, NULL);

	if (config)
		g_ptr_array_unref(ksig_kernel_config_diff(config, config));
}

static void read_point_release(const char *text)
{
	struct ksig_point_release *point = ksig_kernel_point_release_parse(text, "6.1.2", "fuzz", NULL);

	if (point)
		ksig_kernel_point_release_free(point);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *) data, size);
	g_autofree char *list = fuzz_file("releases.json", data, size);

	read_kconfig(text, data, size);
	read_configuration(data, size);
	read_point_release(text);
	GPtrArray *releases = ksig_kernel_releases_load(list, NULL);
	if (releases)
		g_ptr_array_unref(releases);
	return 0;
}
