/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel a source folder is, as far as its makefiles say: EL's release, "5.14.0-427", and the numbers
 * that conditions ask for. */
#include "kmod/device-release-internal.h"

enum { FILE_LIMIT_BYTES = 4 << 20 };

/* The value of "NAME = VALUE" in the makefile TEXT; NULL: it has none. */
static char *value_of(const char *text, const char *name)
{
	g_autofree char *pattern = g_strdup_printf("^%s[ \\t]*=[ \\t]*([0-9][0-9.]*)[ \\t]*$", name);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}

/* The value of NAME that is a number; 0: TEXT (NULL: none) has none. */
static unsigned number_of(const char *text, const char *name)
{
	g_autofree char *value = text ? value_of(text, name) : NULL;

	return value ? (unsigned) g_ascii_strtoull(value, NULL, 10) : 0;
}

char *device_version_words(const char *folder)
{
	g_autofree char *makefile = g_build_filename(folder, "Makefile", NULL);
	g_autofree char *vendor = g_build_filename(folder, "Makefile.rhelver", NULL);
	g_autofree char *text = ksig_file_read(makefile, FILE_LIMIT_BYTES, NULL, NULL);
	g_autofree char *more = ksig_file_read(vendor, FILE_LIMIT_BYTES, NULL, NULL);
	GString *out = g_string_new(NULL);

	if (text)
		g_string_append_printf(out, "#define LINUX_VERSION_CODE KERNEL_VERSION(%u, %u, %u)\n",
				       number_of(text, "VERSION"), number_of(text, "PATCHLEVEL"),
				       number_of(text, "SUBLEVEL"));
	if (more)
		g_string_append_printf(out, "#define RHEL_RELEASE_CODE RHEL_RELEASE_VERSION(%u, %u)\n",
				       number_of(more, "RHEL_MAJOR"), number_of(more, "RHEL_MINOR"));
	return g_string_free(out, FALSE);
}

char *ksig_kmod_devices_release(const char *folder)
{
	g_autofree char *makefile = g_build_filename(folder, "Makefile", NULL);
	g_autofree char *vendor = g_build_filename(folder, "Makefile.rhelver", NULL);
	g_autofree char *text = ksig_file_read(makefile, FILE_LIMIT_BYTES, NULL, NULL);
	g_autofree char *more = text ? ksig_file_read(vendor, FILE_LIMIT_BYTES, NULL, NULL) : NULL;

	if (!more)
		return NULL;
	g_autofree char *version = value_of(text, "VERSION"), *patchlevel = value_of(text, "PATCHLEVEL"),
			*sublevel = value_of(text, "SUBLEVEL"), *release = value_of(more, "RHEL_RELEASE");
	return version && patchlevel && sublevel && release
		       ? g_strdup_printf("%s.%s.%s-%s", version, patchlevel, sublevel, release)
		       : NULL;
}
