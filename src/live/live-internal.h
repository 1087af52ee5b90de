/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/live.h"

enum {
	LIVE_LIMIT_OBJECTS = 200, /* that the fast way compiles */
	LIVE_LIMIT_PATCH_BYTES = 16 << 20,
	LIVE_LIMIT_OBJECT_BYTES = 256 << 20,
	LIVE_LIMIT_SMALL_BYTES = 16 << 20,
	LIVE_TIMEOUT_COMPILE_MS = 30 * 60 * 1000,
	LIVE_TIMEOUT_FULL_MS = 6 * 60 * 60 * 1000,
	LIVE_TIMEOUT_TOOL_MS = 10 * 60 * 1000,
};

/* A build while it runs. */
struct live_build {
	const struct ksig_live_build_options *options;
	ksig_live_built *built;
	char *tree; /* absolute */
	char *scratch;
	char *tools, *hook;
	char *symvers;
	bool klp;           /* by klp-build, which asks for less */
	GPtrArray *paths;   /* of char *: files that the patches touch */
	GPtrArray *objects; /* of char *: "fs/proc/cmdline.o" */
	bool unsound;       /* the fast way would miss objects that a full build does not */
	gint64 started;     /* of the current step */
};

/* Ends the step that runs, as NAME. */
void live_step(struct live_build *build, const char *name);

/* Paths in the "+++ b/" lines of TEXT, below the tree; an input error if one leaves it. (build-patch.c) */
bool live_patch_paths(const char *what, const char *text, GPtrArray *paths, GError **error);
/* The objects that the touched files reach, or a negative answer if that cannot be told. */
bool live_patch_objects(struct live_build *build, GError **error);

/* build-tree.c: the tree made ready once; patched and put back. */
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

/* build-parent.c: "vmlinux" or a module's name, and its file; the original objects' functions are those of
 * vmlinux, byte for byte but for relocations. */
bool live_parent_is_module(const struct live_build *build, const char *object);
bool live_parent_find(const struct live_build *build, const char *object, char **out_name, char **out_path,
		      GError **error);
/* The debug file of module NAME. */
char *live_parent_debug(const struct live_build *build, const char *name, GError **error);
GBytes *live_map(const char *path, GError **error);
bool live_proof(struct live_build *build, const char *folder, GError **error);

/* build-sizes.c: NAME=SIZE for create-diff-object, out of vmlinux's BTF; NULL-ended. */
char **live_struct_sizes(const char *vmlinux, GError **error);

/* build-module.c: differences linked into the module. */
bool live_module_link(struct live_build *build, const char *before, const char *after, GError **error);

/* build-full.c: kpatch-build and klp-build, with what they need made ready. */
bool live_build_kpatch(struct live_build *build, GError **error);
bool live_build_klp(struct live_build *build, GError **error);
