/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns each line of a file: its blobs after every step compared, renames followed, down to the base, of
 * whose lines git blame names the commit.
 */
#include "history/history.h"
#include "history/renames-internal.h"
#include "tree/tree.h"

enum {
	BLAME_TIMEOUT_MS = 60000,
	RENAMES = 8, /* that a file is followed through */
};

/* A step that changes the file, and the file after it (zero: it is not there). */
struct moment {
	const struct ksig_step *step;
	git_oid blob;
};

struct trace {
	ksig_catalog *catalog;
	const ksig_store *store;
	const struct ksig_revision *base;
	struct ksig_owners *owners;
};

static bool follow(struct trace *trace, const char *path, int last_position, int depth, GError **error);

/* The object of PATH in COMMIT and what it is; GIT_OBJECT_INVALID if there is none. */
static bool find_object(const ksig_store *store, const char *commit, const char *path, git_oid *out_id,
			git_object_t *out_type, GError **error)
{
	g_autoptr(git_commit) raw = NULL;
	g_autoptr(git_tree) tree = NULL;
	g_autoptr(git_tree_entry) entry = NULL;
	git_oid id;
	int code = commit ? git_oid_fromstr(&id, commit) : GIT_ENOTFOUND;

	*out_type = GIT_OBJECT_INVALID;
	if (code == 0)
		code = git_commit_lookup(&raw, ksig_tree_store_repository(store), &id);
	if (code == 0)
		code = git_commit_tree(&tree, raw);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s: commit %s", ksig_tree_store_path(store),
					   commit ? commit : "(none)");
	code = git_tree_entry_bypath(&entry, tree, path);
	if (code == 0) {
		*out_id = *git_tree_entry_id(entry);
		*out_type = git_tree_entry_type(entry);
	}
	return code == 0 || code == GIT_ENOTFOUND ||
	       ksig_tree_git_error(error, code, "%s: %s", ksig_tree_store_path(store), path);
}

/* The blob of PATH in COMMIT; all zero if it is not there or not a file. */
static bool find_blob(const ksig_store *store, const char *commit, const char *path, git_oid *out_blob,
		      GError **error)
{
	git_object_t type = GIT_OBJECT_INVALID;

	if (!find_object(store, commit, path, out_blob, &type, error))
		return false;
	if (type != GIT_OBJECT_BLOB)
		memset(out_blob, 0, sizeof *out_blob);
	return true;
}

static void keep_lines(GArray *owners, const GArray *old_owners, uint32_t first, uint32_t end)
{
	if (first < end && end <= old_owners->len)
		g_array_append_vals(owners, &g_array_index(old_owners, struct ksig_line_owner, first),
				    end - first);
}

/* Lines that RUNS leave alone keep their owner; STEP owns the others. */
static GArray *carry_over(const GArray *old_owners, const GArray *runs, const struct ksig_step *step)
{
	GArray *owners = g_array_new(FALSE, TRUE, sizeof(struct ksig_line_owner));
	const struct ksig_line_owner writer = {.step = step};
	uint32_t at = 0;

	for (guint i = 0; i < runs->len; i++) {
		const struct ksig_run *run = &g_array_index(runs, struct ksig_run, i);
		keep_lines(owners, old_owners, at, run->old_start);
		for (uint32_t line = 0; line < run->new_count; line++)
			g_array_append_val(owners, writer);
		at = run->old_start + run->old_count;
	}
	keep_lines(owners, old_owners, at, old_owners->len);
	return owners;
}

static bool load_lines(const ksig_store *store, const git_oid *blob, const char *path,
		       struct ksig_lines *lines, GError **error)
{
	memset(lines, 0, sizeof *lines);
	if (ksig_tree_lines_load(store, blob, lines, error))
		return true;
	g_prefix_error(error, "%s: ", path);
	return false;
}

static bool apply_step(const ksig_store *store, struct ksig_owners *owners, const char *path,
		       const struct moment *moment, GError **error)
{
	struct ksig_lines lines;

	if (!load_lines(store, &moment->blob, path, &lines, error))
		return false;
	g_autoptr(GArray) runs = ksig_tree_lines_diff(&owners->lines, &lines, error);
	if (!runs) {
		ksig_tree_lines_clear(&lines);
		return false;
	}
	GArray *next = carry_over(owners->owners, runs, moment->step);
	g_array_unref(owners->owners);
	owners->owners = next;
	ksig_tree_lines_clear(&owners->lines);
	owners->lines = lines;
	return owners->owners->len == owners->lines.count ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: step %d does not fit the one before", path,
			      moment->step->position);
}

static bool begin_with_base(struct trace *trace, const char *path, const git_oid *blob, GError **error)
{
	struct ksig_owners *owners = trace->owners;

	if (!load_lines(trace->store, blob, path, &owners->lines, error))
		return false;
	for (uint32_t line = 0; line < owners->lines.count; line++) {
		const struct ksig_line_owner owner = {.base_line = line};
		g_array_append_val(owners->owners, owner);
	}
	g_free(owners->base_path);
	owners->base_path = g_strdup(path);
	return true;
}

/* The steps that change PATH, up to the one at LAST_POSITION, and its blob after each. */
static GArray *moments_of(struct trace *trace, const char *path, int last_position, GError **error)
{
	g_autoptr(GArray) moments = g_array_new(FALSE, TRUE, sizeof(struct moment));
	GPtrArray *steps = ksig_catalog_steps_of_path(trace->catalog, path, error);

	if (!steps)
		return NULL;
	g_ptr_array_add(trace->owners->steps, steps);
	for (guint i = 0; i < steps->len; i++) {
		struct moment moment = {.step = steps->pdata[i]};
		if (moment.step->position > last_position || !moment.step->commit)
			continue;
		if (!find_blob(trace->store, moment.step->commit, path, &moment.blob, error))
			return NULL;
		g_array_append_val(moments, moment);
	}
	return g_steal_pointer(&moments);
}

/* The last moment at which the file came to be: what was before under this name does not count. 0: the base.
 */
static guint first_that_counts(const GArray *moments, const git_oid *base_blob)
{
	for (guint i = moments->len; i-- > 0;) {
		const git_oid *before = i > 0 ? &g_array_index(moments, struct moment, i - 1).blob
					      : base_blob;
		if (git_oid_is_zero(before) &&
		    !git_oid_is_zero(&g_array_index(moments, struct moment, i).blob))
			return i;
	}
	return 0;
}

/* A file that a step makes may be another one under a new name: its lines go on with their owners. */
static bool begin_with_rename(struct trace *trace, const struct moment *moment, const char *path, int depth,
			      GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *source = depth < RENAMES ? ksig_rename_source(trace->store, moment->step->commit,
								       path, &reason)
						  : NULL;

	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	return !source || follow(trace, source, moment->step->position - 1, depth + 1, error);
}

/* Fills the owners with those of PATH after the step at LAST_POSITION. */
static bool follow(struct trace *trace, const char *path, int last_position, int depth, GError **error)
{
	g_autoptr(GArray) moments = moments_of(trace, path, last_position, error);
	git_oid base_blob;

	if (!moments || !find_blob(trace->store, trace->base->commit, path, &base_blob, error))
		return false;
	const guint first = first_that_counts(moments, &base_blob);
	const struct moment *begin = moments->len > 0 ? &g_array_index(moments, struct moment, first) : NULL;
	const bool is_new = begin && (first > 0 || git_oid_is_zero(&base_blob));
	if (is_new ? !begin_with_rename(trace, begin, path, depth, error)
		   : !begin_with_base(trace, path, &base_blob, error))
		return false;
	for (guint i = first; i < moments->len; i++)
		if (!apply_step(trace->store, trace->owners, path, &g_array_index(moments, struct moment, i),
				error))
			return false;
	return true;
}

/* PATH is no file: a folder, a file with lines that cannot be, or nothing at all. */
static bool refuse(const ksig_store *store, const struct ksig_revision *revision, const char *path,
		   git_object_t type, ksig_catalog *catalog, GError **error)
{
	const char *colon = strrchr(path, ':');
	g_autofree char *file = colon ? g_strndup(path, (gsize) (colon - path)) : NULL;
	git_oid id;

	if (type == GIT_OBJECT_TREE)
		return ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"%s: a folder of %s; lines have owners (ksig list --path lists its patches)", path,
			revision->label);
	if (file && !find_object(store, revision->commit, file, &id, &type, error))
		return false;
	if (type == GIT_OBJECT_BLOB)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: no line of %s: LINE or FIRST-LAST, counted from 1, expected", path,
				      file);
	g_autofree char *nearest = ksig_catalog_nearest_path(catalog, path);
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not a file of %s%s%s", path, revision->label,
			      nearest ? "; the nearest that changed is " : "", nearest ? nearest : "");
}

static bool is_in(const ksig_store *store, const struct ksig_revision *revision, const char *path,
		  ksig_catalog *catalog, GError **error)
{
	git_object_t type = GIT_OBJECT_INVALID;
	git_oid id;

	return find_object(store, revision->commit, path, &id, &type, error) &&
	       (type == GIT_OBJECT_BLOB || refuse(store, revision, path, type, catalog, error));
}

struct ksig_owners *ksig_history_owners_load(ksig_catalog *catalog, const ksig_store *store,
					     const struct ksig_revision *revision, const char *path,
					     GError **error)
{
	g_autoptr(ksig_owners) owners = g_new0(ksig_owners, 1);
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);
	int last_position = 0;

	if (!ksig_path_is_safe(path)) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not a path in a kernel", path);
		return NULL;
	}
	if (!revisions || !is_in(store, revision, path, catalog, error) ||
	    !ksig_catalog_last_position(catalog, revision, &last_position, error))
		return NULL;
	owners->owners = g_array_new(FALSE, TRUE, sizeof(struct ksig_line_owner));
	owners->steps = g_ptr_array_new_with_free_func((GDestroyNotify) g_ptr_array_unref);
	struct trace trace = {
		.catalog = catalog, .store = store, .base = revisions->pdata[0], .owners = owners};
	if (!follow(&trace, path, last_position, 0, error))
		return NULL;
	return g_steal_pointer(&owners);
}

void ksig_history_owners_free(struct ksig_owners *owners)
{
	if (!owners)
		return;
	g_clear_pointer(&owners->steps, g_ptr_array_unref);
	g_clear_pointer(&owners->owners, g_array_unref);
	g_free(owners->base_path);
	ksig_tree_lines_clear(&owners->lines);
	g_free(owners);
}

void ksig_history_place_parse(const char *place, char **out_path, uint32_t *out_first, uint32_t *out_last)
{
	place = ksig_path_plain(place);
	const char *colon = strrchr(place, ':');
	g_auto(GStrv) numbers = g_strsplit(colon ? colon + 1 : "", "-", 2);
	guint64 first = 0;
	guint64 last = 0;

	*out_path = g_strdup(place);
	*out_first = *out_last = 0;
	if (!colon ||
	    !g_ascii_string_to_unsigned(numbers[0] ? numbers[0] : "", 10, 1, G_MAXINT32, &first, NULL))
		return;
	last = first;
	if (numbers[1] && !g_ascii_string_to_unsigned(numbers[1], 10, first, G_MAXINT32, &last, NULL))
		return;
	(*out_path)[colon - place] = '\0';
	*out_first = (uint32_t) first;
	*out_last = (uint32_t) last;
}

/* "id subject" out of what git blame --porcelain says of one line. */
static char *read_blame(const char *text)
{
	const char *summary = strstr(text, "\nsummary ");
	const char *end = summary ? strchr(summary + 1, '\n') : NULL;

	if (!end || strcspn(text, " ") != GIT_OID_HEXSZ)
		return NULL;
	g_autofree char *subject = ksig_utf8(summary + 9, end - summary - 9);
	return g_strdup_printf("%.*s %s", GIT_OID_HEXSZ, text, subject);
}

/* The git directory and the revision that the base was given as; NULL without error: it was not, or is gone.
 */
static char *base_repository(ksig_store *store, const struct ksig_revision *base, const char **out_revision,
			     GError **error)
{
	const char *at = base->argument ? strrchr(base->argument, '@') : NULL;
	char *git_dir = NULL;

	if (!at || !g_str_has_prefix(base->argument, "git:") || at[1] == '-')
		return NULL;
	g_autofree char *repository = g_strndup(base->argument + 4, (gsize) (at - base->argument - 4));
	if (!g_file_test(repository, G_FILE_TEST_IS_DIR) ||
	    !ksig_tree_store_attach(store, repository, &git_dir, error))
		return NULL;
	*out_revision = at + 1;
	return git_dir;
}

bool ksig_history_base_commit(ksig_store *store, const struct ksig_revision *base, git_oid *out_commit)
{
	const char *revision = NULL;
	g_autofree char *git_dir = base_repository(store, base, &revision, NULL);
	g_autoptr(git_commit) commit = NULL;
	git_oid id;

	if (!git_dir || !ksig_tree_store_resolve(git_dir, revision, &id, NULL) ||
	    git_commit_lookup(&commit, ksig_tree_store_repository(store), &id) != 0 ||
	    g_strcmp0(git_oid_tostr_s(git_commit_tree_id(commit)), base->tree) != 0)
		return false;
	*out_commit = id;
	return true;
}

char *ksig_history_owners_base_commit(ksig_store *store, const struct ksig_revision *base, const char *path,
				      uint32_t line, GError **error)
{
	const char *revision = NULL;
	g_autofree char *range = g_strdup_printf("%u,%u", line + 1, line + 1);
	g_autoptr(GString) output = NULL;
	g_autofree char *git_dir = base_repository(store, base, &revision, error);
	const struct ksig_process_options options = {.timeout_ms = BLAME_TIMEOUT_MS};
	int status = 0;

	if (!git_dir)
		return NULL;
	const char *const argv[] = {"--git-dir",   git_dir, "blame", "--no-textconv",
				    "--porcelain", "-L",    range,   revision,
				    "--",          path,    NULL};
	if (!ksig_git_run(argv, &options, &status, &output, error))
		return NULL;
	g_autofree char *commit = status == 0 ? read_blame(output->str) : NULL;
	g_autoptr(ksig_verifier) verifier = ksig_tree_verifier_new(store);
	return commit && ksig_tree_verify_named(verifier, commit, error) ? g_steal_pointer(&commit) : NULL;
}
