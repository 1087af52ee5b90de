/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types as C, their members, their neighbours: each a walk over one record. */
#include "elf/btf-text-internal.h"
#include "elf/btf-internal.h"
#include "elf/btf-record-internal.h"

#include <bpf/btf.h>

void ksig_type_member_free(gpointer data)
{
	struct ksig_type_member *member = data;

	g_free(member->name);
	g_free(member->type);
	g_free(member);
}

static void write_parameters(const ksig_types *types, const struct btf_type *record, GString *out,
			     unsigned depth)
{
	const struct btf_param *parameters = btf_params(record);

	g_string_append(out, " (");
	for (unsigned i = 0; i < btf_vlen(record) && out->len < TYPES_TEXT_MAX; i++) {
		g_string_append(out, i > 0 ? ", " : "");
		if (parameters[i].type == 0 && i + 1 == btf_vlen(record))
			g_string_append(out, "...");
		else
			ksig_types_write(types, parameters[i].type, out, depth + 1);
	}
	g_string_append_c(out, ')');
}

static void write_nameless(const ksig_types *types, const struct btf_type *record, GString *out,
			   unsigned depth)
{
	if (btf_is_any_enum(record)) {
		g_string_append_printf(out, "enum {%u values}", btf_vlen(record));
		return;
	}
	const struct btf_member *members = btf_members(record);
	g_string_append(out, btf_is_union(record) ? "union {" : "struct {");
	for (unsigned i = 0; i < btf_vlen(record) && out->len < TYPES_TEXT_MAX; i++) {
		g_string_append_c(out, ' ');
		ksig_types_write(types, members[i].type, out, depth + 1);
		g_string_append_printf(out, " %s@%u;", ksig_types_string(types, members[i].name_off),
				       btf_member_bit_offset(record, i));
	}
	g_string_append(out, " }");
}

static void write_qualified(const ksig_types *types, const struct btf_type *record, const char *before,
			    const char *after, GString *out, unsigned depth)
{
	g_string_append(out, before);
	ksig_types_write(types, record->type, out, depth + 1);
	g_string_append(out, after);
}

void ksig_types_write(const ksig_types *types, uint32_t id, GString *out, unsigned depth)
{
	const struct btf_type *record = ksig_types_record(types, id);

	if (!record) {
		g_string_append(out, "void");
		return;
	}
	if (depth > TYPES_DEPTH_MAX || out->len > TYPES_TEXT_MAX) {
		g_string_append(out, "…");
		return;
	}
	g_autofree char *key = ksig_types_key(types, record);
	if (key) {
		g_string_append(out, key);
		return;
	}
	switch (btf_kind(record)) {
	case BTF_KIND_PTR:
		write_qualified(types, record, "", " *", out, depth);
		break;
	case BTF_KIND_CONST:
		write_qualified(types, record, "const ", "", out, depth);
		break;
	case BTF_KIND_VOLATILE:
		write_qualified(types, record, "volatile ", "", out, depth);
		break;
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		ksig_types_write(types, record->type, out, depth + 1);
		break;
	case BTF_KIND_ARRAY:
		ksig_types_write(types, btf_array(record)->type, out, depth + 1);
		g_string_append_printf(out, "[%u]", btf_array(record)->nelems);
		break;
	case BTF_KIND_FUNC_PROTO:
		ksig_types_write(types, record->type, out, depth + 1);
		write_parameters(types, record, out, depth);
		break;
	case BTF_KIND_FWD:
		g_string_append_printf(out, "%s %s", btf_kflag(record) ? "union" : "struct",
				       ksig_types_string(types, record->name_off));
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		write_nameless(types, record, out, depth);
		break;
	default:
		g_string_append(out, ksig_types_string(types, record->name_off));
	}
}

static void visit_members(const struct btf_type *record, ksig_types_visit_fn *visit, void *data)
{
	const struct btf_member *members = btf_members(record);

	for (unsigned i = 0; i < btf_vlen(record); i++)
		visit(members[i].type, data);
}

static void visit_parameters(const struct btf_type *record, ksig_types_visit_fn *visit, void *data)
{
	const struct btf_param *parameters = btf_params(record);

	visit(record->type, data);
	for (unsigned i = 0; i < btf_vlen(record); i++)
		visit(parameters[i].type, data);
}

void ksig_types_neighbours(const ksig_types *types, uint32_t id, ksig_types_visit_fn *visit, void *data)
{
	const struct btf_type *record = ksig_types_record(types, id);

	if (!record)
		return;
	switch (btf_kind(record)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		visit_members(record, visit, data);
		break;
	case BTF_KIND_FUNC_PROTO:
		visit_parameters(record, visit, data);
		break;
	case BTF_KIND_ARRAY:
		visit(btf_array(record)->type, data);
		break;
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
		visit(record->type, data);
		break;
	default:
		break;
	}
}

static void add_enumerators(const ksig_types *types, const struct btf_type *record, GPtrArray *out)
{
	for (unsigned i = 0; i < btf_vlen(record); i++) {
		struct ksig_type_member *member = g_new0(struct ksig_type_member, 1);
		const bool wide = btf_kind(record) == BTF_KIND_ENUM64;
		const uint32_t name = wide ? btf_enum64(record)[i].name_off : btf_enum(record)[i].name_off;
		member->name = g_strdup(ksig_types_string(types, name));
		member->type = g_strdup("");
		member->value = wide ? (int64_t) btf_enum64_value(&btf_enum64(record)[i])
				     : btf_enum(record)[i].val;
		g_ptr_array_add(out, member);
	}
}

static bool is_nameless_aggregate(const ksig_types *types, uint32_t id)
{
	const struct btf_type *record = ksig_types_record(types, id);

	return record && btf_is_composite(record) && !*ksig_types_string(types, record->name_off);
}

static void add_members(const ksig_types *types, uint32_t id, uint32_t base_bits, unsigned depth,
			GPtrArray *out)
{
	const struct btf_type *record = ksig_types_record(types, id);

	if (!record || !btf_is_composite(record) || depth > TYPES_DEPTH_MAX || out->len > TYPES_TEXT_MAX)
		return;
	const struct btf_member *members = btf_members(record);
	for (unsigned i = 0; i < btf_vlen(record); i++) {
		const char *name = ksig_types_string(types, members[i].name_off);
		const uint32_t offset = base_bits + btf_member_bit_offset(record, i);
		if (!*name && is_nameless_aggregate(types, members[i].type)) {
			add_members(types, members[i].type, offset, depth + 1, out);
			continue;
		}
		struct ksig_type_member *member = g_new0(struct ksig_type_member, 1);
		GString *text = g_string_new(NULL);
		ksig_types_write(types, members[i].type, text, 0);
		member->name = g_strdup(name);
		member->type = g_string_free(text, FALSE);
		member->offset_bits = offset;
		member->bits = btf_member_bitfield_size(record, i);
		g_ptr_array_add(out, member);
	}
}

GPtrArray *ksig_types_members(const ksig_types *types, uint32_t id)
{
	const struct btf_type *record = ksig_types_record(types, id);
	GPtrArray *members = g_ptr_array_new_with_free_func(ksig_type_member_free);

	if (record && btf_is_any_enum(record))
		add_enumerators(types, record, members);
	else
		add_members(types, id, 0, 0, members);
	return members;
}
