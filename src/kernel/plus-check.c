/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before a plus kernel is packaged: what of its flavour the base has already, and whether the rest takes
 * effect. */
#include "kernel/plus-internal.h"

#include <string.h>

static const struct ksig_process_options plain = {0};

static bool find_droppable_options(struct plus *plus, GError **error)
{
	g_autoptr(ksig_config) config = ksig_kernel_config_load(plus_main_config(plus), error);

	for (guint i = 0; config && i < plus->options->job.flavour->options->len; i++) {
		const struct ksig_option *option = g_ptr_array_index(plus->options->job.flavour->options, i);
		if (g_strcmp0(ksig_kernel_config_get(config, option->name), option->value) == 0)
			g_ptr_array_add(plus->droppable, g_strconcat("option ", option->name, NULL));
	}
	return config != NULL;
}

static bool try_patch(const char *tree, const char *path, bool reverse, bool *out_applies, GString **out,
		      GError **error)
{
	const char *const argv[] = {"patch",
				    "-d",
				    tree,
				    "-p1",
				    "-F0",
				    "-s",
				    "-f",
				    reverse ? "-R" : "-N",
				    reverse ? "--dry-run" : "-i",
				    reverse ? "-i" : path,
				    reverse ? path : NULL,
				    NULL};
	int status = 0;

	if (!ksig_process_run(argv, &plain, &status, out, error))
		return false;
	*out_applies = status == 0;
	return true;
}

/* A patch that comes off the vendor's tree is in it already. */
static bool check_patch(struct plus *plus, const char *tree, const struct ksig_flavour_patch *patch,
			GError **error)
{
	g_autofree char *path = g_strdup_printf("%s/%s.patch", plus->sources, patch->name);
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_SPEC_BYTES, NULL, error);
	g_autoptr(GString) output = NULL, ignored = NULL;
	bool is_there = false, applies = false;
	if (!text || !try_patch(tree, path, true, &is_there, &ignored, error))
		return false;
	if (!plus_patch_counts(text))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: fewer than ten lines, which kernel.spec takes for an empty patch",
				      path);
	if (is_there) {
		g_ptr_array_add(plus->droppable, g_strconcat("patch ", patch->name, NULL));
		return true;
	}
	if (!try_patch(tree, path, false, &applies, &output, error))
		return false;
	if (!applies)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: patch %s does not apply: %s",
				      plus->options->job.flavour->path, patch->name, g_strstrip(output->str));
	return true;
}

static bool check_patches(struct plus *plus, const char *tree, GError **error)
{
	const GPtrArray *patches = plus->options->job.flavour->patches;

	if (!kernel_write_patches(plus->options->job.workspace, plus->options->job.flavour, plus->sources,
				  error))
		return false;
	for (guint i = 0; i < patches->len; i++)
		if (!check_patch(plus, tree, g_ptr_array_index(patches, i), error))
			return false;
	return true;
}

/* Configures the tree as the build will, and takes what kbuild then asks for into the overlay. */
static bool check_options(struct plus *plus, const char *tree, GError **error)
{
	g_autofree char *output = g_build_filename(plus->work, "output", NULL);
	g_autoptr(GPtrArray) found = NULL;
	const struct ksig_configure_options configure = {
		.source = tree,
		.output = output,
		.arch = plus->options->job.arch,
		.base = plus_main_config(plus),
		.flavour = plus->options->job.flavour,
		.neighbours = plus->options->job.neighbours,
		.accept_defaults = plus->options->job.accept_defaults,
		.keep_undecided = true,
	};

	bool good = ksig_directory_remove(output, error) && ksig_kernel_configure(&configure, &found, error);
	for (guint i = 0; found && i < found->len; i++) {
		const struct ksig_new_option *new_option = g_ptr_array_index(found, i);
		struct ksig_option *option = g_new0(struct ksig_option, 1);
		option->name = g_strdup(new_option->name);
		option->value = g_strdup(new_option->proposal);
		g_ptr_array_add(plus->proposed, option);
		g_ptr_array_add(plus->decided, option);
	}
	if (plus->options->job.out_new)
		*plus->options->job.out_new = g_steal_pointer(&found);
	return good;
}

/* What the flavour can do without is left out of the overlay where kbuild did not take it. */
static bool drop_absent(struct plus *plus, GError **error)
{
	g_autofree char *path = g_build_filename(plus->work, "output", ".config", NULL);
	g_autoptr(ksig_config) config = ksig_kernel_config_load(path, error);

	for (guint i = config ? plus->decided->len : 0; i-- > 0;) {
		const struct ksig_option *option = g_ptr_array_index(plus->decided, i);
		const char *value = ksig_kernel_config_get(config, option->name);
		if (!option->is_optional || g_strcmp0(value, option->value) == 0)
			continue;
		if (!g_str_equal(option->value, "n"))
			g_ptr_array_insert(plus->absent, 0, g_strdup(option->name));
		g_ptr_array_remove_index(plus->decided, i);
	}
	return config != NULL;
}

bool plus_try(struct plus *plus, GError **error)
{
	g_autofree char *tree = g_build_filename(plus->work, "tree", NULL);

	return find_droppable_options(plus, error) && plus_unpack_tree(plus, tree, error) &&
	       check_patches(plus, tree, error) && check_options(plus, tree, error) &&
	       drop_absent(plus, error);
}
