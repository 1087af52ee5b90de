/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a subject as the name of a file may have them. */
#include "export/patch-file-name-internal.h"

char *ksig_export_slug(const char *words)
{
	enum { SLUG_LENGTH = 52 };
	GString *slug = g_string_new(NULL);

	for (const char *at = words; *at && slug->len < SLUG_LENGTH; at++) {
		if (g_ascii_isalnum(*at) || *at == '_')
			g_string_append_c(slug, *at);
		else if (slug->len > 0 && slug->str[slug->len - 1] != '-')
			g_string_append_c(slug, '-');
	}
	while (slug->len > 0 && slug->str[slug->len - 1] == '-')
		g_string_truncate(slug, slug->len - 1);
	return g_string_free(slug, FALSE);
}
