/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths from outside become a git tree. */
#pragma once

#include "tree/tree-internal.h"
#include "tree/tree.h"

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
