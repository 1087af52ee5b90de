/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make in a kernel tree with nothing of the caller's environment that changes the answer, and the names that
 * kbuild has for RPM's architectures.
 */
#include "kernel/kbuild-internal.h"
#include "kernel/package-build-internal.h"

#include <string.h>

static const struct {
	const char *rpm, *srcarch;
} architectures[] = {
	{"x86_64", "x86"}, {"i686", "x86"}, {"aarch64", "arm64"}, {"ppc64le", "powerpc"}, {"s390x", "s390"},
};

char *kbuild_architectures(void)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(architectures); i++)
		g_string_append_printf(text, "%s%s", i ? ", " : "", architectures[i].rpm);
	return g_strdup(text->str);
}

bool kbuild_knows(const char *arch)
{
	for (size_t i = 0; i < G_N_ELEMENTS(architectures); i++)
		if (g_str_equal(architectures[i].rpm, arch))
			return true;
	return false;
}

const char *kbuild_srcarch(const char *arch)
{
	for (size_t i = 0; i < G_N_ELEMENTS(architectures); i++)
		if (g_str_equal(architectures[i].rpm, arch))
			return architectures[i].srcarch;
	return arch;
}

bool kernel_path_check(const char *path, GError **error)
{
	const char *at = strpbrk(path, " \t\n:;&|<>()$`\\\"'*?[]#%{}");

	return !at || ksig_error_set(error, KSIG_ERROR_USAGE,
				     "%s: kbuild and rpmbuild cannot work in a folder with '%c' in its path",
				     path, *at);
}

bool kbuild_make(const char *source, const char *output, const char *arch, const char *const *targets,
		 GString **out_output, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *o = g_strconcat("O=", output, NULL);
	/* ARCH=x86_64 and i386 decide 64BIT; the others are named as their folder. */
	g_autofree char *architecture = g_strconcat(
		"ARCH=", g_str_equal(arch, "x86_64") ? arch : kbuild_srcarch(arch), NULL);
	/* The answer must not depend on who asks: no languages, no overrides from outside. */
	static const char *const environment[] = {"LC_ALL=C",          "MAKEFLAGS", "KCONFIG_CONFIG",
						  "KCONFIG_ALLCONFIG", "ARCH",      NULL};
	const struct ksig_process_options options = {
		.environment = environment, .ends_all = true, .timeout_ms = 20 * 60 * 1000};

	if (!kernel_path_check(source, error) || !kernel_path_check(output, error))
		return false;
	g_ptr_array_add(argv, (gpointer) "make");
	g_ptr_array_add(argv, (gpointer) "-s");
	g_ptr_array_add(argv, (gpointer) "-C");
	g_ptr_array_add(argv, (gpointer) source);
	g_ptr_array_add(argv, o);
	g_ptr_array_add(argv, architecture);
	for (; *targets; targets++)
		g_ptr_array_add(argv, (gpointer) *targets);
	g_ptr_array_add(argv, NULL);
	return ksig_process_run((const char *const *) argv->pdata, &options, NULL, out_output, error);
}
