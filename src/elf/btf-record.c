/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One type's record: its strings and the name that it is looked up by; ids that lead nowhere are none.
 */
#include "elf/btf-record-internal.h"
#include "elf/btf-internal.h"

#include <bpf/btf.h>

const struct btf_type *ksig_types_record(const ksig_types *types, uint32_t id)
{
	return id == 0 || id >= btf__type_cnt(types->btf) ? NULL : btf__type_by_id(types->btf, id);
}

const char *ksig_types_string(const ksig_types *types, uint32_t offset)
{
	const char *text = btf__str_by_offset(types->btf, offset);

	return text ? text : "";
}

char *ksig_types_key(const ksig_types *types, const struct btf_type *record)
{
	const char *name = ksig_types_string(types, record->name_off);

	if (!*name)
		return NULL;
	switch (btf_kind(record)) {
	case BTF_KIND_STRUCT:
		return g_strconcat("struct ", name, NULL);
	case BTF_KIND_UNION:
		return g_strconcat("union ", name, NULL);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return g_strconcat("enum ", name, NULL);
	case BTF_KIND_TYPEDEF:
		return g_strdup(name);
	default:
		return NULL;
	}
}
