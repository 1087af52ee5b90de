/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before a plus kernel is packaged: what of its flavour the base has already, and whether the rest takes
 * effect. */
#include "kernel/plus-check-internal.h"
#include "kernel/plus-base-internal.h"
#include "kernel/plus-configs-internal.h"
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

bool plus_try(struct plus *plus, GError **error)
{
	g_autofree char *tree = g_build_filename(plus->work, "tree", NULL);

	return find_droppable_options(plus, error) && plus_unpack_tree(plus, tree, error) &&
	       plus_try_patches(plus, tree, error) && plus_decide_configs(plus, tree, error);
}
