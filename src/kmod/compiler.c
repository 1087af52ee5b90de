/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A module is compiled by the compiler that prepared its kernel, where the machine has it. */
#include "kmod/compiler-internal.h"
#include "kmod/kernel-read-internal.h"

#include <string.h>

enum { COMPILER_TIMEOUT_MS = 60 * 1000 };

/* The value of NAME in CONFIGURATION, lines such as CONFIG_GCC_VERSION=120200; NULL: it has none. */
static char *value_of(const char *configuration, const char *name)
{
	g_autofree char *start = g_strdup_printf("\n%s=", name);
	const char *found = strstr(configuration, start);

	return found ? g_strndup(found + strlen(start), strcspn(found + strlen(start), "\n")) : NULL;
}

/* gcc's major version in the kernel's configuration; 0: another compiler's, or unknown. */
static unsigned wanted_version(const char *headers)
{
	g_autofree char *text = ksig_kmod_headers_configuration(headers);
	g_autofree char *number = text ? value_of(text, "CONFIG_GCC_VERSION") : NULL;

	return number ? (unsigned) (g_ascii_strtoull(number, NULL, 10) / 10000) : 0;
}

static unsigned version_of(const char *compiler)
{
	const char *const argv[] = {compiler, "-dumpversion", NULL};
	const struct ksig_process_options options = {.timeout_ms = COMPILER_TIMEOUT_MS};
	GString *output = NULL;

	if (!ksig_process_run(argv, &options, NULL, &output, NULL))
		return 0;
	g_autofree char *text = g_string_free(output, FALSE);
	return (unsigned) g_ascii_strtoull(text, NULL, 10);
}

char *ksig_kmod_compiler(const char *headers, char **out_note)
{
	const unsigned wanted = wanted_version(headers), here = wanted ? version_of("gcc") : 0;
	g_autofree char *name = g_strdup_printf("gcc-%u", wanted);

	if (wanted == 0 || here == 0 || wanted == here)
		return NULL;
	if (version_of(name) == wanted) {
		*out_note = g_strdup_printf("compiled by %s, which prepared the kernel", name);
		return g_steal_pointer(&name);
	}
	*out_note = g_strdup_printf(
		"the kernel was prepared by gcc %u, which is not here: gcc %u compiles the module", wanted,
		here);
	return NULL;
}
