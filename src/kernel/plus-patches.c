/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plus flavour's patches on the vendor's tree: which of them the distribution has taken up, and whether the
 * others apply without fuzz, in their order.
 */
#include "kernel/plus-patches-internal.h"
#include "kernel/fetch-internal.h"
#include "kernel/lts-internal.h"
#include "kernel/patch-internal.h"
#include "kernel/plus-base-internal.h"
#include "kernel/plus-internal.h"

#include <string.h>

static char *path_of(const struct plus *plus, guint i)
{
	const struct ksig_flavour_patch *patch = g_ptr_array_index(plus->options->job.flavour->patches, i);

	return g_strdup_printf("%s/patches/%s.patch", plus->work, patch->name);
}

/*
 * Takes a patch off TREE if it is in it. Patch says so of each one that has no hunks, only new names or
 * modes, so of those it is not asked.
 */
static bool take_off(const struct plus *plus, const char *tree, guint i, bool *out_is_there, GError **error)
{
	const struct ksig_flavour_patch *patch = g_ptr_array_index(plus->options->job.flavour->patches, i);
	g_autofree char *path = path_of(plus, i);
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_PATCH_BYTES, NULL, error);
	bool taken = true;

	*out_is_there = false;
	if (!text)
		return false;
	if (!plus_patch_counts(text))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: [patch %s]: fewer than ten lines, which kernel.spec takes for an "
				      "empty patch",
				      plus->options->job.flavour->path, patch->name);
	if (!strstr(text, "\n@@ -"))
		return true;
	return kernel_patch(tree, path, PATCH_DRY_RUN | PATCH_REVERSE, out_is_there, NULL, error) &&
	       (!*out_is_there || kernel_patch(tree, path, PATCH_REVERSE, &taken, NULL, error));
}

/* Another patch of the flavour may have made the same change. */
static bool refuse(const struct plus *plus, const char *tree, const char *name, const char *path,
		   const char *why, GError **error)
{
	bool is_there = false;

	if (!kernel_patch(tree, path, PATCH_DRY_RUN | PATCH_REVERSE, &is_there, NULL, error))
		return false;
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: patch %s does not apply: %s",
			      plus->options->job.flavour->path, name,
			      is_there ? "the patches before it have done what it does" : why);
}

/* It is not to take the place of what the base has by that name. */
static bool add_source(const struct plus *plus, const char *name, const char *path, GError **error)
{
	g_autofree char *to = g_strdup_printf("%s/%s.patch", plus->sources, name);

	if (g_file_test(to, G_FILE_TEST_EXISTS))
		return ksig_error_set(
			error, KSIG_ERROR_INPUT,
			"%s: [patch %s]: %s has a source %s.patch already; another name expected",
			plus->options->job.flavour->path, name, plus->base, name);
	return kernel_fetch(path, to, KERNEL_LIMIT_PATCH_BYTES, error);
}

static bool apply(struct plus *plus, const char *tree, guint i, bool is_there, GError **error)
{
	const struct ksig_flavour_patch *patch = g_ptr_array_index(plus->options->job.flavour->patches, i);
	g_autofree char *path = path_of(plus, i);
	g_autofree char *why = NULL;
	bool applies = false;

	if (!kernel_patch(tree, path, 0, &applies, &why, error))
		return false;
	if (!applies)
		return refuse(plus, tree, patch->name, path, why, error);
	if (!is_there)
		return add_source(plus, patch->name, path, error);
	g_ptr_array_add(plus->droppable, g_strconcat("patch ", patch->name, NULL));
	return true;
}

bool plus_try_patches(struct plus *plus, const char *tree, GError **error)
{
	const ksig_flavour *flavour = plus->options->job.flavour;
	g_autofree char *folder = g_build_filename(plus->work, "patches", NULL);
	g_autofree bool *is_there = g_new0(bool, flavour->patches->len);

	if (!ksig_directory_remove(folder, error) || !ksig_directory_make(folder, error) ||
	    !kernel_write_patches(plus->options->job.workspace, flavour, folder, error))
		return false;
	/* The last first: one that stands on another comes off before that. */
	for (guint i = flavour->patches->len; i-- > 0;)
		if (!take_off(plus, tree, i, &is_there[i], error))
			return false;
	for (guint i = 0; i < flavour->patches->len; i++)
		if (!apply(plus, tree, i, is_there[i], error))
			return false;
	return true;
}
