/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Releases of packages: the same name, version and release with other content can neither be published nor be
 * built by Koji. Each set of inputs that was built for a kernel is kept, in order; its place is its release.
 */
#include "kmod/build-internal.h"

enum { RELEASES_LIMIT_BYTES = 1 << 20 };

char *ksig_kmod_release_path(const struct ksig_kmod_build *build, const char *release)
{
	const bool kept = build->releases && g_file_test(build->releases, G_FILE_TEST_IS_DIR);

	return g_strdup_printf("%s/.kmod-%s-%s-%s.releases", kept ? build->releases : build->output,
			       build->recipe->name, build->recipe->version, release);
}

/* The line of HASH in LINES, or where it would go. */
static guint place_of(char **lines, const char *hash)
{
	guint place = 0;

	while (lines[place] && *lines[place] && !g_str_equal(lines[place], hash))
		place++;
	return place;
}

unsigned ksig_kmod_release_number(const char *path, const char *hash)
{
	g_autofree char *content = ksig_file_read(path, RELEASES_LIMIT_BYTES, NULL, NULL);
	g_auto(GStrv) lines = g_strsplit(content ? content : "", "\n", -1);

	return place_of(lines, hash) + 1;
}

bool ksig_kmod_release_keep(const char *path, const char *hash, GError **error)
{
	g_autofree char *content = ksig_file_read(path, RELEASES_LIMIT_BYTES, NULL, NULL);
	g_auto(GStrv) lines = g_strsplit(content ? content : "", "\n", -1);
	const guint place = place_of(lines, hash);

	if (lines[place] && *lines[place])
		return true;
	g_autofree char *more = g_strdup_printf("%s%s\n", content ? content : "", hash);
	return ksig_file_write(path, more, -1, 0644, error);
}
