/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * [NAME=]KIND:PLACE[@FROM..TO] taken apart; a name made from the place; the same with an absolute path, as
 * the catalog keeps it.
 */
#include "upstream/argument-internal.h"

#include <string.h>

void upstream_argument_clear(upstream_argument *argument)
{
	g_free(argument->name);
	g_free(argument->kind);
	g_free(argument->place);
	g_free(argument->from);
	g_free(argument->to);
}

static char *name_of_place(const char *place)
{
	g_autofree char *absolute = g_canonicalize_filename(place, NULL);
	g_autofree char *name = g_path_get_basename(absolute);

	if (g_str_has_suffix(name, ".git"))
		name[strlen(name) - 4] = '\0';
	return g_strcanon(g_steal_pointer(&name), G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._+-", '-');
}

/* "REPOSITORY@FROM..TO": the last '@' parts it, for a path may hold one. */
static bool split_range(upstream_argument *argument, GError **error)
{
	char *at = strrchr(argument->place, '@');
	char *dots = at ? strstr(at, "..") : NULL;

	if (!at || !dots || at == argument->place || dots == at + 1 || dots[2] == '\0' || dots[2] == '.')
		return ksig_error_set(error, KSIG_ERROR_USAGE, "git:%s: REPOSITORY@FROM..TO expected",
				      argument->place);
	argument->from = g_strndup(at + 1, (gsize) (dots - at - 1));
	argument->to = g_strdup(dots + 2);
	*at = '\0';
	return true;
}

bool argument_parse(const char *text, upstream_argument *argument, GError **error)
{
	const char *name_set = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._+-";
	const size_t name_length = strspn(text, name_set);
	const bool named = name_length > 0 && text[name_length] == '=';
	const char *rest = named ? text + name_length + 1 : text;
	const char *colon = strchr(rest, ':');

	if (!colon || colon[1] == '\0')
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "%s: not an upstream ([NAME=]git:, quilt: or mbox:)", text);
	argument->kind = g_strndup(rest, (gsize) (colon - rest));
	argument->place = g_strdup(colon + 1);
	if (g_str_equal(argument->kind, "git") && !split_range(argument, error))
		return false;
	argument->name = named ? g_strndup(text, name_length) : name_of_place(argument->place);
	return true;
}

/* The argument as it can be given again from any folder. */
char *argument_absolute(const upstream_argument *argument)
{
	g_autofree char *place = g_canonicalize_filename(argument->place, NULL);

	if (!argument->from)
		return g_strdup_printf("%s=%s:%s", argument->name, argument->kind, place);
	return g_strdup_printf("%s=%s:%s@%s..%s", argument->name, argument->kind, place, argument->from,
			       argument->to);
}
