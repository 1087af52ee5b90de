/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which part of the kernel a path is of: "drivers/net", "arch/x86", "mm", "(top)". Tables and the site count
 * by it.
 */
#include "tree/tree.h"

char *ksig_tree_subsystem_of(const char *path)
{
	static const char *const deep[] = {"arch", "block", "drivers", "fs", "net", "sound", "tools"};
	const char *first = strchr(path, '/');

	if (!first)
		return g_strdup("(top)");
	for (size_t i = 0; i < G_N_ELEMENTS(deep); i++) {
		const size_t length = strlen(deep[i]);
		const char *second = strchr(first + 1, '/');
		if ((size_t) (first - path) == length && strncmp(path, deep[i], length) == 0 && second)
			return g_strndup(path, (gsize) (second - path));
	}
	return g_strndup(path, (gsize) (first - path));
}
