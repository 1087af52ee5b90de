/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one package is: its name, a kernel or a part of one, what it asks for. */
#include "kmod/gate-solvable-internal.h"

#include <string.h>

const char *gate_name(Pool *pool, const Solvable *solvable)
{
	return pool_id2str(pool, solvable->name);
}

static bool provides(Pool *pool, Solvable *solvable, const char *what)
{
	return solvable_matchesdep(solvable, SOLVABLE_PROVIDES, pool_str2id(pool, what, 1), 0);
}

const char *gate_part_of(const char *package)
{
	static const char *const parts[] = {"-modules-extra", "-modules-core", "-modules", "-core"};

	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (g_str_has_suffix(package, parts[i]))
			return parts[i];
	return NULL;
}

/*
 * By what they provide, or by the names that dnf has built in. A module of somebody else may be
 * installonlypkg(kernel-module) as well.
 */
bool gate_is_kernel(Pool *pool, Solvable *solvable)
{
	const char *name = gate_name(pool, solvable);
	static const char *const names[] = {
		"kernel", "kernel-core", "kernel-modules", "kernel-modules-core", "kernel-modules-extra",
		NULL};

	/* The name is read before a new word makes the pool move its strings. */
	const bool named = g_strv_contains(names, name);
	const bool part = gate_part_of(name) != NULL;
	return named || provides(pool, solvable, "installonlypkg(kernel)") ||
	       (part && provides(pool, solvable, "installonlypkg(kernel-module)"));
}

void gate_dependencies(Solvable *solvable, Id key, Queue *out)
{
	queue_init(out);
	solvable_lookup_deparray(solvable, key, out, 0);
}
