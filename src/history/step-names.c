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

/* One side of a file's difference: its lines, and where the change at hand begins. */
struct side {
	GString *text;
	struct ksig_lines lines;
	uint32_t count; /* lines so far */
	uint32_t start; /* of the run at hand */
};

static void side_add(struct side *side, const char *line, size_t length)
{
	g_string_append_len(side->text, line, (gssize) length);
	side->count++;
}

static void side_end(struct side *side)
{
	g_autoptr(GBytes) bytes = g_bytes_new_take(side->text->str, side->text->len);

	g_string_free(g_steal_pointer(&side->text), FALSE);
	ksig_tree_lines_init_bytes(&side->lines, bytes);
}

static void end_run(const struct side *old, const struct side *new, GArray *runs)
{
	const struct ksig_run run = {old->start, old->count - old->start, new->start,
				     new->count - new->start};

	if (run.old_count > 0 || run.new_count > 0)
		g_array_append_val(runs, run);
}

/* Takes a difference that shows the whole file apart again: both sides, and the runs of lines that differ. */
static void take_apart(const GString *text, struct side *old, struct side *new, GArray *runs)
{
	const char *end = text->str + text->len;
	const char *at = strstr(text->str, "\n@@");

	at = at ? memchr(at + 1, '\n', (size_t) (end - at - 1)) : NULL;
	for (at = at ? at + 1 : end; at < end;) {
		const char *newline = memchr(at, '\n', (size_t) (end - at));
		const size_t length = newline ? (size_t) (newline - at) + 1 : (size_t) (end - at);
		if (*at == ' ') {
			end_run(old, new, runs);
			side_add(old, at + 1, length - 1);
			side_add(new, at + 1, length - 1);
			old->start = old->count;
			new->start = new->count;
		} else if (*at != '\\') {
			side_add(*at == '-' ? old : new, at + 1, length - 1);
		}
		at += length;
	}
	end_run(old, new, runs);
}

static bool read_runs(struct reader *reader, const char *path, const GArray *runs,
		      const struct ksig_lines *old_lines, const struct ksig_lines *new_lines, GError **error)
{
	for (guint i = 0; i < runs->len; i++) {
		const struct ksig_run *run = &g_array_index(runs, struct ksig_run, i);
		if (!read_side(reader, path, old_lines, run->old_start, run->old_count, error) ||
		    !read_side(reader, path, new_lines, run->new_start, run->new_count, error))
			return false;
	}
	return true;
}

/* A repository may lack a blob that a tree names: that costs its file, and is counted. */
static bool read_file(struct reader *reader, const struct ksig_file_diff *file, GError **error)
{
	struct side old = {.text = NULL};
	struct side new = {.text = NULL};
	g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(struct ksig_run));

	*reader->absent += file->absent;
	if (file->binary)
		return true;
	old.text = g_string_sized_new(file->text->len);
	new.text = g_string_sized_new(file->text->len);
	take_apart(file->text, &old, &new, runs);
	side_end(&old);
	side_end(&new);
	const bool done = read_runs(reader, file->path, runs, &old.lines, &new.lines, error);
	ksig_tree_lines_clear(&old.lines);
	ksig_tree_lines_clear(&new.lines);
	return done;
}

static bool read_files(struct reader *reader, ksig_diffs *diffs, GError **error)
{
	g_autoptr(GError) reason = NULL;
	struct ksig_file_diff *file = NULL;
	bool good = ksig_history_diffs_step(diffs, error);

	while (good && (file = ksig_history_diffs_file(diffs, &reason))) {
		good = read_file(reader, file, error);
		ksig_history_file_diff_free(file);
	}
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	return good && !reason;
}

static bool read_step(ksig_catalog *catalog, ksig_diffs *diffs, const struct ksig_step *step,
		      unsigned *absent, GError **error)
{
	struct reader reader = {.catalog = catalog, .step_id = step->id, .absent = absent};

	return read_files(&reader, diffs, error) && ksig_catalog_end_names(catalog, step->id, error);
}

static bool read_steps(ksig_catalog *catalog, ksig_diffs *diffs, const GPtrArray *steps, guint first,
		       guint end, unsigned *absent, GError **error)
{
	if (!ksig_catalog_begin(catalog, error))
		return false;
	for (guint i = first; i < end; i++) {
		if (!read_step(catalog, diffs, steps->pdata[i], absent, error)) {
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
	g_autoptr(GPtrArray) commits = g_ptr_array_new();
	for (guint i = 0; i < steps->len; i++)
		g_ptr_array_add(commits, ((struct ksig_step *) steps->pdata[i])->commit);
	g_autoptr(ksig_diffs) diffs = ksig_history_diffs_open(store, commits, KSIG_DIFFS_WHOLE, error);
	if (!diffs)
		return false;
	g_autoptr(ksig_progress) progress = ksig_progress_new("reading names", steps->len);
	for (guint i = 0; i < steps->len; i += STEPS_A_TRANSACTION) {
		if (!read_steps(catalog, diffs, steps, i, MIN(i + STEPS_A_TRANSACTION, steps->len),
				out_absent, error))
			return false;
		ksig_progress_set(progress, i);
	}
	return keep_absent(catalog, out_absent, error);
}
