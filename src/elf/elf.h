/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf: modules and kernels as files. All of it is read as hostile: what a header says is checked against what
 * the file holds before it is followed.
 */
#pragma once

#include "base/base.h"

/* ---- build ids ----------------------------------------------------------------------------------- */

/*
 * The GNU build id (lower-case hex) in NOTES, a run of ELF notes such as /sys/kernel/notes; NULL without
 * error: there is none.
 */
char *ksig_notes_build_id(GBytes *notes);

/* The build id of an ELF file (vmlinux, a module). WHAT names it in errors. */
char *ksig_elf_build_id(const char *what, GBytes *file, GError **error);

/*
 * The build id of a kernel image as it is booted: a bzImage's payload (Documentation/arch/x86/boot.rst:
 * protocol 2.08 on, payload_offset) is decompressed; an ELF file is read as it is.
 */
char *ksig_kernel_image_build_id(const char *what, GBytes *image, GError **error);

/* ---- functions ----------------------------------------------------------------------------------- */

struct ksig_elf_comparison {
	guint compared, equal;
	GPtrArray *different; /* of char *: names; the caller's */
};

/*
 * Whether the functions of an object file stand in a linked kernel or module WHOLE, byte for byte, but for
 * what the object's relocations write. Adds to OUT. Functions that WHOLE does not have are left out.
 */
bool ksig_elf_compare_functions(const char *object_name, GBytes *object_bytes, const char *whole_name,
				GBytes *whole_bytes, struct ksig_elf_comparison *out, GError **error);

/* ---- live patches -------------------------------------------------------------------------------- */

struct ksig_klp_function {
	char *object; /* "vmlinux" or a module's name */
	char *name;
	uint64_t sympos;     /* which one of that name, from 1; 0: there is but one */
	uint64_t size_bytes; /* of the new function; 0: unknown */
};

struct ksig_klp_relocation {
	char *object, *section; /* of .klp.rela.OBJECT.SECTION */
	uint64_t count;
};

struct ksig_klp_symbol {
	char *object, *name; /* of .klp.sym.OBJECT.NAME,SYMPOS */
	uint64_t sympos;
};

struct ksig_klp_import {
	char *name;
	uint32_t crc;
};

/* What a live-patch module patches, as its ELF says. Arrays are never NULL and sorted by name. */
typedef struct ksig_klp {
	char *name, *vermagic, *build_id; /* NULL: it does not say */
	bool livepatch;                   /* modinfo livepatch=Y: the kernel insists on it */
	GPtrArray *functions;             /* of struct ksig_klp_function */
	GPtrArray *relocations;           /* of struct ksig_klp_relocation */
	GPtrArray *symbols;               /* of struct ksig_klp_symbol */
	GPtrArray *imports;               /* of struct ksig_klp_import: symbol versions asked of the kernel */
	GPtrArray *callbacks;             /* of char *: "pre_patch vmlinux" and such */
	GPtrArray *shadows;               /* of char *: klp_shadow_* calls */
	GPtrArray *states;                /* of char *: klp_state ids */
} ksig_klp;

/*
 * Reads MODULE (the whole file; a signature at its end does not matter). Functions are found in .kpatch.funcs
 * (kpatch), in .init.klp_funcs (klp-build, commit dd590d4d57eb ("objtool/klp: Introduce klp diff subcommand
 * for diffing object files")), else in the struct klp_func that relocations make out.
 */
ksig_klp *ksig_klp_read(const char *what, GBytes *module, GError **error);
void ksig_klp_free(ksig_klp *klp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_klp, ksig_klp_free)

/*
 * What differs between two: lines such as "+ function vmlinux cmdline_proc_show", sorted; free with
 * g_ptr_array_unref().
 */
GPtrArray *ksig_klp_compare(const ksig_klp *before, const ksig_klp *after);
