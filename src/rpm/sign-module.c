/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules as they are installed. A signature belongs inside of what is compressed: the kernel looks at the
 * module, not at the file. They are compressed as scripts/Makefile.modinst does: the kernel's own decoder of
 * xz knows no check but CRC32.
 */
#include "rpm/sign-module-internal.h"

#include <string.h>

enum { UNPACKED_LIMIT_BYTES = 256 << 20, PACK_TIMEOUT_MS = 600000 };

/* What kernel/module/decompress.c and kmod open. */
static const struct packing {
	const char *end;
	const char *unpack[5], *pack[5];
} packings[] = {
	{".ko", {NULL}, {NULL}},
	{".ko.xz", {"xz", "-dc", NULL}, {"xz", "-c", "--check=crc32", "--lzma2=dict=1MiB", NULL}},
	{".ko.zst", {"zstd", "-dcq", NULL}, {"zstd", "-cq", "-T1", NULL}},
	{".ko.gz", {"gzip", "-dc", NULL}, {"gzip", "-nc", NULL}},
};
/* What else modules are compressed by, and how people spell it: by mistake, since no kernel opens them. */
static const char *const others[] = {"xz",   "zst", "zstd", "gz", "gzip", "z", "bz2",
				     "lzma", "lz4", "lzo",  "lz", "zip",  "br"};

static const struct packing *packing_of(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(packings); i++)
		if (g_str_has_suffix(name, packings[i].end))
			return &packings[i];
	return NULL;
}

bool sign_module_is(const char *name)
{
	g_autofree char *small = g_ascii_strdown(name, -1);
	const char *end = strrchr(small, '.');

	if (packing_of(name) || g_str_has_suffix(small, ".ko"))
		return true;
	if (!end || end - small < 3 || strncmp(end - 3, ".ko", 3) != 0)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		if (g_str_equal(end + 1, others[i]))
			return true;
	return false;
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

	g_autoptr(GError) reason = NULL;

	if (ksig_process_run(argv, &options, NULL, &output, &reason))
		return g_string_free_to_bytes(output);
	/* The program is there, and ended: it is the file that it did not like. */
	const bool ended = strstr(reason->message, "exit status") != NULL;
	ksig_error_set(error, ended ? KSIG_ERROR_INPUT : reason->code, "%s: %s", name, reason->message);
	return NULL;
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
	const char *const *argv = packing ? packing->unpack : NULL;

	if (!packing) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: no kernel opens a module of such a name; .ko, .ko.xz, .ko.zst or .ko.gz "
			       "expected",
			       name);
		return NULL;
	}
	g_autoptr(GBytes) module = *argv ? through(name, argv, file, error) : g_bytes_ref(file);
	if (module && !is_elf(module)) {
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
