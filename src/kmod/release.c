/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Releases of packages: the same name, version and release with other content can neither be published nor be
 * built by Koji. Each set of inputs that was built for a kernel is kept, in order; its place is its release.
 */
#include "kmod/release-internal.h"

#include <string.h>

enum { RELEASES_LIMIT_BYTES = 1 << 20 };

char *ksig_kmod_release_path(const struct ksig_kmod_build *build, const char *release)
{
	const bool kept = build->releases && g_file_test(build->releases, G_FILE_TEST_IS_DIR);

	return g_strdup_printf("%s/.kmod-%s-%s-%s.releases", kept ? build->releases : build->output,
			       build->recipe->name, build->recipe->version, release);
}

/* The number of a line "HASH NUMBER"; the first releases had their place for a number. */
static unsigned number_of(const char *line, guint place)
{
	const char *blank = strchr(line, ' ');

	return blank ? (unsigned) g_ascii_strtoull(blank + 1, NULL, 10) : place + 1;
}

unsigned ksig_kmod_release_number(const char *path, const char *hash, unsigned lowest)
{
	g_autofree char *content = ksig_file_read(path, RELEASES_LIMIT_BYTES, NULL, NULL);
	g_auto(GStrv) lines = g_strsplit(content ? content : "", "\n", -1);
	unsigned highest = 0;

	for (guint i = 0; lines[i] && *lines[i]; i++) {
		const unsigned number = number_of(lines[i], i);
		if (strncmp(lines[i], hash, strlen(hash)) == 0)
			return number;
		highest = MAX(highest, number);
	}
	return MAX(highest + 1, lowest);
}

bool ksig_kmod_release_keep(const char *path, const char *hash, unsigned number, GError **error)
{
	g_autofree char *content = ksig_file_read(path, RELEASES_LIMIT_BYTES, NULL, NULL);

	if (content && strstr(content, hash))
		return true;
	g_autofree char *more = g_strdup_printf("%s%s %u\n", content ? content : "", hash, number);
	return ksig_file_write(path, more, -1, 0644, error);
}
