/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ids that are enumerators: where a driver has them for numbers, the preprocessor leaves their names. Those
 * whose value is plain are given to it as macros; nothing else of what it makes of the source is looked at
 * but tables.
 */
#include "kmod/device-enumerators-internal.h"
#include "kmod/device-number-internal.h"

#include <string.h>

device_enumerators *device_enumerators_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* NAME is VALUE (NULL: not known); what it was before has to be the same. */
static void add(device_enumerators *enumerators, const char *name, const uint64_t *value)
{
	gpointer before = NULL;

	if (!g_hash_table_lookup_extended(enumerators, name, NULL, &before))
		g_hash_table_insert(enumerators, g_strdup(name),
				    value ? g_memdup2(value, sizeof(*value)) : NULL);
	else if (!value || !before || *(const uint64_t *) before != *value)
		g_hash_table_insert(enumerators, g_strdup(name), NULL);
}

/* "NAME" or "NAME = VALUE"; NEXT: the value of the one behind it, KNOWN: if it is. */
static void take_part(device_enumerators *enumerators, const char *part, uint64_t *next, bool *known)
{
	const char *equals = strchr(part, '=');
	g_autofree char *name = g_strstrip(g_strndup(part, equals ? (gsize) (equals - part) : strlen(part)));

	if (!*name)
		return;
	if (equals)
		*known = device_number(equals + 1, next);
	if (g_regex_match_simple("^[A-Z][A-Z0-9_]*$", name, G_REGEX_RAW, 0))
		add(enumerators, name, *known ? next : NULL);
	++*next;
}

static void take_body(device_enumerators *enumerators, const char *body)
{
	g_auto(GStrv) parts = g_strsplit(body, ",", -1);
	uint64_t next = 0;
	/* Which of the values count is not known where conditions are. */
	bool known = !strchr(body, '#');

	for (char **part = parts; *part; part++)
		take_part(enumerators, *part, &next, &known);
}

void device_enumerators_read(device_enumerators *enumerators, const char *text)
{
	g_autoptr(GRegex) regex = g_regex_new("\\benum\\b[\\w\\s]*\\{([^{}]*)\\}", G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	if (!strstr(text, "enum"))
		return;
	for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *body = g_match_info_fetch(match, 1);
		take_body(enumerators, body);
	}
}

void device_enumerators_write(const device_enumerators *enumerators, GString *out)
{
	GHashTableIter iterator;
	gpointer name, value;

	g_hash_table_iter_init(&iterator, (GHashTable *) enumerators);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		if (value)
			g_string_append_printf(out, "#define %s 0x%" G_GINT64_MODIFIER "xull\n",
					       (char *) name, *(const uint64_t *) value);
}
