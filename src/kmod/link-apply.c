/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes and removes weak-updates links and runs depmod once for each kernel that changed. Which links, is
 * decided by link.c.
 */
#include "kmod/link-system-internal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { DEPMOD_TIMEOUT_MS = 5 * 60 * 1000 };

static char *path_of(const char *root, const struct ksig_kmod_link *link)
{
	return g_build_filename(root, "lib", "modules", link->kernel, link->path, NULL);
}

static bool make_link(const char *path, const char *target, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *temporary = g_strdup_printf("%s.ksig-%d", path, getpid());

	if (!ksig_directory_make(folder, error))
		return false;
	g_unlink(temporary);
	if (symlink(target, temporary) != 0)
		return ksig_error_errno(error, errno, "%s", temporary);
	if (g_rename(temporary, path) == 0)
		return true;
	const int errnum = errno;
	g_unlink(temporary);
	return ksig_error_errno(error, errnum, "%s", path);
}

/* What has no links any more goes, up to weak-updates itself; a folder that is not empty stays, which is no
 * error. */
static bool remove_link(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (g_unlink(path) != 0 && errno != ENOENT)
		return ksig_error_errno(error, errno, "%s", path);
	while (g_rmdir(folder) == 0 && !g_str_has_suffix(folder, "/weak-updates")) {
		char *parent = g_path_get_dirname(folder);
		g_free(folder);
		folder = parent;
	}
	return true;
}

static bool run_depmod(const char *root, const char *kernel, GError **error)
{
	g_autofree char *base = g_canonicalize_filename(root, NULL);
	const char *const argv[] = {"depmod", "-b", base, kernel, NULL};
	const struct ksig_process_options options = {.timeout_ms = DEPMOD_TIMEOUT_MS};

	return ksig_process_run(argv, &options, NULL, NULL, error);
}

/* "../../../OTHER/extra/acme.ko" for "/lib/modules/OTHER/extra/acme.ko" at PATH, below lib/modules/KERNEL. */
static char *relative_target(const struct ksig_kmod_link *link)
{
	GString *out = g_string_new(NULL);

	for (const char *at = link->path; *at; at++)
		if (*at == '/')
			g_string_append(out, "../");
	g_string_append_printf(out, "../%s", link->target + strlen("/lib/modules/"));
	return g_string_free(out, FALSE);
}

/* Puts the links of ADD in place; RELATIVE: as they hold from outside of the root. */
static bool make_links(const char *root, const GPtrArray *add, bool relative, GError **error)
{
	for (guint i = 0; i < add->len; i++) {
		const struct ksig_kmod_link *link = g_ptr_array_index(add, i);
		g_autofree char *path = path_of(root, link);
		g_autofree char *target = relative ? relative_target(link) : g_strdup(link->target);
		if (!make_link(path, target, error))
			return false;
	}
	return true;
}

static bool verify(const char *root, const GPtrArray *add, GError **error)
{
	for (guint i = 0; i < add->len; i++) {
		const struct ksig_kmod_link *link = g_ptr_array_index(add, i);
		g_autofree char *target = link_resolve(root, "/", link->target);
		if (!g_file_test(target, G_FILE_TEST_EXISTS))
			return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
					      "%s: %s: its target went away meanwhile", link->kernel,
					      link->path);
	}
	return true;
}

static bool run_depmods(const char *root, GHashTable *changed, GError **error)
{
	GHashTableIter iterator;
	gpointer kernel;

	g_hash_table_iter_init(&iterator, changed);
	while (g_hash_table_iter_next(&iterator, &kernel, NULL))
		if (!run_depmod(root, kernel, error))
			return false;
	return true;
}

/* The links that depmod has to see: those to make, and, of kernels that change, those that are there. */
static GPtrArray *links_to_show(GPtrArray *links, GHashTable *changed)
{
	GPtrArray *show = g_ptr_array_new();

	for (guint i = 0; i < links->len; i++) {
		struct ksig_kmod_link *link = g_ptr_array_index(links, i);
		const bool kept = link->action == KSIG_KMOD_LINK_KEEP &&
				  g_hash_table_contains(changed, link->kernel) &&
				  g_str_has_prefix(link->target, "/lib/modules/");
		if (kept || link->action == KSIG_KMOD_LINK_ADD)
			g_ptr_array_add(show, link);
	}
	return show;
}

/*
 * weak-modules compares a link's text with the module's path, so links are absolute. Below another root such
 * a link leads out of it: depmod, which runs outside, is shown relative ones first.
 */
bool ksig_kmod_link_apply(const char *root, GPtrArray *links, GError **error)
{
	g_autoptr(GHashTable) changed = g_hash_table_new(g_str_hash, g_str_equal);
	g_autofree char *base = g_canonicalize_filename(root, NULL);

	for (guint i = 0; i < links->len; i++) {
		struct ksig_kmod_link *link = g_ptr_array_index(links, i);
		g_autofree char *path = link->path ? path_of(root, link) : NULL;
		if (link->action == KSIG_KMOD_LINK_REMOVE && !remove_link(path, error))
			return false;
		if ((link->action == KSIG_KMOD_LINK_REMOVE || link->action == KSIG_KMOD_LINK_ADD) &&
		    link->installed)
			g_hash_table_add(changed, link->kernel);
	}
	g_autoptr(GPtrArray) show = links_to_show(links, changed);
	return make_links(root, show, !g_str_equal(base, "/"), error) && run_depmods(root, changed, error) &&
	       make_links(root, show, false, error) && verify(root, show, error);
}
