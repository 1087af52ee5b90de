/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a step touches, read from the files before and after it: functions as ksig_tree_line_function() sees
 * them.
 */
#include "history/history.h"

/* Of one line, and of names in one step: a generated header must not fill the catalog. */
enum { LINE_LIMIT = 400, NAMES_LIMIT = 5000, NAME_LENGTH_LIMIT = 120, STEPS_A_TRANSACTION = 2000 };

#define WORD_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"

struct reader {
	ksig_catalog *catalog;
	const ksig_store *store;
	int64_t step_id;
	unsigned names;
	unsigned *absent; /* files left out */
};

static bool add_name(struct reader *reader, const char *kind, const char *name, size_t length, GError **error)
{
	if (length == 0 || length > NAME_LENGTH_LIMIT || ++reader->names > NAMES_LIMIT)
		return true;
	g_autofree char *copy = g_strndup(name, length);
	return ksig_catalog_add_name(reader->catalog, reader->step_id, kind, copy, error);
}

static char *line_at(const struct ksig_lines *lines, uint32_t line)
{
	const uint32_t start = lines->starts[line];
	const uint32_t length = MIN(lines->starts[line + 1] - start, (uint32_t) LINE_LIMIT);

	return g_strndup(lines->data + start, length);
}

static bool add_definition(struct reader *reader, const char *line, bool inside, GError **error)
{
	size_t length = 0;
	const char *name = ksig_tree_line_function(line, strlen(line), &length);

	if (!name)
		return true;
	return (!inside || add_name(reader, "function", name, length, error)) &&
	       add_name(reader, "symbol", name, length, error);
}

static bool add_enclosing(struct reader *reader, const struct ksig_lines *lines, uint32_t at, GError **error)
{
	size_t length = 0;
	const char *name = ksig_tree_lines_function(lines, at, &length);

	return !name || add_name(reader, "function", name, length, error);
}

/* Every CONFIG_X of a line. */
static bool add_options(struct reader *reader, const char *line, GError **error)
{
	static const char prefix[] = "CONFIG_";

	for (const char *at = strstr(line, prefix); at; at = strstr(at + 1, prefix)) {
		if (at > line && (g_ascii_isalnum(at[-1]) || at[-1] == '_'))
			continue;
		if (!add_name(reader, "config", at, strspn(at, WORD_CHARACTERS), error))
			return false;
	}
	return true;
}

/* The "config X" entry of a Kconfig file that line AT stands in. */
static bool add_kconfig(struct reader *reader, const struct ksig_lines *lines, uint32_t at, GError **error)
{
	for (; at < lines->count; at--) {
		g_autofree char *line = line_at(lines, at);
		const char *name = g_str_has_prefix(line, "config ")       ? line + 7
				   : g_str_has_prefix(line, "menuconfig ") ? line + 11
									   : NULL;
		if (!name)
			continue;
		g_autofree char *option = g_strdup_printf("CONFIG_%.*s", (int) strspn(name, WORD_CHARACTERS),
							  name);
		return add_name(reader, "config", option, strlen(option), error);
	}
	return true;
}

/* One side of a run: the COUNT lines from START. */
static bool read_side(struct reader *reader, const char *path, const struct ksig_lines *lines, uint32_t start,
		      uint32_t count, GError **error)
{
	g_autofree char *file = g_path_get_basename(path);
	const bool kconfig = g_str_has_prefix(file, "Kconfig");

	if (count > 0 && !kconfig && !add_enclosing(reader, lines, start, error))
		return false;
	for (uint32_t line = start; line < start + count && line < lines->count; line++) {
		g_autofree char *text = line_at(lines, line);
		if (kconfig ? !add_kconfig(reader, lines, line, error)
			    : !add_definition(reader, text, !strchr(text, ';'), error))
			return false;
		if (!add_options(reader, text, error))
			return false;
	}
	return true;
}

static bool read_runs(struct reader *reader, const struct ksig_change *change,
		      const struct ksig_lines *old_lines, const struct ksig_lines *new_lines, GError **error)
{
	g_autoptr(GArray) runs = ksig_tree_lines_diff(old_lines, new_lines, error);

	for (guint i = 0; runs && i < runs->len; i++) {
		const struct ksig_run *run = &g_array_index(runs, struct ksig_run, i);
		if (!read_side(reader, change->path, old_lines, run->old_start, run->old_count, error) ||
		    !read_side(reader, change->path, new_lines, run->new_start, run->new_count, error))
			return false;
	}
	return runs != NULL;
}

/* A repository may lack a blob that a tree names: that costs its file, and is counted. */
static bool is_absent(const struct reader *reader, const git_oid *blob)
{
	g_autoptr(git_odb) odb = NULL;

	return !git_oid_is_zero(blob) &&
	       git_repository_odb(&odb, ksig_tree_store_repository(reader->store)) == 0 &&
	       !git_odb_exists(odb, blob);
}

static bool read_change(struct reader *reader, const struct ksig_change *change, GError **error)
{
	struct ksig_lines old_lines = {NULL};
	struct ksig_lines new_lines = {NULL};

	if (is_absent(reader, &change->old_blob) || is_absent(reader, &change->new_blob)) {
		(*reader->absent)++;
		return true;
	}
	bool done = ksig_tree_lines_load(reader->store, &change->old_blob, &old_lines, error) &&
		    ksig_tree_lines_load(reader->store, &change->new_blob, &new_lines, error) &&
		    read_runs(reader, change, &old_lines, &new_lines, error);

	ksig_tree_lines_clear(&old_lines);
	ksig_tree_lines_clear(&new_lines);
	return done;
}

static bool load_trees(const ksig_store *store, const char *commit, git_oid *out_old, git_oid *out_new,
		       GError **error)
{
	g_autoptr(git_commit) child = NULL;
	g_autoptr(git_commit) parent = NULL;
	git_oid id;
	int code = git_oid_fromstr(&id, commit);

	if (code == 0)
		code = git_commit_lookup(&child, ksig_tree_store_repository(store), &id);
	if (code == 0)
		code = git_commit_parent(&parent, child, 0);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s: commit %s", ksig_tree_store_path(store), commit);
	*out_old = *git_commit_tree_id(parent);
	*out_new = *git_commit_tree_id(child);
	return true;
}

static bool read_step(ksig_catalog *catalog, const ksig_store *store, const struct ksig_step *step,
		      unsigned *absent, GError **error)
{
	struct reader reader = {.catalog = catalog, .store = store, .step_id = step->id, .absent = absent};
	git_oid old_tree;
	git_oid new_tree;

	if (!load_trees(store, step->commit, &old_tree, &new_tree, error))
		return false;
	g_autoptr(GPtrArray) changes = ksig_tree_changes(store, &old_tree, &new_tree, error);
	for (guint i = 0; changes && i < changes->len; i++)
		if (!read_change(&reader, changes->pdata[i], error))
			return false;
	return changes && ksig_catalog_end_names(catalog, step->id, error);
}

static bool read_steps(ksig_catalog *catalog, const ksig_store *store, const GPtrArray *steps, guint first,
		       guint end, unsigned *absent, GError **error)
{
	if (!ksig_catalog_begin(catalog, error))
		return false;
	for (guint i = first; i < end; i++) {
		if (!read_step(catalog, store, steps->pdata[i], absent, error)) {
			ksig_catalog_rollback(catalog);
			return false;
		}
	}
	return ksig_catalog_commit(catalog, error);
}

/* The count lasts as long as the names do. */
static bool keep_absent(ksig_catalog *catalog, unsigned *inout_absent, GError **error)
{
	static const char NAME[] = "names.absent";
	g_autofree char *before = ksig_catalog_get(catalog, NAME, NULL);
	const unsigned more = *inout_absent;

	*inout_absent += before ? (unsigned) g_ascii_strtoull(before, NULL, 10) : 0;
	g_autofree char *after = g_strdup_printf("%u", *inout_absent);
	return more == 0 || ksig_catalog_set(catalog, NAME, after, error);
}

bool ksig_history_names_update(ksig_catalog *catalog, const ksig_store *store, unsigned *out_absent,
			       GError **error)
{
	g_autoptr(GPtrArray) steps = ksig_catalog_steps_without_names(catalog, error);

	*out_absent = 0;
	if (!steps)
		return false;
	g_autoptr(ksig_progress) progress = ksig_progress_new("reading names", steps->len);
	for (guint i = 0; i < steps->len; i += STEPS_A_TRANSACTION) {
		if (!read_steps(catalog, store, steps, i, MIN(i + STEPS_A_TRANSACTION, steps->len),
				out_absent, error))
			return false;
		ksig_progress_set(progress, i);
	}
	return keep_absent(catalog, out_absent, error);
}
