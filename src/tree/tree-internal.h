/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an import is made of: a pack that objects are written to, a builder that holds the paths of one tree,
 * readers that fill it (archives, folders), and a patcher that changes a few files of a finished tree.
 */
#pragma once

#include "rpm/rpm.h"
#include "tree/tree.h"

#include <archive.h>
#include <archive_entry.h>

static inline void ksig_archive_free(struct archive *archive)
{
	archive_read_free(archive);
}
typedef struct archive ksig_archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_archive, ksig_archive_free)

/* ---- limits on what is read ---------------------------------------------------------------------- */

/* What one import may hold at most. A kernel of 2026 has 90,000 entries, 1.6 GB, and no file above 25 MB. */
struct ksig_import_limits {
	uint64_t entries;
	uint64_t file_bytes;
	uint64_t total_bytes; /* a hard link counts as the file it names */
};

extern const struct ksig_import_limits ksig_import_limits_default;

/* ---- pack ---------------------------------------------------------------------------------------- */

/*
 * Objects on their way into one pack of the store. They are hashed and compressed by threads of their own;
 * what the store already has is not written. Nothing is visible before _finish, which makes the pack and its
 * index appear by renaming; a killed process leaves a file tmp_ksig_* that ksig_tree_workspace_lock() sweeps.
 *
 * The pack is written here and not by git fast-import, which takes 18 s of one core for a kernel where this
 * takes 7 s on each of two. The format is gitformat-pack(5).
 */
typedef struct ksig_pack ksig_pack;
ksig_pack *ksig_pack_new(git_repository *repository, const char *path, GError **error);

/*
 * Adds an object. DATA is taken and freed. *OUT_ID (may be NULL) is set by the time of _wait, and must stay
 * where it is until then.
 */
void ksig_pack_add(ksig_pack *pack, git_object_t type, char *data, size_t length_bytes, git_oid *out_id);

/* Waits until every object is written; says what went wrong with any of them. */
bool ksig_pack_wait(ksig_pack *pack, GError **error);

/* Waits, then puts the pack and its index in place. Without new objects, no pack is made. */
bool ksig_pack_finish(ksig_pack *pack, GError **error);

/* The same. OUT_PATH: the pack's path without its ending; NULL: none was made. Free with g_free(). */
bool ksig_pack_finish_as(ksig_pack *pack, char **out_path, GError **error);
void ksig_pack_free(ksig_pack *pack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_pack, ksig_pack_free)

/* ---- compression and digests --------------------------------------------------------------------- */

/* A compressor for the zlib format, with a buffer for its output. */
typedef struct ksig_deflater ksig_deflater;
ksig_deflater *ksig_deflater_new(void);
void ksig_deflater_free(ksig_deflater *deflater);

/*
 * Compresses DATA. The result belongs to DEFLATER, until its next run; it begins with ROOM_BYTES that the
 * caller may fill, which OUT_LENGTH_BYTES does not count.
 */
uint8_t *ksig_deflater_run(ksig_deflater *deflater, const char *data, size_t length_bytes, size_t room_bytes,
			   size_t *out_length_bytes);

uint32_t ksig_crc32(const uint8_t *data, size_t length_bytes);

/* The SHA-1 of what FD has from where it stands on, 20 bytes; NAME stands in the messages. */
bool ksig_digest_sha1(int fd, const char *name, uint8_t *out_digest, GError **error);

/* The SHA-256 of the file at PATH, in hexadecimal; free with g_free(). */
char *ksig_digest_file(const char *path, GError **error);

/* ---- objects held in memory ---------------------------------------------------------------------- */

struct ksig_hold;

/* A hold on REPOSITORY, at PATH, whose object database frees it. */
struct ksig_hold *ksig_hold_new(git_repository *repository, const char *path, GError **error);
void ksig_hold_begin(struct ksig_hold *hold);
/* Packs what is held if it is much. */
bool ksig_hold_relieve(struct ksig_hold *hold, git_repository *repository, const char *path, GError **error);
/* Packs the rest; from then on objects are written as they come. On an error what was held is lost. */
bool ksig_hold_end(struct ksig_hold *hold, git_repository *repository, const char *path, GError **error);

/*
 * The packs that were made so and are there still; and away with them, when the one called KEPT (40 digits,
 * and maybe one of them) has what is in them.
 */
uint32_t ksig_hold_packs(const struct ksig_hold *hold);
void ksig_hold_remove_packs(struct ksig_hold *hold, const char *kept);
/* They are there, and are never asked for again. */
void ksig_hold_forget_packs(struct ksig_hold *hold);

/* ---- pack index ---------------------------------------------------------------------------------- */

struct ksig_pack_entry {
	git_oid id;
	uint32_t crc;
	uint64_t offset;
};

/* The bytes of the version 2 index of a pack with ENTRIES (sorted here) and the checksum PACK_CHECKSUM. */
GByteArray *ksig_pack_index(GArray *entries, const git_oid *pack_checksum);

/* ---- builder ------------------------------------------------------------------------------------- */

/* The paths of one tree while it is read. Every path is checked; NAME stands in the messages. */
typedef struct ksig_builder ksig_builder;
ksig_builder *ksig_builder_new(ksig_store *store, const char *name, const struct ksig_import_limits *limits,
			       GError **error);

/* Adds a file or a symbolic link of MODE (git's). DATA is taken. An entry of the same path is replaced. */
bool ksig_builder_add(ksig_builder *builder, const char *path, uint16_t mode, char *data, size_t length_bytes,
		      GError **error);

/* Adds PATH with the content and mode of TARGET, which must be a file that was added before. */
bool ksig_builder_link(ksig_builder *builder, const char *path, const char *target, GError **error);

/* Notes a folder: nothing in the tree unless something is put in it. */
bool ksig_builder_folder(ksig_builder *builder, const char *path, GError **error);

/* Drops the folder that everything is in, if there is one such, and writes trees and pack. */
bool ksig_builder_finish(ksig_builder *builder, bool drop_common_folder, git_oid *out_tree, GError **error);
const struct ksig_import_limits *ksig_builder_limits(const ksig_builder *builder);
void ksig_builder_free(ksig_builder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_builder, ksig_builder_free)

/* ---- archives ------------------------------------------------------------------------------------ */

/* Sets ERROR from libarchive's last error on ARCHIVE and returns false; NAME names the input. */
bool ksig_archive_error(GError **error, struct archive *archive, const char *name);

/* A reader of tar in any of the compressions that a kernel comes in; not opened yet. */
struct archive *ksig_archive_new_tar(void);

/* Opens PATH as such. */
struct archive *ksig_archive_open_tar(const char *path, GError **error);

/*
 * The data of the entry that ARCHIVE stands at, at most LIMIT_BYTES, NUL-terminated; free with g_free().
 * PATH and NAME stand in the messages.
 */
char *ksig_archive_read(struct archive *archive, struct archive_entry *entry, uint64_t limit_bytes,
			const char *name, size_t *out_length_bytes, GError **error);

/* The path of ENTRY in its own bytes, without "./" and doubled slashes; empty for the root. Free with
 * g_free().
 */
char *ksig_archive_path(struct archive_entry *entry, const char *name, GError **error);

/* Reads ARCHIVE (opened) to its end into a tree of STORE. SIZE_BYTES: of the compressed file, for progress.
 */
bool ksig_archive_import(ksig_store *store, struct archive *archive, const char *name, uint64_t size_bytes,
			 const struct ksig_import_limits *limits, git_oid *out_tree, GError **error);

/* A kernel of which nothing is known but the ARGUMENT. */
struct ksig_kernel *ksig_kernel_new(const char *argument);

/* Imports the tarball at PATH, whose bytes have the digest SHA256; a known digest costs a look-up. */
bool ksig_tarball_import(ksig_store *store, const char *path, const char *sha256, git_oid *out_tree,
			 GError **error);

/* Imports the folder at PATH; a .git right below it is left out. */
bool ksig_folder_import(ksig_store *store, const char *path, const struct ksig_import_limits *limits,
			git_oid *out_tree, GError **error);

/* ---- what was imported before -------------------------------------------------------------------- */

/* The key of an import of KIND ("tar", "dsc", …; it carries the version of the rules) of inputs DIGESTS. */
char *ksig_import_key(const char *kind, const char *const *digests);

/*
 * Looks KEY up. Found: fills KERNEL's tree, label, changelog and patches and sets *OUT_FOUND. What is
 * remembered is a git tree under refs/ksig/imports/KEY, so that git's garbage collection keeps it.
 */
bool ksig_import_recall(ksig_store *store, const char *key, struct ksig_kernel *kernel, bool *out_found,
			GError **error);
bool ksig_import_remember(ksig_store *store, const char *key, const struct ksig_kernel *kernel,
			  GError **error);

/* ---- patching a tree ----------------------------------------------------------------------------- */

/* A patch that is applied as dpkg-source(1) does, with no fuzz. TEXT is taken. */
struct ksig_source_patch *ksig_source_patch_debian(const char *name, char *text, size_t length_bytes);

/* The file PATH, unpacked if it is compressed, at most LIMIT_BYTES; without argv. */
struct ksig_source_patch *ksig_source_patch_read(const char *path, const char *name, uint64_t limit_bytes,
						 GError **error);

/* Adds the names of PATCHES to KERNEL's. */
void ksig_source_patches_note(GPtrArray *patches, struct ksig_kernel *kernel);

/* A scratch folder in the workspace; the lock's taker sweeps what a killed process leaves. */
ksig_scratch *ksig_import_scratch(const ksig_store *store, GError **error);

/*
 * Applies PATCHES (struct ksig_source_patch *) in order to TREE. Only the files that they name are laid out,
 * in a scratch folder that is gone afterwards.
 */
bool ksig_patches_apply(ksig_store *store, const git_oid *tree, GPtrArray *patches, git_oid *out_tree,
			GError **error);

/*
 * The paths that a patch of TEXT may touch with -pSTRIP: a set of char *, safe ones only. OUT_REPOSITORY (may
 * be NULL): a name with a component .git among them, which is no file of a tree; free with g_free().
 */
GHashTable *ksig_patch_paths(const char *text, size_t length_bytes, unsigned strip, char **out_repository);

/* TREE without the entry NAME at its root. */
bool ksig_tree_without(ksig_store *store, const git_oid *tree, const char *name, git_oid *out_tree,
		       GError **error);

/* TREE with the tree SUBTREE as the folder NAME at its root, in place of what was there. */
bool ksig_tree_with(ksig_store *store, const git_oid *tree, const char *name, const git_oid *subtree,
		    git_oid *out_tree, GError **error);

/* The text of the file PATH of TREE, or NULL if it has none such; free with g_free(). */
char *ksig_tree_text(ksig_store *store, const git_oid *tree, const char *path);

/* ---- kinds of KERNEL ----------------------------------------------------------------------------- */

/* Each fills label, tree and, where there is one, changelog and patches. */
bool ksig_kernel_import_dsc(ksig_store *store, struct ksig_kernel *kernel, GError **error);
bool ksig_kernel_import_srpm(ksig_store *store, struct ksig_kernel *kernel, GError **error);
/* The same for a folder of dist-git. */
bool ksig_kernel_import_dist_git(ksig_store *store, struct ksig_kernel *kernel, GError **error);

/* A Debian source control file, read. Every string is owned by it. */
struct ksig_dsc_file {
	char *name;
	char *sha256;
	uint64_t size_bytes;
};
struct ksig_dsc {
	char *format;
	char *source;
	char *version;
	GPtrArray *files; /* struct ksig_dsc_file * */
};

/* Reads TEXT, with or without a clear-text signature (which is not checked). NAME stands in the messages. */
struct ksig_dsc *ksig_dsc_parse(const char *text, const char *name, GError **error);
void ksig_dsc_free(struct ksig_dsc *dsc);
typedef struct ksig_dsc ksig_dsc;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_dsc, ksig_dsc_free)

/* The names in a quilt series, in order, as dpkg-source reads it; an unsafe name is an error. */
GPtrArray *ksig_series_parse(const char *text, const char *name, GError **error);
