/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of kernels. */
#include "kmod/recipe.h"
#include "rpm/rpm.h"

#include <string.h>

static const char alnum[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
		  digits[] = "0123456789";

/* So much of RELEASE as has as many parts (numbers, words) as WANTED has: "4.18.0-477" of
 * "4.18.0-477.10.1.el8_8". */
static char *as_exact_as(const char *release, const char *wanted)
{
	guint parts = 0;
	const char *at;

	for (at = wanted; *at; parts++) {
		at += strcspn(at, alnum);
		if (!*at)
			break;
		at += g_ascii_isdigit(*at) ? strspn(at, digits) : strspn(at, alnum + strlen(digits));
	}
	for (at = release; *at && parts > 0; parts--) {
		at += strcspn(at, alnum);
		at += g_ascii_isdigit(*at) ? strspn(at, digits) : strspn(at, alnum + strlen(digits));
	}
	return g_strndup(release, (gsize) (at - release));
}

bool ksig_kmod_recipe_range_matches(const char *range, const char *release)
{
	g_auto(GStrv) terms = g_strsplit(range ? range : "", ",", -1);

	for (char **term = terms; *term; term++) {
		const char *number = *term + strspn(*term, "<>= ");
		g_autofree char *exact = as_exact_as(release, number);
		const int order = ksig_rpm_release_compare(exact, number);
		const bool equal = strchr(*term, '=') != NULL;
		if (strchr(*term, '<')   ? !(order < 0 || (equal && order == 0))
		    : strchr(*term, '>') ? !(order > 0 || (equal && order == 0))
					 : order != 0)
			return false;
	}
	return true;
}

/* The first number that is above all that begin as NUMBER does: "6.2" of "6.1", "4.18.0-478" of "4.18.0-477".
 */
static char *above(const char *number)
{
	size_t end = strlen(number);

	while (end > 0 && !strchr(alnum, number[end - 1]))
		end--;
	if (end > 0 && !g_ascii_isdigit(number[end - 1]))
		return g_strdup_printf("%.*sA", (int) end, number);
	GString *next = g_string_new_len(number, (gssize) end);
	size_t at = end;
	for (; at > 0 && next->str[at - 1] == '9'; at--)
		next->str[at - 1] = '0';
	if (at > 0 && g_ascii_isdigit(next->str[at - 1]))
		next->str[at - 1]++;
	else
		g_string_insert_c(next, (gssize) at, '1');
	return g_string_free(next, FALSE);
}

/* The lowest number that TERM takes; NULL: it has no lower bound. */
static char *lower_bound(const char *term)
{
	const char *number = term + strspn(term, "<>= ");

	if (strchr(term, '<'))
		return NULL;
	return strchr(term, '>') && !strchr(term, '=') ? above(number) : g_strdup(number);
}

/* The lowest number above what TERM takes; NULL: it has no upper bound. */
static char *upper_bound(const char *term)
{
	const char *number = term + strspn(term, "<>= ");

	if (strchr(term, '>'))
		return NULL;
	return strchr(term, '<') && !strchr(term, '=') ? g_strdup(number) : above(number);
}

/* No release is in both terms (which may be one), by the lower bound of LOWER and the upper one of UPPER. */
static bool exclude_each_other(const char *lower, const char *upper)
{
	g_autofree char *low = lower_bound(lower), *high = upper_bound(upper);
	g_autofree char *exact = low && high ? as_exact_as(low, high) : NULL;

	return exact && ksig_rpm_release_compare(exact, high) >= 0;
}

bool ksig_kmod_recipe_range_check(const char *path, const char *range, GError **error)
{
	g_auto(GStrv) terms = g_strsplit(range ? range : "", ",", -1);

	for (char **term = terms; *term; term++)
		if (!g_regex_match_simple("^ *(<|>|<=|>=|==?)? *[0-9][0-9A-Za-z._~+-]* *$", *term,
					  G_REGEX_RAW, 0))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: kernels \"%s\": \"%s\" is no term such as >=5.14 or <6.13",
					      path, range, *term);
	for (char **lower = terms; *lower; lower++)
		for (char **upper = terms; *upper; upper++)
			if (exclude_each_other(*lower, *upper))
				return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no kernel is in \"%s\"",
						      path, range);
	return true;
}

bool ksig_kmod_recipe_option_is_for(const struct ksig_recipe_option *option, const char *release)
{
	return !release || ksig_kmod_recipe_range_matches(option->kernels, release);
}
