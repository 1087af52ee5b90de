/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the types: libbpf checks that each record lies inside the section; that ids and names lead anywhere
 * is checked here, at each step, and recursion ends at a named depth.
 */
#pragma once

#include "elf/elf.h"

#include <bpf/btf.h>

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

/* A name's definition, for comparison: one line a member, "OFFSET SIZE NAME TYPE". */
struct ksig_type_member {
	char *name;
	char *type;
	uint32_t offset_bits;
	uint32_t bits; /* of a bit-field; 0: none */
	int64_t value; /* of an enumerator */
};
