/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types as C, their members, their neighbours. */
#pragma once

#include "elf/btf-internal.h"
#include "elf/elf.h"

/* Appends type ID as C: named types by their name, nameless ones by what they are made of. */
void ksig_types_write(const ksig_types *types, uint32_t id, GString *out, unsigned depth);

/* Calls VISIT with each type that type ID names directly: members, targets, parameters. */
typedef void ksig_types_visit_fn(uint32_t id, void *data);
void ksig_types_neighbours(const ksig_types *types, uint32_t id, ksig_types_visit_fn *visit, void *data);
void ksig_type_member_free(gpointer member);

/* The members of a struct, union or enum, those of nameless members among them. */
GPtrArray *ksig_types_members(const ksig_types *types, uint32_t id);
