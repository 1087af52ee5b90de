/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a git pack by threads that hash and deflate, at most 64 MiB in flight; its index (pack-index.c)
 * comes last, so that git sees a whole pack or none.
 */
#pragma once

#include "tree/tree.h"

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
