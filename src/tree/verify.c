/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether objects are what their names say. git does not compare them where it reads; libgit2 does with each
 * one that it reads whole. So what git is asked about is read here as well: an object once a verifier.
 */
#include "tree/tree.h"

struct ksig_verifier {
	const ksig_store *store;
	git_repository *repository; /* the store's */
	GHashTable *seen;           /* of git_oid */
	git_odb *theirs;            /* the alternates alone; NULL: there are none */
};

enum { ALTERNATES_BYTES = 1 << 20 };

/* The objects of the repositories that are attached. */
static git_odb *open_alternates(const ksig_store *store)
{
	g_autofree char *path = g_build_filename(ksig_tree_store_path(store), "objects", "info", "alternates",
						 NULL);
	g_autofree char *text = ksig_file_read(path, ALTERNATES_BYTES, NULL, NULL);
	g_auto(GStrv) lines = text ? g_strsplit(text, "\n", -1) : NULL;
	git_odb *odb = NULL;

	if (!text || git_odb_new(&odb) != 0)
		return NULL;
	for (char **line = lines; *line; line++)
		if (**line)
			git_odb_add_disk_alternate(odb, *line);
	return odb;
}

ksig_verifier *ksig_tree_verifier_new(const ksig_store *store)
{
	ksig_verifier *verifier = g_new0(ksig_verifier, 1);

	verifier->store = store;
	verifier->repository = ksig_tree_store_repository(store);
	verifier->seen = g_hash_table_new_full(ksig_tree_oid_hash, ksig_tree_oid_equal, g_free, NULL);
	verifier->theirs = open_alternates(store);
	return verifier;
}

void ksig_tree_verifier_free(ksig_verifier *verifier)
{
	if (!verifier)
		return;
	g_hash_table_unref(verifier->seen);
	git_odb_free(verifier->theirs);
	g_free(verifier);
}

/* True if ID is to be looked at, for the first time. */
static bool is_new(ksig_verifier *verifier, const git_oid *id)
{
	return !git_oid_is_zero(id) && g_hash_table_add(verifier->seen, g_memdup2(id, sizeof *id));
}

/* What a partial copy of a repository lacks is nobody's lie. */
static bool is_answer(const ksig_verifier *verifier, int code, const git_oid *id, GError **error)
{
	return code == 0 || code == GIT_ENOTFOUND ||
	       ksig_tree_git_error(error, code, "%s: object %s", ksig_tree_store_path(verifier->store),
				   git_oid_tostr_s(id));
}

/* What the store alone has, nobody else could exchange; where both have it git may read theirs. */
static bool verify_object(ksig_verifier *verifier, const git_oid *id, GError **error)
{
	git_odb_object *object = NULL;

	if (!is_new(verifier, id) || !verifier->theirs || !git_odb_exists(verifier->theirs, id))
		return true;
	const int code = git_odb_read(&object, verifier->theirs, id);
	git_odb_object_free(object);
	return is_answer(verifier, code, id, error);
}

static bool verify_difference(ksig_verifier *verifier, const git_tree *old_tree, const git_tree *new_tree,
			      GError **error);

/* The tree ENTRY, if it is one; OUT_TREE stays NULL if it is none, or not there. Of a blob, what is in it. */
static bool open_entry(ksig_verifier *verifier, const git_tree_entry *entry, git_tree **out_tree,
		       GError **error)
{
	const git_filemode_t mode = entry ? git_tree_entry_filemode(entry) : GIT_FILEMODE_COMMIT;
	const git_oid *id = entry ? git_tree_entry_id(entry) : NULL;

	if (mode == GIT_FILEMODE_COMMIT)
		return true;
	return mode == GIT_FILEMODE_TREE
		       ? is_answer(verifier, git_tree_lookup(out_tree, verifier->repository, id), id, error)
		       : verify_object(verifier, id, error);
}

/* Of one name in two trees; NULL: it is not in that one. */
static bool verify_pair(ksig_verifier *verifier, const git_tree_entry *old_entry,
			const git_tree_entry *new_entry, GError **error)
{
	g_autoptr(git_tree) old_tree = NULL, new_tree = NULL;

	if (old_entry && new_entry &&
	    git_oid_equal(git_tree_entry_id(old_entry), git_tree_entry_id(new_entry)))
		return true;
	return open_entry(verifier, old_entry, &old_tree, error) &&
	       open_entry(verifier, new_entry, &new_tree, error) &&
	       verify_difference(verifier, old_tree, new_tree, error);
}

static const git_tree_entry *entry_of(const git_tree *tree, const git_tree_entry *like)
{
	return tree ? git_tree_entry_byname(tree, git_tree_entry_name(like)) : NULL;
}

/* Folders that both have are not entered: libgit2's own comparison reads them all. */
static bool verify_difference(ksig_verifier *verifier, const git_tree *old_tree, const git_tree *new_tree,
			      GError **error)
{
	bool good = true;

	for (size_t i = 0; good && new_tree && i < git_tree_entrycount(new_tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(new_tree, i);
		good = verify_pair(verifier, entry_of(old_tree, entry), entry, error);
	}
	for (size_t i = 0; good && old_tree && i < git_tree_entrycount(old_tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(old_tree, i);
		if (!entry_of(new_tree, entry))
			good = verify_pair(verifier, entry, NULL, error);
	}
	return good;
}

bool ksig_tree_verify_commit(ksig_verifier *verifier, const git_oid *id, GError **error)
{
	g_autoptr(git_commit) commit = NULL, parent = NULL;
	g_autoptr(git_tree) new_tree = NULL, old_tree = NULL;

	if (!is_new(verifier, id))
		return true;
	int code = git_commit_lookup(&commit, verifier->repository, id);
	if (code == 0)
		code = git_commit_tree(&new_tree, commit);
	if (code == 0 && git_commit_parentcount(commit) > 0)
		code = git_commit_parent(&parent, commit, 0);
	if (code == 0 && parent)
		code = git_commit_tree(&old_tree, parent);
	return is_answer(verifier, code, id, error) &&
	       (code != 0 || verify_difference(verifier, old_tree, new_tree, error));
}

bool ksig_tree_verify_named(ksig_verifier *verifier, const char *commit, GError **error)
{
	git_oid id;

	return git_oid_fromstrn(&id, commit, GIT_OID_HEXSZ) != 0 ||
	       ksig_tree_verify_commit(verifier, &id, error);
}

bool ksig_tree_verify_tree(ksig_verifier *verifier, const git_oid *id, GError **error)
{
	g_autoptr(git_tree) tree = NULL;

	if (!is_new(verifier, id))
		return true;
	const int code = git_tree_lookup(&tree, verifier->repository, id);
	bool good = is_answer(verifier, code, id, error);
	for (size_t i = 0; good && tree && i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
		const git_oid *below = git_tree_entry_id(entry);
		const git_filemode_t mode = git_tree_entry_filemode(entry);
		if (mode != GIT_FILEMODE_COMMIT)
			good = (mode == GIT_FILEMODE_TREE ? ksig_tree_verify_tree
							  : verify_object)(verifier, below, error);
	}
	return good;
}
