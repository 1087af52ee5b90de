/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of parameters by name, with the least and most that each may be; a value outside is refused.
 * Which file they come from: model-file.c.
 */
#include "match/parameters.h"

#include "base/base.h"

#include <math.h>
#include <stddef.h>

#define WHOLE(name, least, most) {#name, offsetof(struct ksig_match_parameters, name), true, least, most},
#define REAL(name, least, most) {#name, offsetof(struct ksig_match_parameters, name), false, least, most},
static const struct {
	const char *name;
	size_t offset;
	bool whole;
	double least;
	double most;
} table[] = {KSIG_MATCH_PARAMETERS(WHOLE, REAL)};
#undef WHOLE
#undef REAL

unsigned ksig_match_parameters_count(void)
{
	return G_N_ELEMENTS(table);
}

char *ksig_match_parameters_name(unsigned index)
{
	return g_strdelimit(g_strdup(table[index].name), "_", '-');
}

static bool find(const char *name, unsigned *out_index)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *known = ksig_match_parameters_name(i);
		*out_index = i;
		if (g_str_equal(known, name))
			return true;
	}
	return false;
}

bool ksig_match_parameters_set(struct ksig_match_parameters *parameters, const char *name, const char *text,
			       unsigned *out_index, GError **error)
{
	char *end = NULL;
	const double value = g_ascii_strtod(text, &end);

	if (!find(name, out_index))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "no parameter is called %s", name);
	const unsigned i = *out_index;
	const bool good = end != text && *end == '\0' && value >= table[i].least && value <= table[i].most;
	if (!good || (table[i].whole && floor(value) < value))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s is \"%s\": a %snumber from %g to %g expected", name, text,
				      table[i].whole ? "whole " : "", table[i].least, table[i].most);
	if (table[i].whole)
		*(uint32_t *) G_STRUCT_MEMBER_P(parameters, table[i].offset) = (uint32_t) value;
	else
		*(float *) G_STRUCT_MEMBER_P(parameters, table[i].offset) = (float) value;
	return true;
}
