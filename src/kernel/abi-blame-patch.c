/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which patch changed a symbol's version: patches are taken off a copy of the tree until it is what it was.
 */
#include "kernel/abi-blame-patch-internal.h"
#include "kernel/abi-blame-measure-internal.h"
#include "kernel/kernel-internal.h"
#include "kernel/lts-internal.h"

/* A copy of the tree with the first APPLIED of the flavour's patches in it. */
struct series {
	struct blame blame; /* of the copy */
	const GPtrArray *patches;
	char *folder; /* of the patches' files */
	guint applied;
};
typedef struct series series_t;

static void series_clear(series_t *series)
{
	g_free((char *) series->blame.source);
	g_free((char *) series->blame.output);
	g_free(series->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(series_t, series_clear)

static const struct ksig_process_options plain = {0};

/* Names, not bytes, where both are on one file system: patch(1) puts a new file in the place of one it
 * changes. */
static bool copy_tree(const char *from, const char *to, GError **error)
{
	const char *const link[] = {"cp", "-al", from, to, NULL};
	const char *const copy[] = {"cp", "-a", from, to, NULL};
	int status = 0;

	if (!ksig_directory_remove(to, error) || !ksig_process_run(link, &plain, &status, NULL, error))
		return false;
	return status == 0 ||
	       (ksig_directory_remove(to, error) && ksig_process_run(copy, &plain, NULL, NULL, error));
}

static bool run_patch(const struct series *series, guint index, bool reverse, GError **error)
{
	const struct ksig_flavour_patch *patch = g_ptr_array_index(series->patches, index);
	g_autofree char *path = g_strdup_printf("%s/%s.patch", series->folder, patch->name);
	const char *const argv[] = {"patch", "-d", series->blame.source,  "-p1", "-F0", "-s", "-f",
				    "-i",    path, reverse ? "-R" : NULL, NULL};

	return ksig_process_run(argv, &plain, NULL, NULL, error);
}

static char *measure_with(struct series *series, guint applied, GError **error)
{
	g_autoptr(GPtrArray) none = g_ptr_array_new();

	for (; series->applied > applied; series->applied--)
		if (!run_patch(series, series->applied - 1, true, error))
			return NULL;
	for (; series->applied < applied; series->applied++)
		if (!run_patch(series, series->applied, false, error))
			return NULL;
	return blame_measure(&series->blame, none, error);
}

/* The hash is LAST with all patches, and another one with none: the patch that makes the difference. */
static bool halve(struct series *series, const char *last, GPtrArray *found, GError **error)
{
	guint without = 0, with = series->patches->len;
	g_autofree char *first = measure_with(series, 0, error);

	if (!first || g_str_equal(first, last))
		return first != NULL;
	while (with - without > 1) {
		guint middle = without + (with - without) / 2;
		g_autofree char *hash = measure_with(series, middle, error);
		if (!hash)
			return false;
		*(g_str_equal(hash, last) ? &with : &without) = middle;
	}
	const struct ksig_flavour_patch *patch = g_ptr_array_index(series->patches, without);
	g_ptr_array_add(found, g_strconcat("patch ", patch->name, NULL));
	return true;
}

bool blame_patches(const struct blame *blame, const char *hash, GPtrArray *found, GError **error)
{
	const struct ksig_blame_options *options = blame->options;
	g_auto(series_t) series = {.blame = *blame, .patches = options->flavour->patches};

	series.applied = series.patches->len;
	series.blame.source = g_build_filename(blame->output, "patched", NULL);
	series.blame.output = g_build_filename(blame->output, "patched-output", NULL);
	series.folder = g_build_filename(blame->output, "patches", NULL);
	return !series.applied ||
	       (ksig_directory_make(series.folder, error) &&
		kernel_write_patches(options->workspace, options->flavour, series.folder, error) &&
		copy_tree(blame->source, series.blame.source, error) && halve(&series, hash, found, error));
}
