/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which release of EL's kernel a source folder is, as far as its makefiles say: "5.14.0-427". */
#include "kmod/devices.h"

enum { FILE_LIMIT_BYTES = 4 << 20 };

/* The value of "NAME = VALUE" in the makefile TEXT; NULL: it has none. */
static char *value_of(const char *text, const char *name)
{
	g_autofree char *pattern = g_strdup_printf("^%s[ \\t]*=[ \\t]*([0-9][0-9.]*)[ \\t]*$", name);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
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
