/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of a Debian source package: its .dsc, a series, the file names in a patch. */
#include "tree/dsc-parse-internal.h"
#include "tree/patch-paths-internal.h"
#include "tree/tree-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_dsc(const char *text)
{
	g_autoptr(ksig_dsc) dsc = ksig_dsc_parse(text, "fuzz", NULL);

	if (!dsc)
		return;
	g_assert_cmpuint(dsc->files->len, >, 0);
	for (guint i = 0; i < dsc->files->len; i++) {
		const struct ksig_dsc_file *file = dsc->files->pdata[i];
		g_assert_true(ksig_path_is_safe(file->name) && !strchr(file->name, '/'));
		g_assert_cmpuint(strlen(file->sha256), ==, 64);
	}
}

static void read_series(const char *text)
{
	g_autoptr(GPtrArray) names = ksig_series_parse(text, "fuzz", NULL);

	for (guint i = 0; names && i < names->len; i++)
		g_assert_true(ksig_path_is_safe(names->pdata[i]));
}

static void read_paths(const char *text, size_t size, unsigned strip)
{
	g_autoptr(GHashTable) paths = ksig_patch_paths(text, size, strip, NULL);
	GHashTableIter iter;
	void *path = NULL;

	g_hash_table_iter_init(&iter, paths);
	while (g_hash_table_iter_next(&iter, &path, NULL))
		g_assert_true(ksig_path_is_safe(path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *) data, size);

	read_dsc(text);
	read_series(text);
	for (unsigned strip = 0; strip < 4; strip++)
		read_paths((const char *) data, size, strip);
	return 0;
}
