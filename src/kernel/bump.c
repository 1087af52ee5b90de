/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which release of a series is newest and not published yet; its tarball and signature fetched once, from
 * kernel.org or a mirror.
 */
#include "kernel/fetch-internal.h"
#include "kernel/made-of-internal.h"
#include "kernel/publish-internal.h"

#include <string.h>

void ksig_kernel_bump_clear(struct ksig_bump *bump)
{
	g_clear_pointer(&bump->version, g_free);
	g_clear_pointer(&bump->before, g_free);
	g_clear_pointer(&bump->other, g_free);
	g_clear_pointer(&bump->tarball, g_free);
	g_clear_pointer(&bump->signature, g_free);
	g_clear_pointer(&bump->no_signature, g_free);
	g_clear_pointer(&bump->changelogs, g_free);
}

void ksig_kernel_bump_discard(const struct ksig_bump *bump)
{
	if (bump->tarball)
		remove(bump->tarball);
	if (bump->signature)
		remove(bump->signature);
}

/* "6.1.187" of "6.1.187-1.el9", if it is of SERIES. */
static char *published_version(const char *workspace, const char *package, const char *series)
{
	g_autofree char *newest = kernel_published_newest(workspace, package);
	g_autofree char *start = g_strconcat(series, ".", NULL);

	if (!newest || !g_str_has_prefix(newest, start))
		return NULL;
	return g_strndup(newest, strcspn(newest, "-"));
}

/* LOCATION's file, fetched once; what is there from an earlier run is taken. */
static char *fetch(const char *folder, const char *location, GError **error)
{
	g_autofree char *name = g_path_get_basename(location);
	g_autofree char *path = g_build_filename(folder, name, NULL);

	if (!g_file_test(path, G_FILE_TEST_EXISTS) && !kernel_fetch(location, path, UINT64_C(4) << 30, error))
		return NULL;
	return g_steal_pointer(&path);
}

static char *mirrored(const char *mirror, const char *version, const char *suffix)
{
	return g_strdup_printf("%s/linux-%s.tar.%s", mirror, version, suffix);
}

static bool fetch_all(const struct ksig_bump_options *options, const struct ksig_release *release,
		      struct ksig_bump *out, GError **error)
{
	const char *mirror = options->mirror ? options->mirror : options->flavour->mirror;
	g_autofree char *source = mirror ? mirrored(mirror, out->version, "xz") : g_strdup(release->source);
	g_autofree char *sign = mirror ? mirrored(mirror, out->version, "sign") : g_strdup(release->pgp);
	g_autofree char *folder = g_build_filename(options->workspace, "work", "downloads", NULL);
	g_autoptr(GError) reason = NULL;

	if (!source)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s has no source, and there is no mirror",
				      options->releases, out->version);
	if (!ksig_directory_make(folder, error) || !(out->tarball = fetch(folder, source, error)))
		return false;
	/* Whether a tarball without a signature is built is the caller's to say. */
	out->signature = sign ? fetch(folder, sign, &reason) : NULL;
	if (!out->signature)
		out->no_signature = g_strdup(reason ? reason->message : "no signature is named");
	return true;
}

bool ksig_kernel_bump_resolve(const struct ksig_bump_options *options, struct ksig_bump *out, GError **error)
{
	const char *series = options->series ? options->series : options->flavour->series;
	const char *package = options->flavour->package;

	if (!series)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: --series expected",
				      options->flavour->name);
	g_autoptr(GPtrArray) releases = ksig_kernel_releases_load(options->releases, error);
	const struct ksig_release *newest =
		releases ? ksig_kernel_series_newest(releases, series, options->force, error) : NULL;
	if (!newest)
		return false;
	g_autofree char *target = ksig_kernel_published_path(options->workspace, package, newest->version,
							     options->release);
	out->version = g_strdup(newest->version);
	out->changelogs = newest->changelog ? g_path_get_dirname(newest->changelog) : NULL;
	out->before = published_version(options->workspace, package, series);
	out->is_done = g_file_test(target, G_FILE_TEST_IS_DIR);
	out->other = out->is_done ? made_of_other(target, options->flavour) : NULL;
	return out->is_done || fetch_all(options, newest, out, error);
}
