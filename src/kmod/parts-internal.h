/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel's packages and folders. */
#pragma once

#include "kmod/kmod.h"

/* What of a kernel's package or folder says what it is. Fields are NULL until met. */
struct ksig_kmod_parts {
	GBytes *symvers, *configuration, *release, *utsrelease, *module;
	GHashTable *stable; /* lists of stable symbols: architecture -> GBytes */
	char *symvers_path, *module_path;
};

/* True if a file called PATH is one of the parts and is not there yet. */
bool ksig_kmod_parts_want(const struct ksig_kmod_parts *parts, const char *path);
void ksig_kmod_parts_take(struct ksig_kmod_parts *parts, const char *path, GBytes *content);
void ksig_kmod_parts_clear(struct ksig_kmod_parts *parts);

/*
 * Reads a package file (.rpm, .deb): WANT says for each file whether TAKE gets its content. TAKE says whether
 * to go on.
 */
typedef bool ksig_kmod_want_fn(const char *name, void *data);
typedef bool ksig_kmod_take_fn(const char *name, GBytes *content, void *data, GError **error);
bool ksig_kmod_package_visit(const char *path, ksig_kmod_want_fn *want, ksig_kmod_take_fn *take, void *data,
			     GError **error);

/*
 * The content of the entry that READER stands at, of at most LIMIT_BYTES. NULL: an input error that names
 * PATH, it is too large or damaged.
 */
struct archive;
GBytes *ksig_kmod_entry_read(struct archive *reader, size_t limit_bytes, const char *path, GError **error);

/* Fill PARTS from a package file (.rpm, .deb) or a folder. */
bool ksig_kmod_parts_read_package(struct ksig_kmod_parts *parts, const char *path, GError **error);
bool ksig_kmod_parts_read_folder(struct ksig_kmod_parts *parts, const char *path, GError **error);
