/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kmod/kmod.h"

/* Either read into memory (symbols) or in the catalog. */
struct ksig_kmod_kernel {
	struct ksig_catalog_kernel *info;
	GHashTable *symbols; /* name -> struct ksig_catalog_symbol; NULL: ask CATALOG */
	ksig_catalog *catalog;
};

ksig_kmod_kernel *ksig_kmod_kernel_new(void);
void ksig_kmod_kernel_add_exports(ksig_kmod_kernel *kernel, GPtrArray *exports);
void ksig_kmod_kernel_add_stable(ksig_kmod_kernel *kernel, GPtrArray *stable);

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

/* True if the file PATH is a module, compressed or not: "acme.ko.xz". */
bool ksig_kmod_is_module_file(const char *path);

/* True if the file PATH is called as archives are. */
bool ksig_kmod_is_archive(const char *path);

/* The archive inside of the package PATH that has modules; to g_free(). NULL: there is none, or it cannot be
 * read. */
char *ksig_kmod_nested_modules(const char *path);

/* Fill PARTS from a package file (.rpm, .deb) or a folder. */
bool ksig_kmod_parts_read_package(struct ksig_kmod_parts *parts, const char *path, GError **error);
bool ksig_kmod_parts_read_folder(struct ksig_kmod_parts *parts, const char *path, GError **error);
