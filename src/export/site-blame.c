/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The owner of each line of the files that were asked for, at the last revision. */
#include "export/site-blame-internal.h"
#include "export/site-internal.h"
#include "export/site-text-internal.h"

enum { TEXT_LIMIT_BYTES = 4 << 20 };

/* PATTERN is a file, a folder with all below, or a pattern, as of ksig list --path. */
static bool is_wanted(const struct ksig_site *site, const char *path)
{
	for (const char *const *pattern = site->options->blame; *pattern; pattern++) {
		const size_t length = strlen(*pattern);
		if (g_str_equal(path, *pattern) || g_pattern_match_simple(*pattern, path) ||
		    (strncmp(path, *pattern, length) == 0 && length > 0 &&
		     (path[length] == '/' || (*pattern)[length - 1] == '/')))
			return true;
	}
	return false;
}

static gint by_shard(gconstpointer a, gconstpointer b)
{
	const char *one = *(const char *const *) a;
	const char *other = *(const char *const *) b;
	const unsigned left = ksig_site_shard_of_path(one, KSIG_SITE_BLAME_SHARDS);
	const unsigned right = ksig_site_shard_of_path(other, KSIG_SITE_BLAME_SHARDS);

	return left != right ? (left < right ? -1 : 1) : strcmp(one, other);
}

static GPtrArray *wanted_paths(const struct ksig_site *site)
{
	GPtrArray *paths = g_ptr_array_new();
	GHashTableIter iter;
	gpointer path = NULL;

	g_hash_table_iter_init(&iter, site->files);
	while (g_hash_table_iter_next(&iter, &path, NULL))
		if (is_wanted(site, path))
			g_ptr_array_add(paths, path);
	g_ptr_array_sort(paths, by_shard);
	return paths;
}

/* Runs of lines of one patch (0: of the base), then the text. */
static void add_owners(GString *json, const char *path, const struct ksig_owners *owners)
{
	const guint n = owners->owners->len;

	g_string_append(json, json->len ? ",\n" : "\n");
	ksig_site_json(json, path);
	g_string_append(json, ":{\"runs\":[");
	for (guint i = 0; i < n;) {
		const struct ksig_step *step = g_array_index(owners->owners, struct ksig_line_owner, i).step;
		guint end = i + 1;
		while (end < n && g_array_index(owners->owners, struct ksig_line_owner, end).step == step)
			end++;
		g_string_append_printf(json, "%s[%" G_GINT64_FORMAT ",%u]", i ? "," : "",
				       step ? step->patch_id : 0, end - i);
		i = end;
	}
	g_autofree char *text = g_strndup(owners->lines.data, n > 0 ? owners->lines.starts[n] : 0);
	g_string_append(json, "],\"text\":");
	ksig_site_json(json, text);
	g_string_append_c(json, '}');
}

/* A file that the revision has not, and one that is no text, has no owners. */
static bool add_file(const struct ksig_site *site, GString *json, const char *path, GError **error)
{
	const struct ksig_revision *last = site->revisions->pdata[site->revisions->len - 1];
	g_autoptr(GError) reason = NULL;
	g_autoptr(ksig_owners)
		owners = ksig_history_owners_load(site->catalog, site->store, last, path, &reason);

	if (!owners && reason->code <= KSIG_ERROR_INPUT)
		return true;
	if (!owners) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	const guint n = owners->owners->len;
	if (n > 0 && owners->lines.starts[n] <= TEXT_LIMIT_BYTES &&
	    !memchr(owners->lines.data, '\0', owners->lines.starts[n]))
		add_owners(json, path, owners);
	return true;
}

static bool end_shard(const struct ksig_site *site, unsigned shard, GString *json, GString *shards,
		      GError **error)
{
	g_autofree char *name = g_strdup_printf("data/blame-%u.js", shard);
	g_autofree char *head = g_strdup_printf("ksigShard(\"blame-%u\",{", shard);

	if (json->len == 0)
		return true;
	g_string_append(g_string_prepend(json, head), "\n});\n");
	g_string_append_printf(shards, "%s%u", shards->len ? "," : "", shard);
	const bool written = ksig_site_write(site, name, json, error);
	g_string_truncate(json, 0);
	return written;
}

bool ksig_site_write_blame(const struct ksig_site *site, GString *out_shards, GError **error)
{
	g_autoptr(GPtrArray) paths = site->options->blame ? wanted_paths(site) : g_ptr_array_new();
	g_autoptr(ksig_progress) progress = ksig_progress_new("looking for the owners of lines", paths->len);
	g_autoptr(GString) json = g_string_new(NULL);

	for (guint i = 0; i < paths->len; i++) {
		const char *path = paths->pdata[i];
		const unsigned shard = ksig_site_shard_of_path(path, KSIG_SITE_BLAME_SHARDS);
		const bool is_last = i + 1 == paths->len ||
				     ksig_site_shard_of_path(paths->pdata[i + 1], KSIG_SITE_BLAME_SHARDS) !=
					     shard;
		if (!add_file(site, json, path, error) ||
		    (is_last && !end_shard(site, shard, json, out_shards, error)))
			return false;
		ksig_progress_set(progress, i + 1);
	}
	return true;
}
