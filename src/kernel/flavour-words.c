/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the words of a flavour file may be made of. They go into specs, %prep, commands of make, names of
 * folders and changelogs: what one of these would read as something else is refused here, by name.
 */
#include "kernel/flavour-words-internal.h"

#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static bool is_of(const char *text, const char *characters)
{
	return *text && strspn(text, characters) == strlen(text);
}

bool flavour_option_name_is_good(const char *name)
{
	return is_of(name, LETTERS DIGITS "_") && !g_str_has_prefix(name, "CONFIG_");
}

bool flavour_option_value_is_good(const char *value)
{
	const size_t length = strlen(value);

	if (length >= 2 && value[0] == '"' && value[length - 1] == '"')
		return !strpbrk(value, "\n\\");
	if (is_of(value, "ymn"))
		return length == 1;
	return is_of(*value == '-' ? value + 1 : value, DIGITS) ||
	       is_of(g_str_has_prefix(value, "0x") ? value + 2 : value, DIGITS "abcdefABCDEF");
}

bool flavour_package_is_good(const char *name)
{
	return is_of(name, LETTERS DIGITS "._+-") && !strchr(".+-", *name);
}

bool flavour_tag_is_good(const char *tag)
{
	return !*tag || is_of(tag, LETTERS DIGITS "._+~^");
}

bool flavour_file_is_good(const char *name)
{
	return flavour_package_is_good(name);
}

bool flavour_line_is_good(const char *text)
{
	bool is_blank = true;

	for (const char *at = text; *at; at = g_utf8_next_char(at)) {
		const gunichar c = g_utf8_get_char(at);
		if (g_unichar_iscntrl(c))
			return false;
		is_blank = is_blank && g_unichar_isspace(c);
	}
	return !is_blank;
}
