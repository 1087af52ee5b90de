/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site as a whole: made in a scratch folder beside the target, and exchanged with an older site, which
 * the mark .ksig-site tells.
 */
#include "export/site-internal.h"
#include "export/site-data-internal.h"
#include "export/site-diffs-internal.h"
#include "export/site-feed-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-index-internal.h"
#include "export/site-pages-internal.h"
#include "export/site-text-internal.h"
#include "history/upstream-diff.h"
#include "site-resources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <glib/gstdio.h>

/* A folder with this file in it was made by us and may be replaced. */
static const char MARK[] = ".ksig-site";

static void free_group(gpointer data)
{
	struct ksig_site_group *group = data;

	g_free(group->name);
	g_free(group);
}

static void free_patch(gpointer data)
{
	struct ksig_site_patch *patch = data;

	g_free(patch->subject);
	g_free(patch);
}

static void clear_figures(gpointer data)
{
	struct ksig_site_revision *figures = data;

	g_free(figures->key);
	g_string_free(figures->cves, TRUE);
	g_string_free(figures->introduced_rows, TRUE);
	g_string_free(figures->dropped_rows, TRUE);
	g_string_free(figures->reworked_rows, TRUE);
}

static void site_clear(struct ksig_site *site)
{
	g_clear_pointer(&site->revisions, g_ptr_array_unref);
	g_clear_pointer(&site->news, g_ptr_array_unref);
	g_clear_pointer(&site->figures, g_array_unref);
	g_clear_pointer(&site->by_id, g_hash_table_unref);
	g_clear_pointer(&site->by_label, g_hash_table_unref);
	g_clear_pointer(&site->subsystems, g_hash_table_unref);
	g_clear_pointer(&site->sources, g_hash_table_unref);
	g_clear_pointer(&site->files, g_hash_table_unref);
	g_clear_pointer(&site->patches, g_hash_table_unref);
	g_clear_pointer(&site->details, g_hash_table_unref);
	g_clear_pointer(&site->diffs, ksig_history_diffs_close);
	g_clear_pointer(&site->commits, g_ptr_array_unref);
	g_clear_pointer(&site->order, g_array_unref);
	g_clear_pointer(&site->bench, ksig_history_upstream_close);
	g_clear_pointer(&site->progress, ksig_progress_free);
	g_string_free(site->rows, TRUE);
}

static void site_init(struct ksig_site *site)
{
	site->figures = g_array_new(FALSE, TRUE, sizeof(struct ksig_site_revision));
	g_array_set_clear_func(site->figures, clear_figures);
	site->by_id = g_hash_table_new(g_int64_hash, g_int64_equal);
	site->by_label = g_hash_table_new(ksig_string_hash, g_str_equal);
	site->subsystems = g_hash_table_new_full(ksig_string_hash, g_str_equal, NULL, free_group);
	site->sources = g_hash_table_new_full(ksig_string_hash, g_str_equal, NULL, free_group);
	site->files = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free,
					    (GDestroyNotify) g_array_unref);
	site->patches = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_patch);
	site->details = g_hash_table_new(NULL, NULL);
	site->rows = g_string_new(NULL);
}

static bool load_revisions(struct ksig_site *site, GError **error)
{
	site->revisions = ksig_catalog_revisions(site->catalog, error);
	if (!site->revisions)
		return false;
	if (site->revisions->len == 0)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "the workspace has no revision yet; ksig breakdown adds them");
	for (guint i = 0; i < site->revisions->len; i++) {
		struct ksig_revision *revision = site->revisions->pdata[i];
		const struct ksig_site_revision figures = {.revision = revision,
							   .key = ksig_site_key(revision->label),
							   .cves = g_string_new(NULL),
							   .introduced_rows = g_string_new(NULL),
							   .dropped_rows = g_string_new(NULL),
							   .reworked_rows = g_string_new(NULL)};
		g_array_append_val(site->figures, figures);
		g_hash_table_insert(site->by_id, &revision->id, GINT_TO_POINTER((int) i + 1));
		g_hash_table_insert(site->by_label, revision->label, GINT_TO_POINTER((int) i + 1));
	}
	return true;
}

/* Whether each step was looked at for the functions and symbols that it touches. */
static bool look_for_names(struct ksig_site *site, GError **error)
{
	g_autoptr(GPtrArray) left = ksig_catalog_steps_without_names(site->catalog, error);

	site->has_names = left && left->len == 0;
	return left != NULL;
}

static bool write_asset(const struct ksig_site *site, const char *name, GError **error)
{
	g_autofree char *resource = g_strconcat("/ksig/site/", name, NULL);
	g_autoptr(GBytes) bytes = g_resource_lookup_data(ksig_site_get_resource(), resource,
							 G_RESOURCE_LOOKUP_FLAGS_NONE, error);

	if (!bytes)
		return false;
	gsize length = 0;
	const char *data = g_bytes_get_data(bytes, &length);
	g_autoptr(GString) text = g_string_new_len(data, (gssize) length);
	return ksig_site_write(site, name, text, error);
}

static bool write_site(struct ksig_site *site, GError **error)
{
	const struct ksig_filter everything = {NULL};
	g_autofree char *data = g_build_filename(site->directory, "data", NULL);
	g_autofree char *raw = g_build_filename(site->directory, "raw", NULL);
	g_autoptr(GString) mark = g_string_new("made by ksig export site\n");

	site->progress = ksig_progress_new("writing pages", 0);
	site->news = ksig_catalog_news(site->catalog, NULL, error);
	if (site->options->against_upstream &&
	    !(site->bench = ksig_history_upstream_open(site->catalog, site->store, error)))
		return false;
	return site->news && ksig_directory_make(data, error) && ksig_directory_make(raw, error) &&
	       load_revisions(site, error) && look_for_names(site, error) &&
	       ksig_site_open_diffs(site, error) &&
	       ksig_catalog_each_patch(site->catalog, &everything, ksig_site_add_patch, site, error) &&
	       ksig_site_end_data(site, error) && ksig_site_write_pages(site, error) &&
	       ksig_site_write_feed(site, error) && write_asset(site, "style.css", error) &&
	       write_asset(site, "site.js", error) && ksig_site_write(site, MARK, mark, error);
}

/* Puts the new folder where an older site, an empty folder or nothing stands. */
static bool put_in_place(const char *from, const char *to, GError **error)
{
	g_autofree char *mark = g_build_filename(to, MARK, NULL);
	const bool replaces = g_file_test(mark, G_FILE_TEST_EXISTS);

	if (g_chmod(from, 0755) != 0)
		return ksig_error_errno(error, errno, "%s", to);
	if (!ksig_directory_sync(from, error))
		return false;
	/* The old site is then what stands in the scratch folder, which goes. */
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, replaces ? RENAME_EXCHANGE : 0) != 0) {
		const int reason = errno;
		if (replaces && reason == EINVAL)
			return ksig_error_set(
				error, KSIG_ERROR_ENVIRONMENT,
				"%s: its file system cannot exchange two folders at once; export to a "
				"new folder, and move a link",
				to);
		if (reason == ENOTEMPTY || reason == EEXIST || reason == ENOTDIR)
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					      "%s: is there and no site of ksig; choose another", to);
		return ksig_error_errno(error, reason, "%s", to);
	}
	return true;
}

bool ksig_export_site(ksig_catalog *catalog, ksig_store *store, const struct ksig_export_site *options,
		      const char *directory, GError **error)
{
	g_autofree char *target = g_canonicalize_filename(directory, NULL);
	g_autofree char *parent = g_path_get_dirname(target);

	if (!ksig_directory_make(parent, error))
		return false;
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(parent, "ksig-site", error);
	if (!scratch)
		return false;
	struct ksig_site site = {
		.catalog = catalog, .store = store, .options = options, .directory = scratch};
	site_init(&site);
	const bool written = write_site(&site, error);
	site_clear(&site);
	return written && put_in_place(scratch, target, error);
}
