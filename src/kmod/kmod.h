/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kmod: external kernel modules: will one load, why not, how it is built, what a new kernel asks for.
 *
 * The verdict is the loader's own, predicted: the checks of kernel/module/ in their order, on what a kernel's
 * symbol list and a module's file say. Nothing is loaded.
 */
#pragma once

#include "catalog/catalog.h"
#include "elf/elf.h"

/* ---- kernels ------------------------------------------------------------------------------------- */

/* A kernel as the loader of modules sees it. */
typedef struct ksig_kmod_kernel ksig_kmod_kernel;

/*
 * Reads what a kernel exports from PATH: a header package or kernel package (.rpm, .deb), a folder with
 * Module.symvers or symvers.gz in it, or such a file alone (its release and vermagic are then unknown, and
 * what depends on them is not checked). STABLE (may be NULL): its list of stable symbols, as
 * ksig_elf_kabi_read() takes them.
 */
ksig_kmod_kernel *ksig_kmod_kernel_read(const char *path, const char *stable, GError **error);

/*
 * The kernels in PATH: what ksig_kmod_kernel_read() takes is one; a folder of packages (a mirror's) has
 * several, each once. Packages that say nothing of symbols are passed over; those that cannot be read go to
 * SKIPPED (char *). None at all: an input error.
 */
GPtrArray *ksig_kmod_kernels_read(const char *path, const char *stable, GPtrArray *skipped, GError **error);

/* The packages below FOLDER, no source packages: paths (char *), sorted. */
GPtrArray *ksig_kmod_packages_below(const char *folder);
void ksig_kmod_kernel_free(ksig_kmod_kernel *kernel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_kmod_kernel, ksig_kmod_kernel_free)

/* The kernels of the catalog that match LABELS (names or patterns, NULL-ended; NULL: all). CATALOG outlives
 * them. */
GPtrArray *ksig_kmod_kernels_open(ksig_catalog *catalog, const char *const *labels, GError **error);

/* Puts KERNEL into the catalog, in one transaction. */
bool ksig_kmod_kernel_store(const ksig_kmod_kernel *kernel, ksig_catalog *catalog, GError **error);

const struct ksig_catalog_kernel *ksig_kmod_kernel_info(const ksig_kmod_kernel *kernel);

/* What KERNEL exports as NAME; false: nothing. OUT_SYMBOL is cleared by the caller. */
bool ksig_kmod_kernel_find(const ksig_kmod_kernel *kernel, const char *name,
			   struct ksig_catalog_symbol *out_symbol);

/* Adds the prototypes' hashes from TYPES to a kernel that was read. */
void ksig_kmod_kernel_add_types(ksig_kmod_kernel *kernel, const ksig_types *types);

/* ---- modules ------------------------------------------------------------------------------------- */

/*
 * Adds to MODULES (ksig_module) what PATH has: a module file, a folder of them, or a package (.rpm, .deb).
 * NAMES (NULL-ended; NULL: all) are the modules that are wanted. A folder's source packages are left out.
 */
bool ksig_kmod_modules_read(const char *path, const char *const *names, GPtrArray *modules, GError **error);

/* The release that MODULE was built for, from its vermagic; to g_free(). */
char *ksig_kmod_module_release(const ksig_module *module);

/* ---- verdicts ------------------------------------------------------------------------------------ */

enum ksig_kmod_verdict { KSIG_KMOD_LOADS, KSIG_KMOD_UNLISTED, KSIG_KMOD_REFUSES };

enum ksig_kmod_problem_kind {
	KSIG_KMOD_ARCHITECTURE, /* built for another machine */
	KSIG_KMOD_VERMAGIC,
	KSIG_KMOD_LAYOUT,     /* module_layout: struct module and its friends changed */
	KSIG_KMOD_NO_VERSION, /* the module has no symbol versions and the kernel has */
	KSIG_KMOD_CRC,
	KSIG_KMOD_MISSING,
	KSIG_KMOD_GPL,        /* exported to GPL modules only */
	KSIG_KMOD_NAMESPACE,  /* exported into a namespace that the module does not import */
	KSIG_KMOD_DUPLICATE,  /* the module exports what the kernel exports */
	KSIG_KMOD_DEPENDENCY, /* a module that it needs is refused */
	KSIG_KMOD_SIGNATURE,
	KSIG_KMOD_STRUCT_SIZE, /* struct module has another size */
	KSIG_KMOD_OFF_LIST,    /* not refused: a symbol that is not on the stable list */
	KSIG_KMOD_NEWER,       /* not refused: the kernel is newer than what is known of loaders */
	KSIG_KMOD_XZ_CHECK,    /* not refused: compressed in a way that not every kernel unpacks by itself */
};

struct ksig_kmod_problem {
	enum ksig_kmod_problem_kind kind;
	char *symbol;           /* or a module; NULL: none */
	uint32_t wanted, found; /* CRCs, for LAYOUT and CRC */
	char *message;
};

typedef struct ksig_kmod_result {
	const ksig_module *module;
	const ksig_kmod_kernel *kernel;
	enum ksig_kmod_verdict verdict;
	GPtrArray *problems; /* of struct ksig_kmod_problem */
} ksig_kmod_result;

const char *ksig_kmod_verdict_name(enum ksig_kmod_verdict verdict);
const char *ksig_kmod_problem_name(enum ksig_kmod_problem_kind kind);

/*
 * For each of MODULES (ksig_module) what the loader of KERNEL would say if modprobe loaded it. MODULES stand
 * in for in-tree modules of their names, and see one another's exports. SIGNED: the kernel takes signed
 * modules only.
 */
GPtrArray *ksig_kmod_check(GPtrArray *modules, const ksig_kmod_kernel *kernel, bool signed_only);
void ksig_kmod_result_free(ksig_kmod_result *result);

/* ---- reports ------------------------------------------------------------------------------------- */

enum ksig_kmod_format { KSIG_KMOD_TEXT, KSIG_KMOD_JSON, KSIG_KMOD_HTML };
bool ksig_kmod_format_parse(const char *name, enum ksig_kmod_format *out_format, GError **error);

/* RESULTS (ksig_kmod_result) with what is wrong with each; to g_free(). */
char *ksig_kmod_report(GPtrArray *results, enum ksig_kmod_format format);

/* RESULTS as a table, kernels down, modules across; to g_free(). */
char *ksig_kmod_matrix(GPtrArray *results, enum ksig_kmod_format format);

/* ---- why ----------------------------------------------------------------------------------------- */

/*
 * Why RESULT's module is refused: each changed symbol with the changed type that is nearest to it, and
 * whether building again suffices. DIFFERENCE: from the kernel that it was built for to the result's. PATCHES
 * (may be NULL): what changed a type's definition, "struct sock" -> GPtrArray of char *, a patch a line. Text
 * or JSON, to g_free().
 */
char *ksig_kmod_why(const ksig_kmod_result *result, ksig_type_difference *difference, GHashTable *patches,
		    enum ksig_kmod_format format);
