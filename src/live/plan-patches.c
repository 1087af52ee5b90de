/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patches out of a breakdown, as files for a build. */
#include "live/plan-internal.h"
#include "live/plan.h"

#include <string.h>

/* TEXT in one line: what a patch says of itself ends no header. */
static char *line_of(const char *text)
{
	return g_strdelimit(g_strdup(text ? text : ""), "\r\n", ' ');
}

/* "0017-fs-pipe-fix.patch" */
static char *file_name(const struct ksig_patch *patch)
{
	g_autofree char *subject = g_strndup(patch->subject ? patch->subject : "", 60);
	g_auto(GStrv) words = NULL;
	g_autoptr(GString) name = g_string_new(NULL);

	g_string_append_printf(name, "%04" G_GINT64_FORMAT, patch->id);
	g_strcanon(subject, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", ' ');
	words = g_strsplit(subject, " ", -1);
	for (char **word = words; *word; word++)
		if (**word)
			g_string_append_printf(name, "-%s", *word);
	g_string_append(name, ".patch");
	return g_string_free(g_steal_pointer(&name), FALSE);
}

static char *write_patch(ksig_catalog *catalog, const ksig_store *store, const struct ksig_patch *patch,
			 const char *folder, GError **error)
{
	GString *diff = live_patch_diff(catalog, store, patch->id, error);
	g_autofree char *name = file_name(patch);
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *subject = line_of(patch->subject), *author = line_of(patch->author);
	g_autofree char *email = line_of(patch->email);
	g_autoptr(GString) text = g_string_new(NULL);

	if (!diff)
		return NULL;
	if (patch->upstream)
		g_string_append_printf(text, "From %s\n", patch->upstream);
	if (*author || *email)
		g_string_append_printf(text, "From: %s <%s>\n", author, email);
	g_string_append_printf(text, "Subject: %s\n\n", subject);
	/* As remarks: patch(1) takes what looks like a difference for one, indented or not. */
	g_auto(GStrv) lines = g_strsplit(patch->purpose ? patch->purpose : "", "\n", -1);
	for (char **line = lines; *line; line++)
		g_string_append_printf(text, "#%s%s\n", **line ? " " : "", *line);
	g_string_append_c(text, '\n');
	g_string_append_len(text, diff->str, (gssize) diff->len);
	g_string_free(diff, TRUE);
	if (!ksig_file_write(path, text->str, (gssize) text->len, 0644, error))
		return NULL;
	return g_steal_pointer(&path);
}

static gint by_id(gconstpointer a, gconstpointer b)
{
	const struct ksig_patch *x = *(void *const *) a, *y = *(void *const *) b;

	return (x->id > y->id) - (x->id < y->id);
}

static void take(GPtrArray *patches, struct ksig_patch *patch)
{
	for (guint i = 0; i < patches->len; i++)
		if (((const struct ksig_patch *) patches->pdata[i])->id == patch->id) {
			ksig_catalog_patch_free(patch);
			return;
		}
	g_ptr_array_add(patches, patch);
}

static bool find_cve(ksig_catalog *catalog, const char *cve, GPtrArray *patches, GError **error)
{
	const struct ksig_filter filter = {.cves = (const char *const[]){cve, NULL}};
	g_autoptr(GPtrArray) found = ksig_catalog_patches(catalog, &filter, error);

	if (!found)
		return false;
	if (!found->len) {
		g_autofree char *nearest = ksig_catalog_nearest_reference(catalog, "cve", cve);
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: no patch of the breakdown names it%s%s", cve,
				      nearest ? "; is it " : "", nearest ? nearest : "");
	}
	while (found->len)
		take(patches, g_ptr_array_steal_index(found, 0));
	return true;
}

GPtrArray *ksig_live_patches_write(ksig_catalog *catalog, const ksig_store *store, const char *const *names,
				   const char *const *cves, const char *folder, GError **error)
{
	g_autoptr(GPtrArray)
		patches = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_catalog_patch_free);
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

	for (; cves && *cves; cves++)
		if (!find_cve(catalog, *cves, patches, error))
			return NULL;
	for (; names && *names; names++) {
		struct ksig_patch *patch = ksig_catalog_find_patch(catalog, *names, error);
		if (!patch)
			return NULL;
		take(patches, patch);
	}
	g_ptr_array_sort(patches, by_id);
	for (guint i = 0; i < patches->len; i++) {
		char *path = write_patch(catalog, store, patches->pdata[i], folder, error);
		if (!path)
			return NULL;
		g_ptr_array_add(paths, path);
	}
	return g_steal_pointer(&paths);
}
