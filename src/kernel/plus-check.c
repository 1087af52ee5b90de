/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before a plus kernel is packaged: what of its flavour the base has already, and whether the rest takes
 * effect. */
#include "kernel/plus-check-internal.h"
#include "kernel/plus-base-internal.h"
#include "kernel/plus-internal.h"
#include "kernel/plus-patches-internal.h"

#include <string.h>

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
	       plus_try_patches(plus, tree, error) && check_options(plus, tree, error) &&
	       drop_absent(plus, error);
}
