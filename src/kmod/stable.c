/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The symbols that a kernel's vendor keeps, as a build is told of them. */
#include "kmod/stable-internal.h"
#include "elf/elf.h"
#include "rpm/rpm.h"

char *ksig_kmod_stable_names(const struct ksig_kmod_build *build, GError **error)
{
	g_autofree char *architecture = ksig_kmod_headers_architecture(build->headers);
	g_autoptr(GPtrArray) symbols = NULL;
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GString) out = g_string_new(NULL);

	if (!build->stable)
		return g_strdup("");
	symbols = ksig_elf_kabi_load(build->stable, architecture, ksig_rpm_archive_open, error);
	if (!symbols)
		return NULL;
	for (guint i = 0; i < symbols->len; i++)
		g_ptr_array_add(names, ((struct ksig_export *) symbols->pdata[i])->name);
	g_ptr_array_sort(names, ksig_by_string);
	for (guint i = 0; i < names->len; i++)
		g_string_append_printf(out, "%s\n", (char *) names->pdata[i]);
	return g_strdup(out->str);
}
