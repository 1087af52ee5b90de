/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The changelog of a package. Its newest entry is the recipe's own file's; what this very build is made of
 * stands below it as lines of that entry, so that the dates, which RPM wants in order, are the packager's
 * alone.
 */
#include "kmod/spec-changelog-internal.h"
#include "rpm/rpm.h"

#include <string.h>

enum { CHANGELOG_LIMIT_BYTES = 1 << 20 };

/*
 * The first line of a recipe without a changelog. No day can be told by a build that is the same tomorrow,
 * and RPM takes none before 1990.
 */
static const char no_day[] = "* Sat Jan 01 2000";

static void add_build(GString *out, const ksig_recipe *recipe, const char *release)
{
	g_string_append_printf(out, "- Built for kernel %s\n", release);
	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		g_autofree char *file = g_path_get_basename(patch->file);
		if (ksig_kmod_recipe_range_matches(patch->kernels, release))
			g_string_append_printf(out, "- %s: %s\n", file,
					       patch->reason ? patch->reason : "applied");
	}
}

void spec_add_changelog(GArray *marks, const ksig_recipe *recipe, const char *release, unsigned number)
{
	g_autofree char *own = recipe->changelog
				       ? ksig_file_read(recipe->changelog, CHANGELOG_LIMIT_BYTES, NULL, NULL)
				       : NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	const size_t first = own ? strcspn(own, "\n") : 0;

	if (own && *own == '*')
		g_string_append_printf(out, "%.*s\n", (int) first, own);
	else
		g_string_append_printf(out, "%s %s - %s-%u\n", no_day,
				       recipe->maintainer ? recipe->maintainer : "nobody yet",
				       recipe->version, number);
	add_build(out, recipe, release);
	if (own && *own == '*')
		g_string_append(out, own + first + (own[first] == '\n'));
	g_autofree char *text = ksig_rpm_spec_text(out->str);
	ksig_marks_add(marks, "CHANGELOG", text);
}
