/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules as they are installed. A signature belongs inside of what is compressed: the kernel looks at the
 * module, not at the file. They are compressed as scripts/Makefile.modinst does: the kernel's own decoder of
 * xz knows no check but CRC32.
 */
#include "rpm/sign-module-internal.h"

#include <string.h>

enum { UNPACKED_LIMIT_BYTES = 256 << 20, PACK_TIMEOUT_MS = 600000 };

/* kernel/module/decompress.c has no bzip2, nor has any kmod. */
static const struct packing {
	const char *end;
	const char *unpack[5], *pack[5];
} packings[] = {
	{".ko", {NULL}, {NULL}},
	{".ko.xz", {"xz", "-dc", NULL}, {"xz", "-c", "--check=crc32", "--lzma2=dict=1MiB", NULL}},
	{".ko.zst", {"zstd", "-dcq", NULL}, {"zstd", "-cq", "-T1", NULL}},
	{".ko.gz", {"gzip", "-dc", NULL}, {"gzip", "-nc", NULL}},
	{".ko.bz2", {NULL}, {NULL}},
};

static const struct packing *packing_of(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(packings); i++)
		if (g_str_has_suffix(name, packings[i].end))
			return &packings[i];
	return NULL;
}

bool sign_module_is(const char *name)
{
	return packing_of(name) != NULL;
}

static GBytes *through(const char *name, const char *const *argv, GBytes *data, GError **error)
{
	gsize length = 0;
	const char *bytes = g_bytes_get_data(data, &length);
	const struct ksig_process_options options = {.input = bytes,
						     .input_length_bytes = length,
						     .timeout_ms = PACK_TIMEOUT_MS,
						     .output_limit_bytes = UNPACKED_LIMIT_BYTES};
	GString *output = NULL;

	if (!ksig_process_run(argv, &options, NULL, &output, error)) {
		g_prefix_error(error, "%s: ", name);
		return NULL;
	}
	return g_string_free_to_bytes(output);
}

static bool is_elf(GBytes *data)
{
	gsize length = 0;
	const char *bytes = g_bytes_get_data(data, &length);

	return length > 4 && memcmp(bytes, "\177ELF", 4) == 0;
}

GBytes *sign_module_unpack(const char *name, GBytes *file, GError **error)
{
	const struct packing *packing = packing_of(name);
	const char *const *argv = packing->unpack;

	if (g_str_equal(packing->end, ".ko.bz2")) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no kernel opens a module compressed by bzip2",
			       name);
		return NULL;
	}
	g_autoptr(GBytes) module = *argv ? through(name, argv, file, error) : g_bytes_ref(file);
	if (module && *argv && !is_elf(module)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no module in it (an ELF file expected)", name);
		return NULL;
	}
	return g_steal_pointer(&module);
}

GBytes *sign_module_pack(const char *name, GBytes *module, GError **error)
{
	const char *const *argv = packing_of(name)->pack;

	return *argv ? through(name, argv, module, error) : g_bytes_ref(module);
}
