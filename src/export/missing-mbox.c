/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mails of ksig missing --mbox: each fix applied to a tree by git, upstream's version first, then the
 * vendor's; what neither fits is named as refused.
 */
#include "export/mbox-internal.h"
#include "export/message-internal.h"
#include "history/upstream-diff.h"
#include "upstream/upstream.h"

#include <errno.h>

enum { GIT_TIMEOUT_MS = 120000 };

/* A tree in an index of its own: patches are put on by git as git am will do it. */
struct bench {
	ksig_catalog *catalog;
	const ksig_store *store;
	char *environment[5]; /* NULL-ended */
	FILE *stream;
	const char *name;
	struct ksig_export_missing_result *result;
};

static bool run_git(const struct bench *bench, const char *const *argv, const char *input, size_t input_bytes,
		    int *out_status, GError **error)
{
	const struct ksig_process_options options = {
		.environment = (const char *const *) bench->environment,
		.input = input,
		.input_length_bytes = input_bytes,
		.timeout_ms = GIT_TIMEOUT_MS,
	};

	return ksig_git_run(argv, &options, out_status, NULL, error);
}

/* Objects that git makes go to the scratch folder, not into the workspace. */
static bool bench_open(struct bench *bench, const char *scratch, const git_oid *tree, GError **error)
{
	const char *const argv[] = {"read-tree", git_oid_tostr_s(tree), NULL};
	g_autofree char *objects = g_build_filename(scratch, "objects", NULL);
	g_autofree char *store_objects = g_build_filename(ksig_tree_store_path(bench->store), "objects",
							  NULL);

	bench->environment[0] = g_strdup_printf("GIT_DIR=%s", ksig_tree_store_path(bench->store));
	bench->environment[1] = g_strdup_printf("GIT_INDEX_FILE=%s/index", scratch);
	bench->environment[2] = g_strdup_printf("GIT_OBJECT_DIRECTORY=%s", objects);
	bench->environment[3] = g_strdup_printf("GIT_ALTERNATE_OBJECT_DIRECTORIES=%s", store_objects);
	return ksig_directory_make(objects, error) && run_git(bench, argv, NULL, 0, NULL, error);
}

static bool apply(const struct bench *bench, const char *diff, size_t diff_bytes, bool *out_applied,
		  GError **error)
{
	static const char *const argv[] = {"apply", "--cached", "--whitespace=nowarn", "-", NULL};
	int status = 0;

	if (!run_git(bench, argv, diff, diff_bytes, &status, error))
		return false;
	*out_applied = status == 0;
	return true;
}

/* The upstream's own difference: of a commit, or of a patch in a file. NULL without error: it cannot be had.
 */
static GString *upstream_diff(const struct bench *bench, const struct ksig_missing *missing)
{
	if (missing->from->git_dir)
		return ksig_history_commit_diff_text(bench->store, missing->id, NULL);
	if (!missing->from->members)
		return NULL;
	const struct ksig_patch_file *file = missing->from->members->pdata[missing->candidate];
	gsize length = 0;
	const char *text = g_bytes_get_data(file->text, &length);
	const char *diff = text;
	ksig_upstream_header_free(
		ksig_upstream_header_read(text, length, file->name, &diff)); /* for where the diff begins */
	return g_string_new_len(diff, (gssize) (length - (gsize) (diff - text)));
}

/* The vendor's patch, where one step is all of it. */
static GString *vendor_diff(const struct bench *bench, const struct ksig_missing *missing)
{
	g_autoptr(GPtrArray) steps = missing->fix_id > 0 ? ksig_catalog_steps_of_patch(bench->catalog,
										       missing->fix_id, NULL)
							 : NULL;
	const char *commit = NULL;

	for (guint i = 0; steps && i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		if (step->action == KSIG_STEP_REWORK && commit)
			return NULL;
		commit = step->action == KSIG_STEP_DROP ? NULL : step->commit;
	}
	return commit ? ksig_history_commit_diff_text(bench->store, commit, NULL) : NULL;
}

static bool write_mail(struct bench *bench, const struct ksig_missing *missing, const GString *diff,
		       bool adapted, GError **error)
{
	g_autoptr(ksig_header)
		header = ksig_upstream_pool_header(missing->from, bench->store, missing->candidate, error);

	if (!header)
		return false;
	g_autofree char *subject = ksig_export_one_line(header->subject);
	g_autofree char *note = adapted ? g_strdup_printf("[ as carried in patch %" G_GINT64_FORMAT
							  " of the vendor's kernel ]\n\n",
							  missing->fix_id)
					: g_strdup("");
	g_autofree char *body = *missing->id ? g_strdup_printf("commit %s upstream.\n\n%s%s\n", missing->id,
							       note, header->message ? header->message : "")
					     : g_strdup_printf("%s%s\n", note,
							       header->message ? header->message : "");
	const struct ksig_mail words = {.id = *missing->id ? missing->id
							   : "0000000000000000000000000000000000000000",
					.author = header->author,
					.email = header->email,
					.date = header->date,
					.subject = *subject ? subject : "(no subject)",
					.body = body};
	g_autoptr(GString) mail = ksig_export_mail(&words, diff->str, diff->len);
	if (fwrite(mail->str, 1, mail->len, bench->stream) != mail->len)
		return ksig_error_errno(error, errno, "%s", bench->name);
	bench->result->mails++;
	bench->result->adapted += adapted;
	return true;
}

static bool try_both(struct bench *bench, const struct ksig_missing *missing, GError **error)
{
	for (int adapted = 0; adapted < 2; adapted++) {
		g_autoptr(GString) diff = adapted ? vendor_diff(bench, missing)
						  : upstream_diff(bench, missing);
		bool applied = false;
		if (!diff || diff->len == 0)
			continue;
		if (!apply(bench, diff->str, diff->len, &applied, error))
			return false;
		if (applied)
			return write_mail(bench, missing, diff, adapted, error);
	}
	g_ptr_array_add(bench->result->refused, g_strdup_printf("%.12s %s", missing->id, missing->subject));
	return true;
}

static gint by_pool_order(gconstpointer a, gconstpointer b)
{
	const struct ksig_missing *one = *(const struct ksig_missing *const *) a;
	const struct ksig_missing *other = *(const struct ksig_missing *const *) b;
	const int pools = strcmp(one->from->name, other->from->name);

	if (pools != 0)
		return pools;
	return one->candidate < other->candidate ? -1 : one->candidate > other->candidate;
}

static bool write_all(struct bench *bench, const GPtrArray *missing, const char *lacks, GError **error)
{
	g_autoptr(GPtrArray) chosen = g_ptr_array_new();

	for (guint i = 0; i < missing->len; i++) {
		struct ksig_missing *one = missing->pdata[i];
		if (g_str_equal(one->lacks, lacks))
			g_ptr_array_add(chosen, one);
	}
	g_ptr_array_sort(chosen, by_pool_order);
	g_autoptr(ksig_progress) progress = ksig_progress_new("applying fixes", chosen->len);
	for (guint i = 0; i < chosen->len; i++) {
		if (!try_both(bench, chosen->pdata[i], error))
			return false;
		ksig_progress_set(progress, i + 1);
	}
	return true;
}

bool ksig_export_missing(ksig_catalog *catalog, const ksig_store *store, const GPtrArray *missing,
			 const char *lacks, const git_oid *tree, FILE *stream, const char *name,
			 struct ksig_export_missing_result *out_result, GError **error)
{
	struct ksig_export_missing_result result = {.refused = g_ptr_array_new_with_free_func(g_free)};
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-missing", error);
	struct bench bench = {
		.catalog = catalog, .store = store, .stream = stream, .name = name, .result = &result};
	const bool good = scratch && bench_open(&bench, scratch, tree, error) &&
			  write_all(&bench, missing, lacks, error);

	for (size_t i = 0; i < G_N_ELEMENTS(bench.environment); i++)
		g_free(bench.environment[i]);
	if (good)
		*out_result = result;
	else
		g_ptr_array_unref(result.refused);
	return good;
}
