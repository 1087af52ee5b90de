/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One type's record. */
#pragma once

#include "elf/btf-internal.h"
#include "elf/elf.h"

#include <bpf/btf.h>

/* The type ID, or NULL. Id 0 is void and has no record. */
const struct btf_type *ksig_types_record(const ksig_types *types, uint32_t id);

/* The string at OFFSET; "" for none and for a damaged one. */
const char *ksig_types_string(const ksig_types *types, uint32_t offset);

/* "struct sock" for a named struct, union, enum or typedef; NULL for anything else. */
char *ksig_types_key(const ksig_types *types, const struct btf_type *record);
