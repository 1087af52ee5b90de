/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elf/elf.h"
#include "writer.h"

#include <string.h>

static const struct ksig_import *import(const ksig_module *module, const char *name)
{
	for (guint i = 0; i < module->imports->len; i++) {
		const struct ksig_import *found = g_ptr_array_index(module->imports, i);
		if (g_str_equal(found->name, name))
			return found;
	}
	g_error("no import %s", name);
}

static void test_module(gconstpointer extended)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) data = elf_writer_module(GPOINTER_TO_INT(extended));
	g_autoptr(ksig_module) module = ksig_elf_module_parse("isci.ko", data, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(module->name, ==, "isci");
	g_assert_cmpstr(module->architecture, ==, "x86_64");
	g_assert_cmpstr(module->vermagic, ==, "6.1.0-56-amd64 SMP preempt mod_unload modversions ");
	g_assert_true(ksig_elf_module_is_gpl(module));
	g_assert_cmpuint(module->aliases->len, ==, 1);
	g_assert_cmpstr(module->depends->pdata[1], ==, "scsi_mod");
	g_assert_cmpstr(module->firmware->pdata[0], ==, "isci/isci_firmware.bin");
	g_assert_cmpstr(module->namespaces->pdata[0], ==, "CRYPTO");
	g_assert_cmpstr(ksig_elf_module_info(module, "retpoline"), ==, "Y");
	g_assert_true(module->has_versions && module->in_tree && module->retpoline);
	g_assert_cmpuint(module->imports->len, ==, 3);
	g_assert_cmphex(import(module, "kmalloc")->crc, ==, 0x22222222);
	g_assert_false(import(module, "module_layout")->undefined);
	g_assert_true(import(module, "perhaps")->weak);
	g_assert_false(import(module, "perhaps")->has_crc);
}

static void test_exports(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) data = elf_writer_module(FALSE);
	g_autoptr(ksig_module) module = ksig_elf_module_parse("isci.ko", data, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(module->exports->len, ==, 2);
	const struct ksig_export *new = module->exports->pdata[0], *old = module->exports->pdata[1];
	g_assert_cmpstr(new->name, ==, "isci_new");
	g_assert_cmphex(new->crc, ==, 0xdeadbeef);
	g_assert_true(new->gpl_only);
	g_assert_cmpstr(new->symbol_namespace, ==, "MYNS");
	g_assert_cmphex(old->crc, ==, 0xcafe);
	g_assert_false(old->gpl_only);
}

/* Every truncation, and every flip of a bit, gives a module or an input error: never anything else. */
static void test_hostile(void)
{
	g_autoptr(GBytes) data = elf_writer_module(FALSE);
	gsize size = 0;
	const guint8 *bytes = g_bytes_get_data(data, &size);
	guint refused = 0;

	for (gsize i = 0; i < size * 9; i++) {
		g_autoptr(GError) error = NULL;
		g_autofree guint8 *copy = g_memdup2(bytes, size);
		if (i >= size)
			copy[(i - size) / 8] ^= (guint8) (1 << (i % 8));
		g_autoptr(GBytes) hostile = g_bytes_new(copy, i < size ? i : size);
		g_autoptr(ksig_module) module = ksig_elf_module_parse("hostile.ko", hostile, &error);
		g_assert_true((module != NULL) == (error == NULL));
		if (error)
			g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
		refused += error != NULL;
	}
	g_assert_cmpuint(refused, >, size);
}

static GBytes *with_trailer(guint32 length, guint8 type)
{
	g_autoptr(GBytes) data = elf_writer_module(FALSE);
	GByteArray *out = g_byte_array_new();
	guint8 trailer[12] = {0,
			      0,
			      type,
			      0,
			      0,
			      0,
			      0,
			      0,
			      (guint8) (length >> 24),
			      (guint8) (length >> 16),
			      (guint8) (length >> 8),
			      (guint8) length};

	g_byte_array_append(out, g_bytes_get_data(data, NULL), (guint) g_bytes_get_size(data));
	g_byte_array_append(out, (const guint8 *) "0123456789", 10);
	g_byte_array_append(out, trailer, sizeof(trailer));
	g_byte_array_append(out, (const guint8 *) "~Module signature appended~\n", 28);
	return g_byte_array_free_to_bytes(out);
}

static const struct {
	const char *name;
	guint32 length;
	guint8 type;
	gboolean good;
} trailers[] = {
	{"good", 10, 2, TRUE},
	{"nothing", 0, 2, FALSE},
	{"longer-than-the-file", 0xffffffff, 2, FALSE},
	{"pgp", 10, 0, FALSE},
};

static void test_trailer(gconstpointer row)
{
	const guint i = GPOINTER_TO_UINT(row);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) data = with_trailer(trailers[i].length, trailers[i].type);
	g_autoptr(ksig_module) module = ksig_elf_module_parse("isci.ko", data, &error);

	g_assert_true((module != NULL) == trailers[i].good);
	if (module) {
		g_assert_true(module->signature.present);
		g_assert_cmpuint(module->signature.module_length_bytes, ==, g_bytes_get_size(data) - 50);
	}
}

static const struct {
	const char *name, *text;
	guint symbols;
} lists[] = {
	{"symvers",
	 "0x12345678\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n0x1\tx\tdrivers/x\tEXPORT_SYMBOL_GPL\tNS\n", 2},
	{"symvers-empty", "", 0},
	{"symvers-short", "0x12345678\tkmalloc\n", 0},
	{"symvers-crc", "12345678\tkmalloc\tvmlinux\tEXPORT_SYMBOL\n", 0},
	{"symvers-crc-large", "0x123456789\tkmalloc\tvmlinux\tEXPORT_SYMBOL\n", 0},
	{"symvers-binary", "\1\2\3", 0},
	{"kabi-lines", "0x12345678\tkmalloc\tvmlinux\tEXPORT_SYMBOL\n", 1},
	{"kabi-names", "[rhel9_x86_64_stablelist]\n\tkmalloc\n\tkfree\n", 2},
	{"kabi-prose", "this is prose\n", 0},
};

static void test_list(gconstpointer row)
{
	const guint i = GPOINTER_TO_UINT(row);
	g_autoptr(GError) error = NULL;
	const gboolean kabi = g_str_has_prefix(lists[i].name, "kabi");
	g_autoptr(GPtrArray) symbols = (kabi ? ksig_elf_kabi_parse : ksig_elf_symvers_parse)(
		lists[i].name, lists[i].text, strlen(lists[i].text), &error);

	if (lists[i].symbols > 0) {
		g_assert_no_error(error);
		g_assert_cmpuint(symbols->len, ==, lists[i].symbols);
	} else {
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/module/versions", GINT_TO_POINTER(FALSE), test_module);
	g_test_add_data_func("/module/versions-extended", GINT_TO_POINTER(TRUE), test_module);
	g_test_add_func("/module/exports", test_exports);
	g_test_add_func("/module/hostile", test_hostile);
	for (guint i = 0; i < G_N_ELEMENTS(trailers); i++) {
		g_autofree char *path = g_strconcat("/module/trailer/", trailers[i].name, NULL);
		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_trailer);
	}
	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autofree char *path = g_strconcat("/list/", lists[i].name, NULL);
		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_list);
	}
	return g_test_run();
}
