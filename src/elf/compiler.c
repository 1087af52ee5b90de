/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compilers that wrote an object, from its .comment section. */
#include "elf/klp-file-internal.h"
#include "elf/klp-internal.h"

#include <gelf.h>
#include <string.h>

GStrv ksig_elf_compilers(const char *what, GBytes *file, GError **error)
{
	g_auto(klp_file) opened = {0};
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	GElf_Shdr header;

	if (!klp_file_open(&opened, what, file, error))
		return NULL;
	Elf_Scn *section = klp_section_find(&opened, ".comment", &header);
	const Elf_Data *data = klp_section_data(section);
	for (uint64_t offset = 0; data && offset < data->d_size;) {
		const char *text = klp_string_at(section, offset);
		if (!text)
			break;
		if (*text && list->len < KLP_LIMIT_COMPILERS &&
		    !g_ptr_array_find_with_equal_func(list, text, g_str_equal, NULL))
			g_ptr_array_add(list, ksig_utf8(text, -1));
		offset += strlen(text) + 1;
	}
	g_ptr_array_add(list, NULL);
	return (GStrv) g_ptr_array_free(g_steal_pointer(&list), FALSE);
}
