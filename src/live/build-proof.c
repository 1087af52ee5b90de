/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof before anything is built: the source and the compiler here make the functions of the kernel that
 * runs.
 */
#include "live/build-proof-internal.h"
#include "live/build-parent-internal.h"
#include "live/built-internal.h"

#include <string.h>

/* The compiler that is here has to be among those that the kernel names, if it names any. */
static bool check_compiler(struct live_build *build, const char *object, GBytes *bytes, const char *whole,
			   GBytes *whole_bytes, GError **error)
{
	g_auto(GStrv) here = ksig_elf_compilers(object, bytes, error);
	g_auto(GStrv) there = here ? ksig_elf_compilers(whole, whole_bytes, error) : NULL;

	if (!there)
		return false;
	if (!build->built->compiler)
		build->built->compiler = g_strdup(here[0]);
	return !here[0] || !there[0] || g_strv_contains((const char *const *) there, here[0]) ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s was compiled by %s; the compiler here is %s",
			      whole, there[0], here[0]);
}

static bool compare(struct live_build *build, const char *folder, const char *object,
		    struct ksig_elf_comparison *out, GError **error)
{
	g_autofree char *name = NULL, *whole = NULL;
	g_autofree char *path = g_build_filename(folder, object, NULL);

	if (!live_parent_find(build, object, &name, &whole, error))
		return false;
	g_autoptr(GBytes) bytes = ksig_bytes_map(path, error);
	g_autoptr(GBytes) whole_bytes = bytes ? ksig_bytes_map(whole, error) : NULL;
	return whole_bytes && check_compiler(build, object, bytes, whole, whole_bytes, error) &&
	       ksig_elf_compare_functions(object, bytes, whole, whole_bytes, out, error);
}

bool live_proof(struct live_build *build, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) different = g_ptr_array_new_with_free_func(g_free);
	struct ksig_elf_comparison all = {.different = different};

	for (guint i = 0; i < build->objects->len; i++)
		if (!compare(build, folder, build->objects->pdata[i], &all, error))
			return false;
	build->built->compared = all.compared;
	build->built->proved = all.equal;
	if (!all.compared)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no function of %s stands in the kernel",
				      (char *) build->objects->pdata[0]);
	/* One function in twenty may differ by a build path or date in it; more is another source or
	 * compiler. */
	if (different->len * 20 > all.compared) {
		g_ptr_array_add(different, NULL);
		if (different->len > 8)
			different->pdata[8] = NULL;
		g_autofree char *names = g_strjoinv(" ", (char **) different->pdata);
		return ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"the source is not that of %s, or the compiler is another: %u of %u functions "
			"differ: %s",
			build->options->vmlinux, all.compared - all.equal, all.compared, names);
	}
	return true;
}
