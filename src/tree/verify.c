/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether objects are what their names say, which git does not look at where it reads: all that a commit's
 * difference rests on, folder by folder, or all that a tree reaches.
 */
#include "tree/copies-internal.h"

enum { KEPT_BYTES = 16 << 20, DEPTH_MAX = 2048 /* git's own */ };

struct ksig_verifier {
	ksig_copies *copies;
	GHashTable *seen; /* of git_oid: files, folders as a whole, commits */
	GHashTable *kept; /* git_oid -> GBytes: folders and commits that were read last */
	size_t kept_bytes;
	unsigned depth; /* of the folder that is being read */
};

/* A name in a folder; NULL: behind the last one. */
struct entry {
	const uint8_t *at;
	const uint8_t *end;
	const char *mode; /* octal digits and a blank */
	const char *name;
	git_oid id;
};

ksig_verifier *ksig_tree_verifier_new(const ksig_store *store)
{
	ksig_verifier *verifier = g_new0(ksig_verifier, 1);

	verifier->copies = ksig_copies_new(ksig_tree_store_path(store));
	verifier->seen = g_hash_table_new_full(ksig_tree_oid_hash, ksig_tree_oid_equal, g_free, NULL);
	verifier->kept = g_hash_table_new_full(ksig_tree_oid_hash, ksig_tree_oid_equal, g_free,
					       (GDestroyNotify) g_bytes_unref);
	return verifier;
}

void ksig_tree_verifier_free(ksig_verifier *verifier)
{
	if (!verifier)
		return;
	ksig_copies_free(verifier->copies);
	g_hash_table_unref(verifier->seen);
	g_hash_table_unref(verifier->kept);
	g_free(verifier);
}

/* True if ID is to be looked at, for the first time. */
static bool is_new(ksig_verifier *verifier, const git_oid *id)
{
	return !git_oid_is_zero(id) && g_hash_table_add(verifier->seen, g_memdup2(id, sizeof *id));
}

/* OUT_CONTENT (unref it): the folder or commit ID; NULL: there is none. */
static bool read_object(ksig_verifier *verifier, const git_oid *id, git_object_t type, GBytes **out_content,
			GError **error)
{
	GBytes *kept = g_hash_table_lookup(verifier->kept, id);

	*out_content = kept ? g_bytes_ref(kept) : NULL;
	if (kept)
		return true;
	if (!ksig_copies_read(verifier->copies, id, type, out_content, error))
		return false;
	if (!*out_content)
		return true;
	verifier->kept_bytes += g_bytes_get_size(*out_content);
	if (verifier->kept_bytes > KEPT_BYTES) {
		g_hash_table_remove_all(verifier->kept);
		verifier->kept_bytes = g_bytes_get_size(*out_content);
	}
	g_hash_table_insert(verifier->kept, g_memdup2(id, sizeof *id), g_bytes_ref(*out_content));
	return true;
}

/* Goes on to what stands at ENTRY->at: "MODE NAME", a NUL, 20 bytes. Where that is cut git ends as well. */
static void read_entry(struct entry *entry)
{
	const size_t left_bytes = (size_t) (entry->end - entry->at);
	const uint8_t *blank = left_bytes ? memchr(entry->at, ' ', left_bytes) : NULL;
	const uint8_t *nul = blank ? memchr(blank, '\0', (size_t) (entry->end - blank)) : NULL;

	entry->name = NULL;
	if (!nul || entry->end - nul <= GIT_OID_RAWSZ)
		return;
	entry->mode = (const char *) entry->at;
	entry->name = (const char *) blank + 1;
	git_oid_fromraw(&entry->id, nul + 1);
	entry->at = nul + 1 + GIT_OID_RAWSZ;
}

static struct entry first_entry(GBytes *tree)
{
	gsize length_bytes = 0;
	const uint8_t *content = tree ? g_bytes_get_data(tree, &length_bytes) : NULL;
	struct entry entry = {.at = content, .end = content ? content + length_bytes : NULL};

	read_entry(&entry);
	return entry;
}

static bool is_kind(const struct entry *entry, const char *mode)
{
	return g_str_has_prefix(entry->mode, mode);
}

static bool is_folder(const struct entry *entry)
{
	return is_kind(entry, "40000 ") || is_kind(entry, "040000 ");
}

/* As git sorts them: a folder's name ends with a slash. One that is behind the last is greater than all. */
static int compare_entries(const struct entry *a, const struct entry *b)
{
	size_t i = 0;

	if (!a->name || !b->name)
		return !a->name - !b->name;
	while (a->name[i] && a->name[i] == b->name[i])
		i++;
	const unsigned char of_a = a->name[i] || !is_folder(a) ? (unsigned char) a->name[i] : '/';
	const unsigned char of_b = b->name[i] || !is_folder(b) ? (unsigned char) b->name[i] : '/';
	return of_a - of_b;
}

static bool is_same(const struct entry *a, const struct entry *b)
{
	return git_oid_equal(&a->id, &b->id) && strncmp(a->mode, b->mode, (size_t) (a->name - a->mode)) == 0;
}

static bool verify_file(ksig_verifier *verifier, const git_oid *id, GError **error)
{
	return !is_new(verifier, id) || ksig_copies_read(verifier->copies, id, GIT_OBJECT_BLOB, NULL, error);
}

/* OUT_TREE (unref it): the folder that ENTRY is; NULL: it is none, or not there. Of a file, what is in it. */
static bool open_entry(ksig_verifier *verifier, const struct entry *entry, GBytes **out_tree, GError **error)
{
	if (!entry || is_kind(entry, "160000 "))
		return true;
	return is_folder(entry) ? read_object(verifier, &entry->id, GIT_OBJECT_TREE, out_tree, error)
				: verify_file(verifier, &entry->id, error);
}

static bool verify_difference(ksig_verifier *verifier, GBytes *old_tree, GBytes *new_tree, GError **error);

/* A folder that stands alone is read through: once is enough. */
static bool is_known(ksig_verifier *verifier, const struct entry *a, const struct entry *b)
{
	return (a && b) ? is_same(a, b) : is_folder(a ? a : b) && !is_new(verifier, a ? &a->id : &b->id);
}

/* Of one name in two folders; NULL: it is not in that one. */
static bool verify_pair(ksig_verifier *verifier, const struct entry *old_entry, const struct entry *new_entry,
			GError **error)
{
	g_autoptr(GBytes) old_tree = NULL, new_tree = NULL;

	if (is_known(verifier, old_entry, new_entry))
		return true;
	return open_entry(verifier, old_entry, &old_tree, error) &&
	       open_entry(verifier, new_entry, &new_tree, error) &&
	       ((!old_tree && !new_tree) || verify_difference(verifier, old_tree, new_tree, error));
}

/* What both have is not entered. */
static bool verify_difference(ksig_verifier *verifier, GBytes *old_tree, GBytes *new_tree, GError **error)
{
	struct entry old_entry = first_entry(old_tree);
	struct entry new_entry = first_entry(new_tree);
	bool good = ++verifier->depth <= DEPTH_MAX ||
		    ksig_error_set(error, KSIG_ERROR_INPUT, "folders in folders, %d deep", DEPTH_MAX);

	while (good && (old_entry.name || new_entry.name)) {
		const int order = compare_entries(&old_entry, &new_entry);
		good = verify_pair(verifier, order <= 0 ? &old_entry : NULL, order >= 0 ? &new_entry : NULL,
				   error);
		if (order <= 0)
			read_entry(&old_entry);
		if (order >= 0)
			read_entry(&new_entry);
	}
	verifier->depth--;
	return good;
}

/* OUT_TREE and OUT_PARENT: what COMMIT, which may be NULL, begins with; zero: it has none. */
static void read_commit(GBytes *commit, git_oid *out_tree, git_oid *out_parent)
{
	static const char of_tree[] = "tree ", of_parent[] = "\nparent ";
	enum { TREE_AT = sizeof of_tree - 1, PARENT_AT = TREE_AT + GIT_OID_HEXSZ + sizeof of_parent - 1 };
	gsize length_bytes = 0;
	const char *text = commit ? g_bytes_get_data(commit, &length_bytes) : NULL;

	memset(out_tree, 0, sizeof *out_tree);
	memset(out_parent, 0, sizeof *out_parent);
	if (length_bytes < TREE_AT + GIT_OID_HEXSZ || memcmp(text, of_tree, TREE_AT) != 0 ||
	    git_oid_fromstrn(out_tree, text + TREE_AT, GIT_OID_HEXSZ) != 0 ||
	    length_bytes < PARENT_AT + GIT_OID_HEXSZ ||
	    memcmp(text + TREE_AT + GIT_OID_HEXSZ, of_parent, sizeof of_parent - 1) != 0)
		return;
	git_oid_fromstrn(out_parent, text + PARENT_AT, GIT_OID_HEXSZ);
}

/* OUT_TREE (unref it): the commit's; NULL: it is not there. */
static bool open_commit(ksig_verifier *verifier, const git_oid *id, GBytes **out_tree, git_oid *out_parent,
			GError **error)
{
	g_autoptr(GBytes) commit = NULL;
	git_oid tree;

	if (!git_oid_is_zero(id) && !read_object(verifier, id, GIT_OBJECT_COMMIT, &commit, error))
		return false;
	read_commit(commit, &tree, out_parent);
	return git_oid_is_zero(&tree) || read_object(verifier, &tree, GIT_OBJECT_TREE, out_tree, error);
}

bool ksig_tree_verify_commit(ksig_verifier *verifier, const git_oid *id, GError **error)
{
	g_autoptr(GBytes) new_tree = NULL, old_tree = NULL;
	git_oid parent, unused;

	return !is_new(verifier, id) || (open_commit(verifier, id, &new_tree, &parent, error) &&
					 open_commit(verifier, &parent, &old_tree, &unused, error) &&
					 verify_difference(verifier, old_tree, new_tree, error));
}

bool ksig_tree_verify_named(ksig_verifier *verifier, const char *commit, GError **error)
{
	git_oid id;

	return git_oid_fromstrn(&id, commit, GIT_OID_HEXSZ) != 0 ||
	       ksig_tree_verify_commit(verifier, &id, error);
}

bool ksig_tree_verify_tree(ksig_verifier *verifier, const git_oid *id, GError **error)
{
	g_autoptr(GBytes) tree = NULL;

	return !is_new(verifier, id) || (read_object(verifier, id, GIT_OBJECT_TREE, &tree, error) &&
					 verify_difference(verifier, NULL, tree, error));
}
