/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf: kernel modules, kernel images and the lists beside them, read as hostile input.
 *
 * Nothing that is read is trusted: every offset is checked against the file before it is followed, every
 * count against a named limit before it sizes anything, and every string ends inside its section. What is
 * damaged is an input error that names the file; nothing here runs, loads or writes what it reads.
 */
#pragma once

#include "base/base.h"

/* ---- files --------------------------------------------------------------------------------------- */

/*
 * The content of the file PATH, decompressed if it is gzip, xz or zstd; at most LIMIT_BYTES (0: 256 MiB)
 * after that.
 */
GBytes *ksig_elf_unpack_file(const char *path, size_t limit_bytes, GError **error);

/* The same for DATA; NAME is what errors call it. What is not compressed comes back as it is. */
GBytes *ksig_elf_unpack(const char *name, GBytes *data, size_t limit_bytes, GError **error);

/* Which check the xz stream DATA carries: "none", "CRC32", "CRC64", "SHA-256", "unknown"; NULL: it is no xz
 * stream. */
const char *ksig_elf_xz_check(GBytes *data);

/*
 * The ELF file inside a bzImage, found by its setup header (Documentation/arch/x86/boot.rst: payload_offset,
 * payload_length); an ELF file comes back as it is.
 */
GBytes *ksig_elf_kernel_image_unpack(const char *name, GBytes *image, GError **error);

/* ---- sections ------------------------------------------------------------------------------------ */

/* An ELF file of 64 bits, of either byte order. */
typedef struct ksig_elf ksig_elf;

struct ksig_elf_section {
	const char *name;
	const uint8_t *data; /* NULL if it takes no room in the file */
	size_t size_bytes;
	uint64_t address;
	uint32_t type, link, info;
	uint64_t flags;
};

struct ksig_elf_symbol {
	const char *name;
	uint64_t value;
	uint16_t section; /* an index, SHN_UNDEF or SHN_ABS */
	uint8_t binding, type;
};

/* NAME is what errors call the file. The bytes are kept for as long as the result lives. */
ksig_elf *ksig_elf_new(const char *name, GBytes *data, GError **error);
void ksig_elf_free(ksig_elf *elf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_elf, ksig_elf_free)

/* "x86_64", "aarch64", "ppc64le", "s390x", "riscv64", or "unknown". */
const char *ksig_elf_architecture(const ksig_elf *elf);

/* The section INDEX, or NULL if there are not so many. */
const struct ksig_elf_section *ksig_elf_section(const ksig_elf *elf, size_t index);

/* The first section called NAME, or NULL. */
const struct ksig_elf_section *ksig_elf_find(const ksig_elf *elf, const char *name);

size_t ksig_elf_symbol_count(const ksig_elf *elf);

/* False if symbol INDEX is damaged or there are not so many. */
bool ksig_elf_symbol(const ksig_elf *elf, size_t index, struct ksig_elf_symbol *out_symbol);

/* The unsigned number of WIDTH (2, 4, 8) bytes at OFFSET of SECTION; false if it does not lie inside. */
bool ksig_elf_number(const ksig_elf *elf, const struct ksig_elf_section *section, uint64_t offset,
		     unsigned width, uint64_t *out_number);

/* The string at OFFSET of SECTION if it ends inside it, or NULL. */
const char *ksig_elf_string(const struct ksig_elf_section *section, uint64_t offset);

/* ---- symbols ------------------------------------------------------------------------------------- */

/* A symbol that a kernel or a module exports. */
struct ksig_export {
	char *name;
	uint32_t crc;
	bool has_crc;
	bool gpl_only;
	char *module;           /* "vmlinux", or as in Module.symvers: "drivers/net/wireguard/wireguard" */
	char *symbol_namespace; /* NULL: none */
};
void ksig_elf_export_free(struct ksig_export *symbol);

/* A symbol that a module wants, with the CRC that it was built for. */
struct ksig_import {
	char *name;
	uint32_t crc;
	bool has_crc;
	bool undefined; /* the loader has to find it; false: only its version is on record (module_layout) */
	bool weak;      /* may be absent */
};

/*
 * Module.symvers: "CRC\tNAME\tMODULE\tEXPORT[\tNAMESPACE]" a line. An array of struct ksig_export. Empty is
 * an input error: a kernel without symbols is a build that went wrong.
 */
GPtrArray *ksig_elf_symvers_parse(const char *name, const char *text, size_t length_bytes, GError **error);

/*
 * EL's list of symbols that stay: Module.kabi_ARCH (symvers lines) or a stablelist (a name a line below a
 * heading in brackets). An array of struct ksig_export; has_crc as the list has them.
 */
GPtrArray *ksig_elf_kabi_parse(const char *name, const char *text, size_t length_bytes, GError **error);

/*
 * The text of the list for ARCH at PATH: such a file, also compressed, or a folder, tarball or package with
 * lists in it, as kernel-abi-stablelists has them: Module.kabi_ARCH counts before kabi_stablelist_ARCH, the
 * newest minor release's before older ones; where there is neither, the symbols of kabi-dw's data. ARCH may
 * be NULL for a file. OPEN: ksig_rpm_archive_open(), of a domain that this one does not use.
 */
struct archive;
typedef bool ksig_elf_open_fn(struct archive *reader, const char *path);
GBytes *ksig_elf_kabi_read(const char *path, const char *arch, ksig_elf_open_fn *open, GError **error);
/* The same, parsed. */
GPtrArray *ksig_elf_kabi_load(const char *path, const char *arch, ksig_elf_open_fn *open, GError **error);

/* ---- modules ------------------------------------------------------------------------------------- */

/* The PKCS#7 signature at a module's end; nothing of it is verified here (trust does that). */
struct ksig_module_signature {
	bool present;
	size_t length_bytes;        /* of the PKCS#7 */
	size_t module_length_bytes; /* of the module without it */
	char *signer;               /* its issuer's common name, or NULL */
	char *digest;               /* "sha256", or NULL */
};

typedef struct ksig_module {
	char *name; /* as the kernel calls it: '_', no '-' */
	char *architecture;
	char *vermagic;       /* NULL: none */
	char *license;        /* NULL: none */
	char *version;        /* NULL: none */
	char *source_version; /* NULL: none */
	bool in_tree, retpoline, live_patch;
	GPtrArray *info;       /* char *, "key=value", in order */
	GPtrArray *aliases;    /* char *, "pci:v000015B3d…" */
	GPtrArray *depends;    /* char *, module names */
	GPtrArray *firmware;   /* char * */
	GPtrArray *namespaces; /* char *, imported */
	GPtrArray *imports;    /* of struct ksig_import, by name */
	GPtrArray *exports;    /* of struct ksig_export, by name */
	bool has_versions;     /* __versions or __version_ext_* is there */
	struct ksig_module_signature signature;
	GBytes *btf;          /* .BTF, or NULL */
	size_t size_bytes;    /* uncompressed */
	size_t struct_bytes;  /* of .gnu.linkonce.this_module: struct module as it was built for; 0: not there
			       */
	const char *xz_check; /* "CRC64", …: of a file compressed by xz; NULL: it is not */
} ksig_module;

/* Reads the module file PATH (.ko, .ko.gz, .ko.xz, .ko.zst). */
/* Reads DATA, which may be compressed. */
ksig_module *ksig_elf_module_unpack(const char *name, GBytes *data, GError **error);
ksig_module *ksig_elf_module_read(const char *path, GError **error);
ksig_module *ksig_elf_module_parse(const char *name, GBytes *data, GError **error);
void ksig_elf_module_free(ksig_module *module);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_module, ksig_elf_module_free)

/* The value of the first KEY in its modinfo, or NULL. */
const char *ksig_elf_module_info(const ksig_module *module, const char *key);

/* True if the kernel counts the licence as compatible with the GPL (include/linux/license.h). */
bool ksig_elf_module_is_gpl(const ksig_module *module);

/* Fills OUT from the end of DATA; no signature is not an error, a damaged one is. */
bool ksig_elf_module_signature_read(const char *name, GBytes *data, struct ksig_module_signature *out,
				    GError **error);
void ksig_elf_module_signature_clear(struct ksig_module_signature *signature);

/* ---- types --------------------------------------------------------------------------------------- */

/* The types of a kernel, or of a module on top of its kernel's (split BTF). */
typedef struct ksig_types ksig_types;

/* BASE NULL: a kernel's own; otherwise it must outlive the result. DATA is the .BTF section. */
ksig_types *ksig_elf_types_new(const char *name, GBytes *data, const ksig_types *base, GError **error);

/* From a kernel: a bzImage, a vmlinux, a module, or a raw .BTF section (/sys/kernel/btf/vmlinux). */
ksig_types *ksig_elf_types_read(const char *path, const ksig_types *base, GError **error);
void ksig_elf_types_free(ksig_types *types);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_types, ksig_elf_types_free)

size_t ksig_elf_types_count(const ksig_types *types);

/* A hash of function NAME's prototype as it is written (types by name, not what they are made of); 0:
 * unknown. */
uint64_t ksig_elf_types_prototype_hash(const ksig_types *types, const char *name);

/* The prototype of function NAME as C, or NULL. */
char *ksig_elf_types_prototype(const ksig_types *types, const char *name);

/* A named type whose own definition differs between two kernels. */
struct ksig_type_change {
	char *name;         /* "struct sock" */
	bool root;          /* its own members changed; false: it only moved with a type that it contains */
	GPtrArray *changes; /* char *, "member sk_x added at 96 (8 bytes)"; "gone"; "size 752 to 760" */
};
void ksig_elf_type_change_free(struct ksig_type_change *change);

/* The difference of two kernels' types: an array of struct ksig_type_change by name. */
typedef struct ksig_type_difference ksig_type_difference;
ksig_type_difference *ksig_elf_type_difference_new(const ksig_types *from, const ksig_types *to);
void ksig_elf_type_difference_free(ksig_type_difference *difference);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_type_difference, ksig_elf_type_difference_free)
const GPtrArray *ksig_elf_type_difference_changes(const ksig_type_difference *difference);

enum ksig_symbol_fate {
	KSIG_SYMBOL_SAME,      /* no type that it reaches differs */
	KSIG_SYMBOL_TYPES,     /* its prototype is the same; a type behind it changed: building again does */
	KSIG_SYMBOL_PROTOTYPE, /* its own prototype changed: the source may have to change */
	KSIG_SYMBOL_UNKNOWN,   /* not in the types (a variable, assembler): nothing can be said */
};

/* Why function NAME's CRC changed. */
struct ksig_symbol_reason {
	enum ksig_symbol_fate fate;
	char *before, *after; /* prototypes, if they differ */
	GPtrArray *roots;     /* char *, names of changed types that it reaches, nearest first */
	char *path;           /* how it reaches the first: "sk_buff -> net_device", or NULL */
};
struct ksig_symbol_reason *ksig_elf_type_difference_explain(ksig_type_difference *difference,
							    const char *name);
void ksig_elf_symbol_reason_free(struct ksig_symbol_reason *reason);

typedef struct ksig_symbol_reason ksig_symbol_reason;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_symbol_reason, ksig_elf_symbol_reason_free)

/* ---- build ids ----------------------------------------------------------------------------------- */

/*
 * The GNU build id (lower-case hex) in NOTES, a run of ELF notes such as /sys/kernel/notes; NULL without
 * error: there is none.
 */
char *ksig_elf_notes_build_id(GBytes *notes);

/* The build id of an ELF file (vmlinux, a module). WHAT names it in errors. */
char *ksig_elf_build_id(const char *what, GBytes *file, GError **error);

/*
 * The build id of a kernel image as it is booted: a bzImage's payload (Documentation/arch/x86/boot.rst:
 * protocol 2.08 on, payload_offset) is decompressed; an ELF file is read as it is.
 */
char *ksig_elf_kernel_image_build_id(const char *what, GBytes *image, GError **error);

/*
 * What compiled FILE, as .comment has it ("GCC: (Debian 12.2.0-14) 12.2.0"), each once, in the order in which
 * the linker took them; empty where it was taken away.
 */
GStrv ksig_elf_compilers(const char *what, GBytes *file, GError **error);

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
ksig_klp *ksig_elf_klp_read(const char *what, GBytes *module, GError **error);
void ksig_elf_klp_free(ksig_klp *klp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_klp, ksig_elf_klp_free)

/*
 * What differs between two: lines such as "+ function vmlinux cmdline_proc_show", sorted; free with
 * g_ptr_array_unref().
 */
GPtrArray *ksig_elf_klp_compare(const ksig_klp *before, const ksig_klp *after);
