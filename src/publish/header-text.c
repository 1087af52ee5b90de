/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What packages say to people. */
#include "publish/header-text-internal.h"

/* XML 1.0, 2.2: what is left of UTF-8 without control characters. */
static char *clean(cr_Package *package, const char *text)
{
	g_autofree char *valid = ksig_utf8(text, -1);
	g_autoptr(GString) kept = g_string_new(NULL);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		const gunichar letter = g_utf8_get_char(at);
		if (letter != 0xfffe && letter != 0xffff)
			g_string_append_unichar(kept, letter);
	}
	return cr_safe_string_chunk_insert(package->chunk, kept->str);
}

static void clean_changelog(cr_Package *package)
{
	for (GSList *item = package->changelogs; item; item = item->next) {
		cr_ChangelogEntry *entry = item->data;
		entry->author = entry->author ? clean(package, entry->author) : NULL;
		entry->changelog = entry->changelog ? clean(package, entry->changelog) : NULL;
	}
}

void repo_header_text_clean(cr_Package *package)
{
	char **const texts[] = {&package->summary,     &package->description, &package->url,
				&package->rpm_license, &package->rpm_vendor,  &package->rpm_group,
				&package->rpm_packager};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (*texts[i])
			*texts[i] = clean(package, *texts[i]);
	clean_changelog(package);
}
