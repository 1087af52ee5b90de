/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/built-internal.h"

/* The tree made ready once; patched and put back. */
bool live_tree_prepare(struct live_build *build, GError **error);
bool live_tree_restore(const char *tree, GError **error);
/* Keeps PATHS as they are, for the restore, also of a run that comes after this one was killed. */
bool live_tree_save(const struct live_build *build, const GPtrArray *paths, GError **error);
bool live_tree_patch(struct live_build *build, GError **error);
/* Whether the patches apply, tried on copies of the touched files: the tree keeps its times for make. */
bool live_patches_check(const struct live_build *build, GError **error);
bool live_tree_compile(struct live_build *build, bool split, const char *folder, GError **error);
bool live_make(struct live_build *build, const char *const *arguments, int timeout_ms, GError **error);
/* Both streams of a tool go to LOG_PATH: which of them a word is on differs from release to release. */
bool live_run_logged(const char *const *argv, const struct ksig_process_options *options,
		     const char *log_path, int *out_status, GError **error);
char *live_vmlinux_release(const char *vmlinux, GBytes *bytes, GError **error);
