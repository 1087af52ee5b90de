/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One module, many kernels: each row is a kernel's symbol list and what its loader would say. */
#include "../elf/writer.h"
#include "kmod/kmod.h"

#include <glib/gstdio.h>
#include <string.h>

#define LAYOUT "0x11111111\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n"
#define KMALLOC "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n"

static const struct {
	const char *name, *symvers, *release, *stable;
	enum ksig_kmod_verdict verdict;
	const char *problem; /* the first one's kind; NULL: none */
} rows[] = {
	{"same", LAYOUT KMALLOC, "6.1.0-56-amd64", NULL, KSIG_KMOD_LOADS, NULL},
	{"other-release", LAYOUT KMALLOC, "6.1.0-55-amd64", NULL, KSIG_KMOD_LOADS, NULL},
	{"layout", "0x99999999\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n" KMALLOC, "6.1.0-56-amd64", NULL,
	 KSIG_KMOD_REFUSES, "module-layout"},
	{"crc", LAYOUT "0x99999999\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n", "6.1.0-56-amd64", NULL,
	 KSIG_KMOD_REFUSES, "crc"},
	{"gone", LAYOUT, "6.1.0-56-amd64", NULL, KSIG_KMOD_REFUSES, "missing"},
	{"gpl", LAYOUT "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL_GPL\t\n", "6.1.0-56-amd64", NULL,
	 KSIG_KMOD_LOADS, NULL},
	{"namespace", LAYOUT "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL\tOTHER\n", "6.1.0-56-amd64", NULL,
	 KSIG_KMOD_REFUSES, "namespace"},
	{"namespace-imported", LAYOUT "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL\tCRYPTO\n",
	 "6.1.0-56-amd64", NULL, KSIG_KMOD_LOADS, NULL},
	{"for-this-module", LAYOUT "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL_GPL\tmodule:kvm,isci\n",
	 "6.1.0-56-amd64", NULL, KSIG_KMOD_LOADS, NULL},
	{"for-modules-like-it", LAYOUT "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL_GPL\tmodule:is*\n",
	 "6.1.0-56-amd64", NULL, KSIG_KMOD_LOADS, NULL},
	{"for-other-modules", LAYOUT "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL_GPL\tmodule:kvm,isc\n",
	 "6.1.0-56-amd64", NULL, KSIG_KMOD_REFUSES, "namespace"},
	{"newer-than-known", LAYOUT KMALLOC, "6.99.0-1-amd64", NULL, KSIG_KMOD_LOADS, "newer-kernel"},
	{"duplicate", LAYOUT KMALLOC "0x1\tisci_new\tvmlinux\tEXPORT_SYMBOL\t\n", "6.1.0-56-amd64", NULL,
	 KSIG_KMOD_REFUSES, "duplicate"},
	{"own-in-tree-export", LAYOUT KMALLOC "0x1\tisci_new\tdrivers/scsi/isci/isci\tEXPORT_SYMBOL\t\n",
	 "6.1.0-56-amd64", NULL, KSIG_KMOD_LOADS, NULL},
	{"real-time", LAYOUT KMALLOC, "6.1.0-56-rt-amd64 rt", NULL, KSIG_KMOD_REFUSES, "vermagic"},
	{"other-architecture", LAYOUT KMALLOC, "6.1.0-56-arm64 arm", NULL, KSIG_KMOD_REFUSES, "architecture"},
	{"listed", LAYOUT KMALLOC, "6.1.0-56-amd64", "kmalloc\n", KSIG_KMOD_LOADS, NULL},
	{"not-listed", LAYOUT KMALLOC, "6.1.0-56-amd64", "kfree\n", KSIG_KMOD_UNLISTED, "off-list"},
};

static void put(const char *folder, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void write_kernel(const char *folder, guint i)
{
	g_auto(GStrv) words = g_strsplit(rows[i].release, " ", 2);
	const bool arm = g_strcmp0(words[1], "arm") == 0;
	g_autofree char *uts = g_strdup_printf("#define UTS_RELEASE \"%s\"\n", words[0]);
	g_autofree char *configuration = g_strdup_printf(
		"CONFIG_%s=y\nCONFIG_SMP=y\nCONFIG_%s=y\nCONFIG_MODULE_UNLOAD=y\nCONFIG_MODVERSIONS=y\n",
		arm ? "ARM64" : "X86_64", words[1] && !arm ? "PREEMPT_RT" : "PREEMPT_BUILD");

	put(folder, "include/generated/utsrelease.h", uts);
	put(folder, "include/config/auto.conf", configuration);
	put(folder, "Module.symvers", rows[i].symvers);
	if (rows[i].stable)
		put(folder, "Module.kabi_x86_64", rows[i].stable);
	/* Of a dist-git's lists only its architecture's counts. */
	put(folder, "Module.kabi_s390x", "kfree\n");
	put(folder, "Module.kabi_ppc64le", "kmalloc\n");
}

static void assert_verdict(const ksig_kmod_kernel *kernel, guint i)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) data = elf_writer_module(FALSE);
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);

	g_ptr_array_add(modules, ksig_elf_module_parse("isci.ko", data, &error));
	g_assert_no_error(error);
	g_autoptr(GPtrArray) results = ksig_kmod_check(modules, kernel, false);
	const ksig_kmod_result *result = results->pdata[0];
	g_assert_cmpstr(ksig_kmod_verdict_name(result->verdict), ==, ksig_kmod_verdict_name(rows[i].verdict));
	g_assert_cmpuint(result->problems->len > 0, ==, rows[i].problem != NULL);
	if (rows[i].problem) {
		const struct ksig_kmod_problem *problem = result->problems->pdata[0];
		g_assert_cmpstr(ksig_kmod_problem_name(problem->kind), ==, rows[i].problem);
	}
}

/* The same verdict from the files and from the catalog. */
static void test_row(gconstpointer row)
{
	const guint i = GPOINTER_TO_UINT(row);
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "kmod-check", NULL);

	write_kernel(folder, i);
	g_autoptr(ksig_kmod_kernel) kernel = ksig_kmod_kernel_read(folder, NULL, &error);
	g_assert_no_error(error);
	assert_verdict(kernel, i);
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(folder, true, &error);
	g_assert_no_error(error);
	g_assert_true(ksig_kmod_kernel_store(kernel, catalog, &error));
	g_autoptr(GPtrArray) stored = ksig_kmod_kernels_open(catalog, NULL, &error);
	g_assert_no_error(error);
	assert_verdict(stored->pdata[0], i);
}

/* Two kernels of the same symbols share a set; a kernel stored again replaces itself. */
static void test_sharing(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "kmod-check", NULL);
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(folder, true, &error);
	const guint order[] = {0, 1, 0};

	for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
		write_kernel(folder, order[i]);
		g_autoptr(ksig_kmod_kernel) kernel = ksig_kmod_kernel_read(folder, NULL, &error);
		g_assert_true(ksig_kmod_kernel_store(kernel, catalog, &error));
	}
	g_autoptr(GPtrArray) kernels = ksig_catalog_kernels(catalog, &error);
	g_assert_cmpuint(kernels->len, ==, 2);
	const struct ksig_catalog_kernel *first = kernels->pdata[0], *second = kernels->pdata[1];
	g_assert_cmpint(first->set_id, ==, second->set_id);
}

static void test_empty_symvers(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "kmod-check", NULL);

	put(folder, "Module.symvers", "");
	g_assert_null(ksig_kmod_kernel_read(folder, NULL, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/check/", rows[i].name, NULL);
		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_row);
	}
	g_test_add_func("/catalog/sharing", test_sharing);
	g_test_add_func("/kernel/empty-symvers", test_empty_symvers);
	return g_test_run();
}
