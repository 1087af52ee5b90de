/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot test between a kernel's build and its publication: which packages are installed for it, and
 * boot.log. What users lose by a kernel is asked by kmod/gate.c.
 */
#include "kernel/boot-gate-internal.h"

/* What a machine that boots has of a kernel's packages. */
static bool is_for_boot(const char *path)
{
	static const char *const others[] = {"-devel-", "-headers-", "-debuginfo-", "-doc-", ".src.rpm"};
	g_autofree char *name = g_path_get_basename(path);

	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		if (strstr(name, others[i]))
			return false;
	return true;
}

static bool write_log(const struct ksig_boot_result *result, const char *work, GPtrArray *files,
		      GError **error)
{
	char *path = g_build_filename(work, "boot.log", NULL);

	g_ptr_array_add(files, path);
	return !result->console || ksig_file_write(path, result->console, -1, 0644, error);
}

bool kernel_gate(const struct ksig_kernel_job *job, GPtrArray *packages, const char *release,
		 const char *work, GPtrArray *files, GError **error)
{
	g_autoptr(GPtrArray) installed = g_ptr_array_new();
	struct ksig_boot_result result = {0};

	if (!job->boot)
		return true;
	for (guint i = 0; i < packages->len; i++)
		if (is_for_boot(g_ptr_array_index(packages, i)))
			g_ptr_array_add(installed, g_ptr_array_index(packages, i));
	g_ptr_array_add(installed, NULL);
	struct ksig_boot_options boot = *job->boot;
	boot.packages = (const char *const *) installed->pdata;
	boot.release = release;
	bool good = ksig_kernel_boot(&boot, &result, error);
	/* Why it did not boot stands in the log, and that one cannot be written is the lesser trouble. */
	good = write_log(&result, work, files, good ? error : NULL) && good;
	ksig_kernel_boot_result_clear(&result);
	return good;
}
