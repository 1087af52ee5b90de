/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the types: libbpf checks that each record lies inside the section; that ids and names lead anywhere
 * is checked here, at each step, and recursion ends at a named depth.
 */
#pragma once

#include "elf/elf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

enum {
	TYPES_DEPTH_MAX = 24,     /* of one type written as C: pointers to functions of pointers … */
	TYPES_TEXT_MAX = 1 << 16, /* bytes of one type written as C */
};

struct ksig_types {
	char *name;
	struct btf *btf;
	GHashTable *functions; /* name -> id of BTF_KIND_FUNC */
	GHashTable *named;     /* "struct sock" -> GArray of ids */
};

/* The type ID, or NULL. Id 0 is void and has no record. */
const struct btf_type *ksig_types_record(const ksig_types *types, uint32_t id);

/* The string at OFFSET; "" for none and for a damaged one. */
const char *ksig_types_string(const ksig_types *types, uint32_t offset);

/* Appends type ID as C: named types by their name, nameless ones by what they are made of. */
void ksig_types_write(const ksig_types *types, uint32_t id, GString *out, unsigned depth);

/* "struct sock" for a named struct, union, enum or typedef; NULL for anything else. */
char *ksig_types_key(const ksig_types *types, const struct btf_type *record);

/* Calls VISIT with each type that type ID names directly: members, targets, parameters. */
typedef void ksig_types_visit_fn(uint32_t id, void *data);
void ksig_types_neighbours(const ksig_types *types, uint32_t id, ksig_types_visit_fn *visit, void *data);

/* A name's definition, for comparison: one line a member, "OFFSET SIZE NAME TYPE". */
struct ksig_type_member {
	char *name;
	char *type;
	uint32_t offset_bits;
	uint32_t bits; /* of a bit-field; 0: none */
	int64_t value; /* of an enumerator */
};
void ksig_type_member_free(gpointer member);

/* The members of a struct, union or enum, those of nameless members among them. */
GPtrArray *ksig_types_members(const ksig_types *types, uint32_t id);
