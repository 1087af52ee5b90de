/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands below lib/modules. */
#pragma once

#include "kmod/link.h"
#include "kmod/kernel-internal.h"

/* A module file below lib/modules/KERNEL/extra or updates. */
struct link_file {
	char *top;           /* "extra", "updates" */
	char *path;          /* below TOP: "acme/drivers/net/acme.ko" */
	char *unit;          /* what it came with: the first folder of PATH, or the module's name */
	ksig_module *module; /* NULL: it cannot be read */
	char *problem;       /* then: why */
	guint group;         /* modules with one number belong together */
};

struct link_kernel {
	char *release;
	bool installed;            /* not what a removed kernel left behind */
	GPtrArray *files;          /* of struct link_file */
	ksig_kmod_kernel *symbols; /* NULL: it has no list of symbols that can be read */
	char *problem;             /* then: why */
};

struct link_system {
	const char *root;
	GPtrArray *kernels; /* of struct link_kernel, oldest first as rpm orders them */
};

bool link_system_read(struct link_system *system, GError **error);
void link_system_clear(struct link_system *system);
const struct link_kernel *link_kernel_find(const struct link_system *system, const char *release);

/* The file PATH of KERNEL's, below any of the folders (TOP NULL) or that one; NULL: none. */
const struct link_file *link_file_find(const struct link_kernel *kernel, const char *top, const char *path);

/* The names below PATH, sorted; empty if it is not there. */
GPtrArray *link_list_folder(const char *path);

/*
 * Where a link in FOLDER (below ROOT) that says TARGET leads, seen from outside of ROOT: to g_free(). "." and
 * ".." are resolved as text.
 */
char *link_resolve(const char *root, const char *folder, const char *target);

/* A module's file by its name: "acme.ko", "acme.ko.xz". */
bool link_is_module_name(const char *name);
