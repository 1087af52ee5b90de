/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig export quilt: a patch file a step; what GNU patch cannot carry (binary files, submodules) is listed in
 * not-in-series, with its content beside it.
 */
#include "export/quilt-internal.h"
#include "export/message-internal.h"
#include "export/patch-file-name-internal.h"
#include "history/upstream-diff.h"

#include <errno.h>
#include <glib/gstdio.h>

struct writer {
	const ksig_store *store;
	char *directory;
	GString *series;
	GHashTable *left_out; /* path -> what it becomes: "content HEX", "submodule HEX", "removed" */
	GHashTable *names;    /* those given away, each only once */
	const struct ksig_revision *revision; /* whose section of the series is being written */
	bool topics;
	struct ksig_export_quilt_result *result;
};

static char *patch_header(const struct ksig_link *link)
{
	g_autofree char *subject = ksig_export_subject(link);
	g_autofree char *body = ksig_export_body(link);
	g_autofree char *quoted = ksig_export_quoted(body);
	g_autofree char *author = ksig_export_author_quoted(link->patch);
	g_autofree char *email = ksig_export_email(link->patch);
	g_autofree char *date = ksig_utf8(link->patch->author_date ? link->patch->author_date : "", -1);

	g_strdelimit(date, "\n", ' ');
	return g_strdup_printf("From: %s <%s>\n%s%s%sSubject: %s\n\n%s\n", author, email,
			       *date ? "Date: " : "", date, *date ? "\n" : "", subject, quoted);
}

/* What GNU patch cannot make of a difference. */
static bool is_beyond_patch(const struct ksig_file_diff *file)
{
	return file->binary || file->old_mode == GIT_FILEMODE_COMMIT || file->new_mode == GIT_FILEMODE_COMMIT;
}

/* A folder of the series; never one that is its own ("series", "binary"). */
static char *folder_of(const char *part)
{
	static const char *const own[] = {"", "series", "binary", "not-in-series", NULL};
	g_autofree char *slug = ksig_export_slug(part);

	return g_strv_contains(own, slug) ? g_strconcat("in-", slug, NULL) : g_steal_pointer(&slug);
}

/* The topic of FILES: two folders of the first one's path ("drivers/net"), "net" of net/core.c; "top" of a
 * file that stands in none. */
static char *topic_of(const GPtrArray *files)
{
	enum { DEPTH = 2 };
	const struct ksig_file_diff *file = files->pdata[0];
	g_auto(GStrv) parts = g_strsplit(file->path, "/", DEPTH + 1);
	const guint n = g_strv_length(parts);
	g_autofree char *folder = folder_of(n > 1 ? parts[0] : "top");
	g_autofree char *below = n > DEPTH ? folder_of(parts[1]) : NULL;

	return below ? g_strdup_printf("%s/%s/", folder, below) : g_strconcat(folder, "/", NULL);
}

/* What names the patch wherever it goes: the beginning of its upstream's id, or the pool's; else its number.
 */
static char *id_of(const struct ksig_patch *patch)
{
	enum { ID_DIGITS = 12 };
	const char *id = patch->upstream ? patch->upstream : patch->candidate;
	g_autofree char *digits = g_strndup(id ? id : "", ID_DIGITS);

	if (*digits && strspn(digits, "0123456789abcdef") == strlen(digits))
		return g_steal_pointer(&digits);
	return g_strdup_printf("p%" G_GINT64_FORMAT, patch->id);
}

/*
 * "net-fix-a-leak-0123456789ab.patch": of its subject and id alone, so that the patch is called so in every
 * export, whatever comes before it. Another one of that name is -2, by its place in the series.
 */
static char *patch_name(struct writer *writer, const struct ksig_link *link, const GPtrArray *files)
{
	g_autofree char *subject = ksig_export_subject(link);
	g_autofree char *slug = ksig_export_slug(subject);
	g_autofree char *id = id_of(link->patch);
	g_autofree char *topic = writer->topics ? topic_of(files) : g_strdup("");
	g_autofree char *stem = g_strconcat(topic, *slug ? slug : "patch", "-", id, NULL);
	char *name = g_strconcat(stem, ".patch", NULL);

	for (guint i = 2; !g_hash_table_add(writer->names, g_strdup(name)); i++) {
		g_free(name);
		name = g_strdup_printf("%s-%u.patch", stem, i);
	}
	return name;
}

/* A remark of the series, which quilt leaves alone, where a revision begins. */
static void begin_section(struct writer *writer, const struct ksig_revision *revision)
{
	if (writer->revision == revision)
		return;
	g_autofree char *label = ksig_export_one_line(revision->label);
	g_string_append_printf(writer->series, "%s# %s\n", writer->series->len ? "\n" : "", label);
	writer->revision = revision;
}

/* Writes the part of FILES that KEEP stands for as one patch of the series, if there is any. */
static bool write_part(struct writer *writer, const struct ksig_link *link, const GPtrArray *files,
		       bool removals, bool others, GError **error)
{
	g_autofree char *header = patch_header(link);
	g_autoptr(GString) text = g_string_new(header);
	bool any = false;

	for (guint i = 0; i < files->len; i++) {
		const struct ksig_file_diff *file = files->pdata[i];
		if (is_beyond_patch(file) || !(file->new_mode == 0 ? removals : others))
			continue;
		g_string_append_len(text, file->text->str, (gssize) file->text->len);
		any = true;
	}
	if (!any)
		return true;
	g_autofree char *name = patch_name(writer, link, files);
	g_autofree char *path = g_build_filename(writer->directory, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);
	begin_section(writer, link->revision);
	g_string_append_printf(writer->series, "%s\n", name);
	writer->result->patches++;
	return ksig_directory_make(folder, error) &&
	       ksig_file_write_scratch(path, text->str, (gssize) text->len, error);
}

/* Does a path stand below another one of the same step: a file that became a folder, or the reverse? */
static bool swaps_folder(const GPtrArray *files)
{
	for (guint i = 0; i < files->len; i++) {
		const struct ksig_file_diff *outer = files->pdata[i];
		const size_t length = strlen(outer->path);
		for (guint j = i + 1; j < files->len; j++) {
			const struct ksig_file_diff *inner = files->pdata[j];
			if (strncmp(outer->path, inner->path, length) != 0)
				break;
			if (inner->path[length] == '/')
				return true;
		}
	}
	return false;
}

static char *what_becomes(const struct ksig_file_diff *file)
{
	char id[GIT_OID_HEXSZ + 1] = "";

	if (file->new_mode == 0)
		return g_strdup("removed");
	git_oid_tostr(id, sizeof id, &file->new_blob);
	return g_strdup_printf("%s %s", file->new_mode == GIT_FILEMODE_COMMIT ? "submodule" : "content", id);
}

static void note_left_out(struct writer *writer, const GPtrArray *files)
{
	for (guint i = 0; i < files->len; i++) {
		const struct ksig_file_diff *file = files->pdata[i];
		if (is_beyond_patch(file))
			g_hash_table_insert(writer->left_out, g_strdup(file->path), what_becomes(file));
	}
}

/* GNU patch cannot swap a file and a folder in one patch: the removals are a patch of their own. */
static bool write_step(struct writer *writer, const struct ksig_link *link, ksig_diffs *diffs, GError **error)
{
	g_autoptr(GPtrArray) files = ksig_history_diffs_next(diffs, error);

	if (!files)
		return false;
	note_left_out(writer, files);
	if (!swaps_folder(files))
		return write_part(writer, link, files, true, true, error);
	return write_part(writer, link, files, true, false, error) &&
	       write_part(writer, link, files, false, true, error);
}

static bool write_blob(const struct writer *writer, const char *path, const char *id, bool *out_absent,
		       GError **error)
{
	g_autofree char *target = g_build_filename(writer->directory, "binary", path, NULL);
	g_autofree char *folder = g_path_get_dirname(target);
	g_autoptr(git_blob) blob = NULL;
	git_oid oid;
	int code = git_oid_fromstr(&oid, id);

	if (code == 0)
		code = git_blob_lookup(&blob, ksig_tree_store_repository(writer->store), &oid);
	*out_absent = code == GIT_ENOTFOUND;
	if (*out_absent)
		return true;
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s: blob %s", path, id);
	return ksig_directory_make(folder, error) &&
	       ksig_file_write_scratch(target, git_blob_rawcontent(blob), (gssize) git_blob_rawsize(blob),
				       error);
}

/* A line of not-in-series: what PATH becomes, with the content in the folder beside it. */
static bool list_one(struct writer *writer, GString *list, const char *path, const char *becomes,
		     GError **error)
{
	g_autofree char *shown = g_strescape(path, NULL);
	const bool has_content = g_str_has_prefix(becomes, "content ");
	bool absent = false;

	if (has_content && !ksig_path_is_safe(path))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a safe path", shown);
	if (has_content && !write_blob(writer, path, becomes + strlen("content "), &absent, error))
		return false;
	g_string_append_printf(list, "%s %s\n", absent ? "absent" : has_content ? "content" : becomes, shown);
	writer->result->left_out++;
	return true;
}

static bool write_left_out(struct writer *writer, GError **error)
{
	g_autoptr(GList) paths = g_list_sort(g_hash_table_get_keys(writer->left_out), (GCompareFunc) strcmp);
	g_autoptr(GString) list = g_string_new(NULL);

	if (!paths)
		return true;
	for (const GList *at = paths; at; at = at->next)
		if (!list_one(writer, list, at->data, g_hash_table_lookup(writer->left_out, at->data), error))
			return false;
	g_autofree char *path = g_build_filename(writer->directory, "not-in-series", NULL);
	return ksig_file_write_scratch(path, list->str, -1, error);
}

static bool write_all(struct writer *writer, const struct ksig_chain *chain, GError **error)
{
	g_autoptr(ksig_progress) progress = ksig_progress_new("writing patches", chain->links->len);
	g_autoptr(ksig_diffs) diffs = ksig_export_diffs(writer->store, chain, error);

	if (!diffs)
		return false;
	for (guint i = chain->first; i < chain->links->len; i++) {
		const struct ksig_link *link = &g_array_index(chain->links, struct ksig_link, i);
		if (!link->step->commit)
			writer->result->empty_steps++;
		else if (!write_step(writer, link, diffs, error))
			return false;
		ksig_progress_set(progress, i + 1);
	}
	g_autofree char *path = g_build_filename(writer->directory, "series", NULL);
	return write_left_out(writer, error) && ksig_file_write_scratch(path, writer->series->str, -1, error);
}

/* Only an empty folder gives way: rename(2) refuses the rest. */
bool ksig_export_put_in_place(const char *from, const char *to, GError **error)
{
	if (!ksig_directory_sync(from, error))
		return false;
	if (g_chmod(from, 0755) == 0 && g_rename(from, to) == 0)
		return true;
	if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: is there and not an empty folder; choose another", to);
	return ksig_error_errno(error, errno, "%s", to);
}

bool ksig_export_quilt(const ksig_store *store, const struct ksig_chain *chain, const char *directory,
		       bool topics, struct ksig_export_quilt_result *out_result, GError **error)
{
	struct ksig_export_quilt_result result = {.patches = 0};
	g_autofree char *target = g_canonicalize_filename(directory, NULL);
	g_autofree char *parent = g_path_get_dirname(target);
	g_autoptr(GString) series = g_string_new(NULL);
	g_autoptr(GHashTable) names = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) left_out = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, g_free);

	if (!ksig_directory_make(parent, error))
		return false;
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(parent, "ksig-quilt", error);
	if (!scratch)
		return false;
	struct writer writer = {.store = store,
				.directory = scratch,
				.series = series,
				.left_out = left_out,
				.names = names,
				.topics = topics,
				.result = &result};
	if (!write_all(&writer, chain, error) || !ksig_export_put_in_place(scratch, target, error))
		return false;
	*out_result = result;
	return true;
}
