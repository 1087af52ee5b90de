/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read from a real live patch (tests/live/data/README.md says where it is from). */
#include "live/live.h"

#include <string.h>

static GBytes *data_file(const char *name)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", name, NULL);
	char *data = NULL;
	gsize length = 0;

	g_assert_true(g_file_get_contents(path, &data, &length, NULL));
	return g_bytes_new_take(data, length);
}

static void test_read(void)
{
	g_autoptr(GBytes) bytes = data_file("lp_fcntl.ko");
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_klp) klp = ksig_elf_klp_read("lp_fcntl.ko", bytes, &error);

	g_assert_no_error(error);
	g_assert_true(klp->livepatch);
	g_assert_cmpstr(klp->name, ==, "lp_fcntl");
	g_assert_cmpstr(klp->build_id, ==, "18131f50b1871982b9e17a6de6743f41e747e6ea");
	g_assert_nonnull(strstr(klp->vermagic, "6.1.0-54-amd64"));
	g_assert_cmpuint(klp->functions->len, ==, 1);
	const struct ksig_klp_function *function = klp->functions->pdata[0];
	g_assert_cmpstr(function->object, ==, "vmlinux");
	g_assert_cmpstr(function->name, ==, "do_fcntl");
	g_assert_cmpuint(function->sympos, ==, 1);
	g_assert_cmpuint(function->size_bytes, ==, 1745);
	g_assert_cmpuint(klp->relocations->len, ==, 1);
	g_assert_cmpuint(((struct ksig_klp_relocation *) klp->relocations->pdata[0])->count, ==, 12);
	g_assert_cmpuint(klp->symbols->len, ==, 11);
	g_assert_cmpstr(((struct ksig_klp_import *) klp->imports->pdata[1])->name, ==, "__fentry__");
	g_assert_cmphex(((struct ksig_klp_import *) klp->imports->pdata[1])->crc, ==, 0xbdfb6dbb);
}

/* Of klp-build: the reader's sizes are those of the kernel's include/linux/livepatch_external.h. */
static void test_klp_build(void)
{
	g_autoptr(GBytes) bytes = data_file("lp_klp.ko");
	g_autoptr(ksig_klp) klp = ksig_elf_klp_read("lp_klp.ko", bytes, NULL);

	g_assert_true(klp->livepatch);
	g_assert_cmpuint(klp->functions->len, ==, 1);
	const struct ksig_klp_function *function = klp->functions->pdata[0];
	g_assert_cmpstr(function->object, ==, "vmlinux");
	g_assert_cmpstr(function->name, ==, "cmdline_proc_show");
	g_assert_cmpuint(function->sympos, ==, 0);
	g_assert_cmpuint(klp->symbols->len, ==, 1);
	g_assert_cmpuint(klp->callbacks->len, ==, 0);
}

static void test_compilers(void)
{
	g_autoptr(GBytes) bytes = data_file("lp_fcntl.ko");
	g_auto(GStrv) compilers = ksig_elf_compilers("lp_fcntl.ko", bytes, NULL);
	g_autoptr(GBytes) cut = g_bytes_new_from_bytes(bytes, 0, 63);

	g_assert_cmpuint(g_strv_length(compilers), ==, 1);
	g_assert_true(g_str_has_prefix(compilers[0], "GCC: (Debian 12.2.0"));
	g_assert_null(ksig_elf_compilers("cut", cut, NULL));
}

static void test_signature_does_not_matter(void)
{
	g_autoptr(GBytes) bytes = data_file("lp_fcntl.ko");
	GByteArray *longer = g_byte_array_new();

	g_byte_array_append(longer, g_bytes_get_data(bytes, NULL), (guint) g_bytes_get_size(bytes));
	g_byte_array_append(longer, (const guint8 *) "a signature", 11);
	g_autoptr(GBytes) whole = g_byte_array_free_to_bytes(longer);
	g_autoptr(ksig_klp) klp = ksig_elf_klp_read("signed", whole, NULL);
	g_assert_nonnull(klp);
	g_assert_cmpuint(klp->functions->len, ==, 1);
}

static void test_cut_short(void)
{
	g_autoptr(GBytes) bytes = data_file("lp_fcntl.ko");

	for (gsize length = 0; length < g_bytes_get_size(bytes); length += 97) {
		g_autoptr(GBytes) part = g_bytes_new_from_bytes(bytes, 0, length);
		g_autoptr(GError) error = NULL;
		g_autoptr(ksig_klp) klp = ksig_elf_klp_read("part", part, &error);
		g_assert_true(klp || error);
		if (length < 64)
			g_assert_cmpint(ksig_error_exit_status(error), ==, KSIG_ERROR_INPUT);
	}
}

static const struct row {
	const char *name, *said, *words;
} rows[] = {
	{"data",
	 "ERROR: cmdline.o: 1 unsupported section change(s)\ncmdline.o: changed section .data.x not selected "
	 "for inclusion",
	 "shadow variable"},
	{"fentry", "ERROR: a.o: function foo has no fentry/mcount call, unable to patch", "function foo"},
	{"init", "x.o: changed section .init.text is not supported", "way out"},
	{"klp-build's data", "error: klp-build: vmlinux.o: changed data: max", "changed data: max"},
	{"klp-build's jump label",
	 "vmlinux.o: error: objtool: foo+0x12: unsupported static branch key k.  Use static_key_enabled() "
	 "instead",
	 "static_key_enabled()"},
	{"klp-build's nothing", "error: klp-build: no changes detected", "change no code"},
	{"kpatch-build's patch", "ERROR: a.patch file failed to apply. Check build.log for more details.",
	 "does not apply"},
	{"unknown", "the sun is too hot", NULL},
};

static void test_explain(gconstpointer data)
{
	const struct row *row = data;
	g_autofree char *text = ksig_live_explain(row->said);

	if (!row->words) {
		g_assert_null(text);
		return;
	}
	g_assert_nonnull(strstr(text, row->words));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/klp/read", test_read);
	g_test_add_func("/klp/klp-build", test_klp_build);
	g_test_add_func("/klp/compilers", test_compilers);
	g_test_add_func("/klp/signature does not matter", test_signature_does_not_matter);
	g_test_add_func("/klp/cut short", test_cut_short);
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/explain/%s", rows[i].name);
		g_test_add_data_func(path, &rows[i], test_explain);
	}
	return g_test_run();
}
