/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF by libbpf, from an image, an ELF file or a bare section; split BTF of a module on its kernel's; lookup
 * of types and functions by name.
 */
#include "elf/btf-internal.h"
#include "elf/btf-record-internal.h"
#include "elf/btf-text-internal.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

static void free_ids(gpointer ids)
{
	g_array_unref(ids);
}

static void index_record(ksig_types *types, uint32_t id)
{
	const struct btf_type *record = ksig_types_record(types, id);

	if (!record)
		return;
	if (btf_is_func(record)) {
		g_hash_table_insert(types->functions, (gpointer) ksig_types_string(types, record->name_off),
				    GUINT_TO_POINTER(id));
		return;
	}
	char *key = ksig_types_key(types, record);
	if (!key)
		return;
	GArray *ids = g_hash_table_lookup(types->named, key);
	if (!ids) {
		ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_hash_table_insert(types->named, g_strdup(key), ids);
	}
	g_array_append_val(ids, id);
	g_free(key);
}

/* libbpf 1.1 declares btf__new_split() but does not export it; a file without a name does for one. */
static struct btf *parse_split(const void *bytes, size_t size, struct btf *base)
{
	const int fd = memfd_create("ksig-btf", MFD_CLOEXEC);
	struct btf *btf = NULL;

	if (fd < 0)
		return NULL;
	if (write(fd, bytes, size) == (ssize_t) size) {
		g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
		btf = btf__parse_raw_split(path, base);
	}
	close(fd);
	return btf;
}

ksig_types *ksig_elf_types_new(const char *name, GBytes *data, const ksig_types *base, GError **error)
{
	g_autoptr(ksig_types) types = g_new0(ksig_types, 1);
	gsize size = 0;
	const void *bytes = g_bytes_get_data(data, &size);

	types->name = g_strdup(name);
	types->functions = g_hash_table_new(g_str_hash, g_str_equal);
	types->named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_ids);
	libbpf_set_print(NULL);
	if (size <= G_MAXUINT32)
		types->btf = base ? parse_split(bytes, size, base->btf) : btf__new(bytes, (uint32_t) size);
	if (!types->btf) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no readable BTF of %zu bytes%s", name,
			       (size_t) size, base ? " on top of that kernel" : "");
		return NULL;
	}
	const uint32_t first = base ? btf__type_cnt(base->btf) : 1;
	for (uint32_t id = first; id < btf__type_cnt(types->btf); id++)
		index_record(types, id);
	return g_steal_pointer(&types);
}

/* The .BTF section inside what DATA is: a kernel image, an ELF file, or the section itself. */
static GBytes *find_section(const char *path, GBytes *data, GError **error)
{
	gsize size = 0;
	const uint8_t *bytes = g_bytes_get_data(data, &size);

	if (size >= 2 && ((bytes[0] == 0x9f && bytes[1] == 0xeb) || (bytes[0] == 0xeb && bytes[1] == 0x9f)))
		return g_bytes_ref(data);
	g_autoptr(GBytes) image = ksig_elf_kernel_image_unpack(path, data, error);
	g_autoptr(ksig_elf) elf = image ? ksig_elf_new(path, image, error) : NULL;
	if (!elf)
		return NULL;
	const struct ksig_elf_section *section = ksig_elf_find(elf, ".BTF");
	if (!section) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: no .BTF section (built without CONFIG_DEBUG_INFO_BTF)", path);
		return NULL;
	}
	return g_bytes_new(section->data, section->size_bytes);
}

ksig_types *ksig_elf_types_read(const char *path, const ksig_types *base, GError **error)
{
	g_autoptr(GBytes) data = ksig_elf_unpack_file(path, 0, error);
	g_autoptr(GBytes) section = data ? find_section(path, data, error) : NULL;

	return section ? ksig_elf_types_new(path, section, base, error) : NULL;
}

void ksig_elf_types_free(ksig_types *types)
{
	if (!types)
		return;
	g_clear_pointer(&types->functions, g_hash_table_unref);
	g_clear_pointer(&types->named, g_hash_table_unref);
	btf__free(types->btf);
	g_free(types->name);
	g_free(types);
}

size_t ksig_elf_types_count(const ksig_types *types)
{
	return btf__type_cnt(types->btf);
}

char *ksig_elf_types_prototype(const ksig_types *types, const char *name)
{
	const uint32_t id = GPOINTER_TO_UINT(g_hash_table_lookup(types->functions, name));
	const struct btf_type *function = ksig_types_record(types, id);
	const struct btf_type *prototype = function ? ksig_types_record(types, function->type) : NULL;

	if (!prototype || !btf_is_func_proto(prototype))
		return NULL;
	GString *text = g_string_new(NULL);
	ksig_types_write(types, function->type, text, 0);
	return g_string_free(text, FALSE);
}

uint64_t ksig_elf_types_prototype_hash(const ksig_types *types, const char *name)
{
	g_autofree char *text = ksig_elf_types_prototype(types, name);

	return text ? XXH3_64bits(text, strlen(text)) : 0;
}
