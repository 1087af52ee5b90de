/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kpatch reads the sizes of the special sections' entries out of vmlinux's DWARF, which takes seconds; BTF
 * has the same in milliseconds.
 */
#include "live/build-sizes-internal.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>

static const struct {
	const char *type, *variable;
} structs[] = {
	{"alt_instr", "ALT_STRUCT_SIZE"},
	{"bug_entry", "BUG_STRUCT_SIZE"},
	{"exception_table_entry", "EX_STRUCT_SIZE"},
	{"pi_entry", "PRINTK_INDEX_STRUCT_SIZE"},
	{"jump_entry", "JUMP_STRUCT_SIZE"},
	{"orc_entry", "ORC_STRUCT_SIZE"},
	{"paravirt_patch_site", "PARA_STRUCT_SIZE"},
	{"static_call_site", "STATIC_CALL_STRUCT_SIZE"},
};

static int say_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void) level;
	(void) format;
	(void) arguments;
	return 0;
}

char **live_struct_sizes(const char *vmlinux, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);

	libbpf_set_print(say_nothing);
	struct btf *btf = btf__parse_elf(vmlinux, NULL);
	if (!btf) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no BTF in it (CONFIG_DEBUG_INFO_BTF): %s",
			       vmlinux, g_strerror(errno));
		return NULL;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(structs); i++) {
		const int id = btf__find_by_name_kind(btf, structs[i].type, BTF_KIND_STRUCT);
		const struct btf_type *type = id > 0 ? btf__type_by_id(btf, (unsigned) id) : NULL;
		if (type)
			g_ptr_array_add(list, g_strdup_printf("%s=%u", structs[i].variable, type->size));
	}
	btf__free(btf);
	g_ptr_array_add(list, NULL);
	return (char **) g_ptr_array_free(g_steal_pointer(&list), FALSE);
}
