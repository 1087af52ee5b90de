/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line says of a build: for which architecture, with which %dist, of which day. */
#include "kernel/flavour-words-internal.h"
#include "kernel/kbuild-internal.h"
#include "kernel/lts-spec-internal.h"

#include <string.h>

static bool check_arch(const ksig_flavour *flavour, const char *arch, GError **error)
{
	const char *const *own = (const char *const *) flavour->architectures;
	g_autofree char *known = kbuild_architectures(), *words = g_strjoinv(", ", flavour->architectures);

	if (!kbuild_knows(arch))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--arch: %s: not one of %s", arch, known);
	return flavour->kind != KSIG_FLAVOUR_LTS || !*own || g_strv_contains(own, arch) ||
	       ksig_error_set(error, KSIG_ERROR_USAGE, "--arch: %s: the flavour %s is for %s", arch,
			      flavour->name, words);
}

bool ksig_kernel_words_check(const ksig_flavour *flavour, const char *arch, const char *dist,
			     const char *date, GError **error)
{
	if (arch && !check_arch(flavour, arch, error))
		return false;
	if (dist && (!flavour_tag_is_good(dist) || (*dist && *dist != '.')))
		return ksig_error_set(
			error, KSIG_ERROR_USAGE,
			"--dist: %s: '.' and letters, digits, '.', '_', '+', '~', '^' expected, "
			"as in .el9",
			dist);
	return !date || (strlen(date) == strlen("YYYY-MM-DD") && kernel_midnight(date) > 0) ||
	       ksig_error_set(error, KSIG_ERROR_USAGE, "--date: %s: a day since 1970 as YYYY-MM-DD expected",
			      date);
}
