/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kmod/devices.h"

/* Of a source file; tables stand in files of a few hundred KiB. */
enum { DEVICE_FILE_LIMIT_BYTES = 16 << 20 };

/* One table of a file: where its body stands, and its entries. */
struct device_table {
	char *name;
	size_t body, end;   /* offsets in the file, behind the opening brace and at the closing one */
	size_t last;        /* where the entry that ends the table starts, or END: where a new one goes */
	GPtrArray *devices; /* of struct ksig_device; those whose alias is NULL are unclear */
};

/* What a driver's files do with tables of ids, by the tables' names. */
typedef struct {
	GHashTable *exported; /* MODULE_DEVICE_TABLE(pci, NAME): what it drives */
	GHashTable *disabled; /* pci_hw_disabled(NAME, …): what its probe refuses all the same */
	GHashTable *read;     /* those whose table was found */
} device_names;
void device_names_clear(device_names *names);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(device_names, device_names_clear)

/* The list of devices that EL 9 and later switch off for the kernel's own modules, below a kernel's source.
 */
static const char device_central_file[] = "kernel/rh_messages.h";
static const char device_central_table[] = "rh_disabled_pci_devices";

/* The names that the source of RECIPE below FOLDER uses. */
device_names device_names_read(const char *folder, const ksig_recipe *recipe);

/*
 * The tables of the file FILE below FOLDER that NAMES has. DEFINITIONS: what the preprocessor has to know
 * before the file, as text.
 */
GPtrArray *device_tables_read(const char *folder, const char *file, const char *definitions,
			      const device_names *names, GError **error);

/* The same for TEXT in place of what FILE has. */
GPtrArray *device_tables_parse(const char *file, const char *text, const char *definitions,
			       const device_names *names, GError **error);

/* What SETTINGS (directives) and the headers below FOLDER define; to g_free(). */
char *device_definitions(const char *folder, const ksig_recipe *recipe, const char *settings, GError **error);

/* Adds the directives of TEXT that the preprocessor has to know: definitions, conditions. */
void device_add_directives(GString *out, const char *text);

/* The source files of RECIPE below FOLDER that have PCI tables: paths below FOLDER (char *). */
GPtrArray *device_files(const char *folder, const ksig_recipe *recipe);

/* Its .c and .h files, all of them. */
GPtrArray *device_sources(const char *folder, const ksig_recipe *recipe);

/*
 * The lines of its sources outside of tables of ids, for device_companions(). SETTINGS: device_settings(),
 * by which conditions leave lines out; NULL: all lines.
 */
GPtrArray *device_lines(const char *folder, const ksig_recipe *recipe, const char *settings, GError **error);

/* What the preprocessor makes of INPUT. */
GString *device_preprocess(const GString *input, GError **error);

/*
 * The lines (char *, "FILE:LINE: TEXT") of UPSTREAM (device_lines()) that name the hardware of DEVICE and
 * that VENDOR's lines do not have. DRIVEN: the vendor's devices; a word that their rows use is not DEVICE's
 * own.
 */
GPtrArray *device_companions(const struct ksig_device *device, const GPtrArray *driven,
			     const GPtrArray *upstream, const GPtrArray *vendor);

/*
 * Directives to g_free(): of a kernel's CONFIGURATION (NULL: none), then of RECIPE's options (NULL: left out)
 * for the kernel RELEASE (NULL: unknown).
 */
char *device_settings(const char *configuration, const ksig_recipe *recipe, const char *release);

/* Every CONFIG_ word that the source of RECIPE below FOLDER names, as if it were on. */
char *device_settings_all(const char *folder, const ksig_recipe *recipe);

/* The devices with SETTINGS: driven ones, and those that are switched off while the module runs marked so. */
GPtrArray *device_read(const char *folder, const ksig_recipe *recipe, const char *settings,
		       GPtrArray *unclear, GError **error);

/* True if one of OTHERS, wildcards and all, covers ALIAS. */
bool device_is_covered(const char *alias, const GPtrArray *others);

/*
 * The alias of an expanded entry such as ".vendor = (0x15b3), .device = (0x1002), …" as modpost writes it
 * (scripts/mod/file2alias.c, do_pci_entry()); to g_free(). NULL: it is not made of numbers alone. OUT_IS_END:
 * it is all zero and ends a table.
 */
char *device_alias(const char *expanded, bool *out_is_end);
