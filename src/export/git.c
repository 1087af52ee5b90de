/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig export git: a commit a step on top of the base, a tag a revision once its tree is the vendor's, pushed
 * atomically into a repository of the user's, or into a new one.
 */
#include "export/git-push-internal.h"
#include "export/message-internal.h"
#include "history/upstream-diff.h"

/* The export under way: the last commit written, and the clock that committer dates follow. */
struct writer {
	ksig_store *store;
	git_repository *repository;
	git_oid head;
	int64_t clock; /* never goes back, so that git's walks by date are right */
	GPtrArray *refspecs;
	struct ksig_export_git_result *result;
	const struct ksig_export_git *options;
};

static bool write_commit(struct writer *writer, const git_signature *author, const char *message,
			 const git_tree *tree, GError **error)
{
	g_autoptr(git_signature) committer = NULL;
	g_autoptr(git_commit) parent = NULL;
	int code = git_signature_new(&committer, "ksig", "ksig@invalid", writer->clock, 0);

	if (code == 0 && !git_oid_is_zero(&writer->head))
		code = git_commit_lookup(&parent, writer->repository, &writer->head);
	const git_commit *parents[] = {parent};
	if (code == 0)
		code = git_commit_create(&writer->head, writer->repository, NULL, author ? author : committer,
					 committer, "UTF-8", message, tree, parent ? 1 : 0, parents);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s: a commit", ksig_tree_store_path(writer->store));
	writer->result->commits++;
	return ksig_tree_hold_relieve(writer->store, error);
}

static bool look_up_tree(const struct writer *writer, const char *commit, git_tree **out_tree, GError **error)
{
	g_autoptr(git_commit) raw = NULL;
	git_oid id;
	int code = git_oid_fromstr(&id, commit);

	if (code == 0)
		code = git_commit_lookup(&raw, writer->repository, &id);
	if (code == 0)
		code = git_commit_tree(out_tree, raw);
	return code == 0 ||
	       ksig_tree_git_error(error, code, "%s: commit %s", ksig_tree_store_path(writer->store), commit);
}

/* Goes on to the revision's day or, where it has none, to the patch's. */
static void advance_clock(struct writer *writer, const char *revision_date, const char *patch_date)
{
	int64_t seconds = 0;
	int offset = 0;

	if (!ksig_export_date(revision_date, &seconds, &offset))
		ksig_export_date(patch_date, &seconds, &offset);
	writer->clock = MAX(writer->clock, seconds);
}

static bool write_base(struct writer *writer, const struct ksig_revision *base, GError **error)
{
	g_autoptr(git_tree) tree = NULL;
	g_autofree char *label = ksig_utf8(base->label, -1);
	g_autofree char *message = g_strdup_printf("Base: %s\n", g_strdelimit(label, "\n", ' '));

	advance_clock(writer, base->date, NULL);
	if (writer->options->base) {
		writer->head = *writer->options->base;
		return true;
	}
	if (!base->commit)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "revision %s: no commit in the catalog",
				      base->label);
	return look_up_tree(writer, base->commit, &tree, error) &&
	       write_commit(writer, NULL, message, tree, error);
}

static bool write_step(struct writer *writer, const struct ksig_link *link, GError **error)
{
	g_autoptr(git_tree) tree = NULL;
	g_autoptr(git_signature) author = NULL;
	g_autofree char *subject = ksig_export_subject(link);
	g_autofree char *body = ksig_export_body(link);
	g_autofree char *message = g_strdup_printf("%s\n\n%s", subject, body);
	g_autofree char *name = ksig_export_author(link->patch);
	g_autofree char *email = ksig_export_email(link->patch);
	int64_t seconds = 0;
	int offset = 0;

	advance_clock(writer, link->revision->date, link->patch->author_date);
	if (!ksig_export_date(link->patch->author_date, &seconds, &offset))
		seconds = writer->clock;
	const int code = git_signature_new(&author, name, email, seconds, offset);
	if (code < 0)
		return ksig_tree_git_error(error, code, "patch %" G_GINT64_FORMAT ": author",
					   link->patch->id);
	return look_up_tree(writer, link->step->commit, &tree, error) &&
	       write_commit(writer, author, message, tree, error);
}

/* A tag's name for LABEL: what git forbids becomes '_' (and Debian's ':' and '~' '%' and '_', as theirs do).
 */
static char *tag_name(const struct writer *writer, const char *label)
{
	g_autofree char *clean = ksig_utf8(label, -1);
	GString *name = g_string_new("refs/tags/");

	g_string_append(name, writer->options->tag_prefix);
	for (const char *at = clean; *at; at++) {
		const bool dots = at[0] == '.' && (at == clean || at[1] == '.' || at[1] == '\0');
		if (*at == ':')
			g_string_append_c(name, '%');
		else
			g_string_append_c(name, dots || strchr(" ~^?*[\\\n\t{/", *at) ? '_' : *at);
	}
	if (g_str_has_suffix(name->str, ".lock"))
		g_string_append_c(name, '_');
	return g_string_free(name, FALSE);
}

/* The proof: the tree reached is the one that the catalog calls the vendor's. */
static bool end_revision(struct writer *writer, const struct ksig_revision *revision, GError **error)
{
	g_autoptr(git_commit) commit = NULL;
	char tree[GIT_OID_HEXSZ + 1] = "";
	char head[GIT_OID_HEXSZ + 1];
	int valid = 0;

	if (git_commit_lookup(&commit, writer->repository, &writer->head) == 0)
		git_oid_tostr(tree, sizeof tree, git_commit_tree_id(commit));
	if (g_strcmp0(tree, revision->tree) != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "revision %s: its last step has tree %s, the vendor's is %s",
				      revision->label, tree, revision->tree);
	g_autofree char *tag = tag_name(writer, revision->label);
	if (git_reference_name_is_valid(&valid, tag) < 0 || !valid)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a name that git takes for a tag",
				      tag);
	git_oid_tostr(head, sizeof head, &writer->head);
	g_ptr_array_add(writer->refspecs, g_strdup_printf("%s:%s", head, tag));
	writer->result->tags++;
	return true;
}

static bool write_revision(struct writer *writer, const struct ksig_chain *chain, guint *at,
			   const struct ksig_revision *revision, GError **error)
{
	for (; *at < chain->links->len; (*at)++) {
		const struct ksig_link *link = &g_array_index(chain->links, struct ksig_link, *at);
		if (link->revision != revision)
			break;
		if (!link->step->commit)
			writer->result->empty_steps++;
		else if (!write_step(writer, link, error))
			return false;
	}
	return end_revision(writer, revision, error);
}

static bool write_chain(struct writer *writer, const struct ksig_chain *chain, GError **error)
{
	g_autoptr(ksig_progress) progress = ksig_progress_new("writing commits", chain->links->len);
	guint at = 0;

	if (!write_base(writer, chain->revisions->pdata[0], error))
		return false;
	for (guint i = 0; i < chain->revisions->len; i++) {
		if (!write_revision(writer, chain, &at, chain->revisions->pdata[i], error))
			return false;
		ksig_progress_set(progress, at);
	}
	return true;
}

/* Pushing under a checked-out branch would leave the work tree behind its HEAD. */
static bool check_target(const ksig_store *store, const struct ksig_export_git *options, char **out_git_dir,
			 GError **error)
{
	g_autofree char *shadows = g_build_filename(ksig_tree_store_workspace(store), "repositories", NULL);
	g_autofree char *mark = g_build_filename(options->repository, ".git", NULL);
	g_autofree char *name = g_strconcat("refs/heads/", options->branch, NULL);
	g_autofree char *git_dir = ksig_git_shadow(options->repository, shadows, NULL, error);
	g_autoptr(git_repository) target = NULL;
	g_autoptr(git_reference) head = NULL;
	int valid = 0;

	if (!git_dir) {
		g_prefix_error(error, "git init makes a repository: ");
		return false;
	}
	const int code = git_repository_open_bare(&target, git_dir);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s", options->repository);
	if (git_reference_name_is_valid(&valid, name) < 0 || !valid)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a name of a branch", options->branch);
	if (g_file_test(mark, G_FILE_TEST_EXISTS) && git_reference_lookup(&head, target, "HEAD") == 0 &&
	    g_strcmp0(git_reference_symbolic_target(head), name) == 0)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: branch %s is checked out there; check out another one, or choose "
				      "another name with --branch",
				      options->repository, options->branch);
	*out_git_dir = g_steal_pointer(&git_dir);
	return true;
}

/* A repository with a work tree at PATH, which is not there. */
static bool make_repository(const char *path, GError **error)
{
	const char *const arguments[] = {"init", "--quiet", "--template=", "--", path, NULL};
	const struct ksig_process_options process = {.git_protocols = NULL};

	return ksig_git_run(arguments, &process, NULL, NULL, error);
}

/* As one pack, which a power cut leaves whole or not at all; `ksig show COMMIT` finds them there. */
static bool write_packed(struct writer *writer, const struct ksig_chain *chain, GError **error)
{
	/* The lock's next holder sweeps packs that are not finished: nobody else's may be under way. */
	g_autoptr(ksig_lock) lock = ksig_tree_workspace_lock(writer->store, error);

	if (!lock || !ksig_tree_hold_begin(writer->store, error))
		return false;
	const bool written = write_chain(writer, chain, error);
	return ksig_tree_hold_keep(writer->store, written ? error : NULL) && written;
}

/* The branch as the work tree of a repository that was just made; detached, so that the next export may move
 * it. */
static bool check_out(const char *path, const char *branch, GError **error)
{
	g_autofree char *git_dir = g_build_filename(path, ".git", NULL);
	g_autofree char *reference = g_strconcat("refs/heads/", branch, NULL);
	const char *const arguments[] = {"--git-dir", git_dir,    "--work-tree", path, "checkout",
					 "--quiet",   "--detach", reference,     NULL};
	const struct ksig_process_options process = {.git_protocols = NULL};

	return ksig_git_run(arguments, &process, NULL, NULL, error);
}

/* All but the work tree of a repository that is new. */
static bool export_to(struct writer *writer, const struct ksig_chain *chain, bool is_new, GError **error)
{
	const struct ksig_export_git *options = writer->options;
	g_autofree char *git_dir = NULL;

	if ((!is_new && !check_target(writer->store, options, &git_dir, error)) ||
	    !write_packed(writer, chain, error))
		return false;
	git_oid_tostr(writer->result->head, sizeof writer->result->head, &writer->head);
	g_ptr_array_add(writer->refspecs,
			g_strdup_printf("%s:refs/heads/%s", writer->result->head, options->branch));
	if (is_new && !options->dry_run &&
	    (!make_repository(options->repository, error) ||
	     !check_target(writer->store, options, &git_dir, error)))
		return false;
	const struct ksig_push how = {options->repository, git_dir, options->force, options->dry_run};
	return !git_dir || ksig_export_push(writer->store, &how, writer->refspecs, error);
}

bool ksig_export_git(ksig_store *store, const struct ksig_chain *chain, const struct ksig_export_git *options,
		     struct ksig_export_git_result *out_result, GError **error)
{
	struct ksig_export_git_result result = {.commits = 0};
	g_autoptr(GPtrArray) refspecs = g_ptr_array_new_with_free_func(g_free);
	struct writer writer = {.store = store,
				.repository = ksig_tree_store_repository(store),
				.refspecs = refspecs,
				.result = &result,
				.options = options};
	const bool is_new = !g_file_test(options->repository, G_FILE_TEST_EXISTS);

	if (!export_to(&writer, chain, is_new, error) ||
	    (is_new && !options->dry_run && !check_out(options->repository, options->branch, error)))
		return false;
	*out_result = result;
	return true;
}
