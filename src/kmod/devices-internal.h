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
} device_names;
void device_names_clear(device_names *names);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(device_names, device_names_clear)

/* The list of devices that EL 9 and later switch off for the kernel's own modules, below a kernel's source.
 */
static const char device_central_file[] = "kernel/rh_messages.h";
static const char device_central_table[] = "rh_disabled_pci_devices";

/* How the line of what is not understood begins that counts tables of other buses. */
static const char device_other_buses[] = "tables of other buses than PCI: ";

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

/* LINUX_VERSION_CODE and RHEL_RELEASE_CODE of the kernel's source in FOLDER, as directives; to g_free(). */
char *device_version_words(const char *folder);

/* The usual words, SETTINGS (directives) and the ids of the kernel's source in FOLDER; to g_free(). */
char *device_base_definitions(const char *folder, const char *settings, GError **error);

/* The same, and what the headers of RECIPE define. */
char *device_definitions(const char *folder, const ksig_recipe *recipe, const char *settings, GError **error);

/* LINE is a directive that the preprocessor is given: a definition, a condition, #pragma once. */
bool device_is_directive(const char *line);

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

/* Calls SEE for each regular file of RECIPE below FOLDER. */
typedef void device_file_fn(const char *path, const char *relative, void *data);
void device_each_file(const char *folder, const ksig_recipe *recipe, device_file_fn *see, void *data);

/* ---- the preprocessor (device-preprocess.c) ------------------------------------------------------ */

/* The names of copies that include each other, and what stands in them for a file that is not there. */
#define DEVICE_COPY_FORMAT "ksig-%u.h"
#define DEVICE_ABSENT "KSIG_ABSENT"

/* What the preprocessor makes of INPUT. FOLDER: where the copies are that it may include; NULL: none. */
GString *device_preprocess(const GString *input, const char *folder, GError **error);

/* TEXT in which nothing includes but copies; to g_free(). */
char *device_harmless(const char *text);

/* TEXT with lines that a '\\' continues on one line; to g_free(). */
char *device_without_splices(const char *text);

/* ---- whole files (device-unit.c, device-expand.c) ------------------------------------------------ */

/* The source files of RECIPE (borrowed) below FOLDER. */
typedef struct device_units device_units;
device_units *device_units_open(const char *folder, const ksig_recipe *recipe, GError **error);
void device_units_free(device_units *units);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(device_units, device_units_free)

const char *device_units_folder(const device_units *units);
const ksig_recipe *device_units_recipe(const device_units *units);

/* The devices with SETTINGS: driven ones, and those that are switched off while the module runs marked so. */
GPtrArray *device_read(device_units *units, const char *settings, GPtrArray *unclear, GError **error);

/* The .c files (char *, paths below the folder) in which, headers put in place, a table of devices may stand.
 */
const GPtrArray *device_units_roots(const device_units *units);

/* ROOT expanded, with DEFINITIONS before it. */
GString *device_units_expand(device_units *units, const char *root, const char *definitions, GError **error);

/* What ROOT includes by "" and the recipe has not, by blanks; NULL: nothing. */
char *device_units_missing(device_units *units, const char *root);

/* True if the makefiles below FOLDER say of FILE (a .c file) that it goes into modules, and none is RECIPE's.
 */
bool device_is_of_another_module(const char *folder, const ksig_recipe *recipe, const char *file);

/* An expanded file, and what its tables are added to. */
struct device_expansion {
	const char *file;
	const char *text;
	const char *missing;          /* device_units_missing() */
	GPtrArray *driven, *disabled; /* of struct ksig_device */
	GPtrArray *unclear;           /* char * */
	GHashTable *buses;            /* of tables of other buses: name -> how many */
};
void device_expansion_read(const struct device_expansion *expansion);

/* Of C text: the brace that closes the one before OPEN (NULL: none); the end of the row that starts at AT. */
const char *device_closing_brace(const char *open);
const char *device_entry_end(const char *at, const char *end);

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

/*
 * The one of OTHERS that covers ALIAS, rather one that is driven; NULL: none. The '*' of ALIAS is a letter
 * like any other here: only a '*' of the other one covers it.
 */
const struct ksig_device *device_covering(const char *alias, const GPtrArray *others);

/* True if one of OTHERS, wildcards and all, covers ALIAS. */
bool device_is_covered(const char *alias, const GPtrArray *others);

/*
 * The alias of an expanded entry such as ".vendor = (0x15b3), .device = (0x1002), …" as modpost writes it
 * (scripts/mod/file2alias.c, do_pci_entry()); to g_free(). NULL: it is not made of numbers alone. OUT_IS_END:
 * it is all zero and ends a table.
 */
char *device_alias(const char *expanded, bool *out_is_end);
