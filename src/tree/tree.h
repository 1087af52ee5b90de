/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree: kernels as git trees. A KERNEL argument, wherever it came from, becomes a tree id in the workspace's
 * objects.git; two kernels with the same tree id are the same byte for byte.
 *
 * Nothing is unpacked to disk: archives stream into git objects. Objects are written before anything that
 * names them, so that a killed import leaves loose objects behind and nothing else.
 */
#pragma once

#include "base/base.h"

#include <git2.h>

/* ---- cleanup of libgit2's objects ---------------------------------------------------------------- */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_repository, git_repository_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_odb, git_odb_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_object, git_object_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_commit, git_commit_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_tree, git_tree_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_blob, git_blob_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_tree_entry, git_tree_entry_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_diff, git_diff_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_patch, git_patch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_signature, git_signature_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_treebuilder, git_treebuilder_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_reference, git_reference_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(git_revwalk, git_revwalk_free)

/*
 * Sets ERROR from libgit2's last error and returns false. A missing object, reference or path is an input
 * error, all else an error of the environment. WHAT names the input.
 */
bool ksig_tree_git_error(GError **error, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* For hash tables keyed by git_oid *. */
guint ksig_tree_oid_hash(gconstpointer id);
gboolean ksig_tree_oid_equal(gconstpointer a, gconstpointer b);

/* ---- the store ----------------------------------------------------------------------------------- */

/* WORKSPACE/objects.git: every imported tree; other repositories are attached, never copied. */
typedef struct ksig_store ksig_store;

/* Opens the store of WORKSPACE; makes workspace and store if they are not there. */
ksig_store *ksig_tree_store_open(const char *workspace, GError **error);
void ksig_tree_store_free(ksig_store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_store, ksig_tree_store_free)

git_repository *ksig_tree_store_repository(const ksig_store *store); /* owned by the store */
const char *ksig_tree_store_path(const ksig_store *store);           /* …/objects.git */
const char *ksig_tree_store_workspace(const ksig_store *store);

/*
 * Sees to it that what was written to STORE is on the disk: before the catalog says that it is there. A power
 * cut may then cost the catalog's last words, never leave it with words about nothing.
 */
bool ksig_tree_store_sync(const ksig_store *store, GError **error);

/*
 * Locks the workspace of STORE for this process, and removes what a killed one left half written. Whoever
 * writes to a workspace holds its lock; a second process gets an environment error that names the first.
 */
ksig_lock *ksig_tree_workspace_lock(const ksig_store *store, GError **error);

/*
 * Makes the objects of REPOSITORY (a work tree, a bare repository or a linked work tree) readable through the
 * store, now and in later runs. OUT_GIT_DIR (may be NULL): the git directory that stands for it, see
 * ksig_git_shadow(); free with g_free().
 */
bool ksig_tree_store_attach(ksig_store *store, const char *repository, char **out_git_dir, GError **error);

/*
 * From _begin to _end objects that are written are held in memory, and packed when they are much (_relieve,
 * which is asked now and then) and at the end: a series is tens of thousands of them. An error of _end loses
 * what was held.
 */
bool ksig_tree_hold_begin(ksig_store *store, GError **error);
bool ksig_tree_hold_relieve(ksig_store *store, GError **error);
bool ksig_tree_hold_end(ksig_store *store, GError **error);
/* The same for what is no series: ksig_tree_store_pack() leaves its packs as they are. */
bool ksig_tree_hold_keep(ksig_store *store, GError **error);

/*
 * Puts the packs that were made so, of the commits behind FROM up to TO, together into a small one. A failure
 * leaves them as they are. The workspace's lock is held.
 */
bool ksig_tree_store_pack(ksig_store *store, const git_oid *from, const git_oid *to, GError **error);

/*
 * Whether objects, of the store and of the repositories that are attached, are what their names say, which
 * git does not compare: somebody could have exchanged one. COMMIT with all that its difference to its first
 * parent rests on; all that TREE reaches. Each object is read once a verifier, wherever it is; what is not
 * there is passed over. An object that is another one is an input error. A verifier is one thread's.
 */
typedef struct ksig_verifier ksig_verifier;
ksig_verifier *ksig_tree_verifier_new(const ksig_store *store);
void ksig_tree_verifier_free(ksig_verifier *verifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_verifier, ksig_tree_verifier_free)
bool ksig_tree_verify_commit(ksig_verifier *verifier, const git_oid *commit, GError **error);
/* The same by the id that COMMIT begins with; true if that is none: a member of a series, not a commit. */
bool ksig_tree_verify_named(ksig_verifier *verifier, const char *commit, GError **error);
bool ksig_tree_verify_tree(ksig_verifier *verifier, const git_oid *tree, GError **error);

/*
 * COMMITS (char *, 40 hex; not copied) verified one after the other in a thread; wait for the one at INDEX
 * and those before it. After an error there is no further one to wait for. Freeing ends it early.
 */
typedef struct ksig_verification ksig_verification;
ksig_verification *ksig_tree_verification_start(const ksig_store *store, const GPtrArray *commits);
bool ksig_tree_verification_wait(ksig_verification *verification, guint index, GError **error);
void ksig_tree_verification_free(ksig_verification *verification);

/*
 * A bare repository that is made at PATH, for objects that nobody needs afterwards: it reads all that STORE
 * reads, and what is written to it is its own. Free with git_repository_free().
 */
git_repository *ksig_tree_store_scratch(const ksig_store *store, const char *path, GError **error);

/* Resolves REVISION (a tag, branch, id) of the repository at GIT_DIR to a commit. */
bool ksig_tree_store_resolve(const char *git_dir, const char *revision, git_oid *out_commit, GError **error);

/* ---- kernels ------------------------------------------------------------------------------------- */

enum ksig_changelog_format { KSIG_CHANGELOG_NONE, KSIG_CHANGELOG_RPM, KSIG_CHANGELOG_DEBIAN };

struct ksig_kernel {
	char *argument; /* as the user wrote it, without the name */
	char *label; /* what the revision is called: "4.18.0-305.el8", "6.1.170-2", a tag, a file name, NAME=
		      */
	git_oid tree;
	char *changelog; /* its text, or NULL */
	enum ksig_changelog_format changelog_format;
	int64_t built;      /* when its package was built, in seconds since the epoch; 0: not known */
	git_oid commit;     /* that it is, and … */
	int64_t committed;  /* … when that was made; 0: it is none */
	GPtrArray *patches; /* char *: names of the patches that the source package applied, in order */
};

/*
 * Imports ARGUMENT ([NAME=]KERNEL, see ksig(1)) into STORE. The same input a second time costs a look-up: the
 * result is remembered by the digest of the input's bytes. Shows progress on a terminal.
 */
struct ksig_kernel *ksig_tree_kernel_import(ksig_store *store, const char *argument, GError **error);
void ksig_tree_kernel_free(struct ksig_kernel *kernel);
typedef struct ksig_kernel ksig_kernel;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_kernel, ksig_tree_kernel_free)

/* How many files and links TREE holds. */
bool ksig_tree_count_files(const ksig_store *store, const git_oid *tree, uint64_t *out_files, GError **error);

/* ---- differences --------------------------------------------------------------------------------- */

/* A path whose entry differs between two trees. A mode of 0: not there. Modes are git's (0100644, 0120000,
 * …). */
struct ksig_change {
	char *path; /* bytes as git has them: not always UTF-8 */
	git_oid old_blob;
	git_oid new_blob;
	uint16_t old_mode;
	uint16_t new_mode;
};

/* The changed paths from OLD_TREE (NULL: the empty tree) to NEW_TREE, sorted by path. No rename detection. */
GPtrArray *ksig_tree_changes(const ksig_store *store, const git_oid *old_tree, const git_oid *new_tree,
			     GError **error);

/*
 * git_tree_create_updated() that lets folders, links and files change places: what is removed goes first, and
 * what is in the way of a file that comes goes with all that is below it. Returns libgit2's code.
 */
int ksig_tree_update(git_repository *repository, git_tree *tree, size_t n_updates,
		     const git_tree_update *updates, git_oid *out_tree);

/* A run of lines that one side has instead of the other's, in lines from 0. One count may be 0, never both.
 */
struct ksig_run {
	uint32_t old_start;
	uint32_t old_count;
	uint32_t new_start;
	uint32_t new_count;
};

/*
 * The bytes of a blob, cut into lines: line I is the bytes from starts[I] up to starts[I + 1], its newline
 * included. The last line may lack one.
 */
struct ksig_lines {
	GBytes *bytes;
	const char *data;
	uint32_t *starts; /* count + 1 of them */
	uint32_t count;
};

/* The lines of BLOB; NULL or an all-zero id: no lines. What git takes for binary is one line. */
bool ksig_tree_lines_load(const ksig_store *store, const git_oid *blob, struct ksig_lines *out_lines,
			  GError **error);
void ksig_tree_lines_init_bytes(struct ksig_lines *lines, GBytes *bytes); /* takes a reference */
void ksig_tree_lines_clear(struct ksig_lines *lines);

/* The runs in which OLD and NEW differ, in order: git's own difference (Myers with the indent heuristic). */
GArray *ksig_tree_lines_diff(const struct ksig_lines *old_lines, const struct ksig_lines *new_lines,
			     GError **error);

/*
 * The name of the C function whose definition begins on LINE, or that a macro at its beginning defines or
 * exports; NULL if there is none. Points into LINE, OUT_LENGTH bytes of it.
 */
const char *ksig_tree_line_function(const char *line, size_t length_bytes, size_t *out_length);

/* The same for the function that line AT stands in; NULL outside of functions. */
const char *ksig_tree_lines_function(const struct ksig_lines *lines, uint32_t at, size_t *out_length);

/* ---- subsystems ---------------------------------------------------------------------------------- */

/*
 * The part of the kernel that PATH belongs to: its first folder, or the first two below arch, block, drivers,
 * fs, net, sound and tools; "(top)" for a file of the top folder. Free with g_free().
 */
char *ksig_tree_subsystem_of(const char *path);
