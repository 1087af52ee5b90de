/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/base.h"

#include <string.h>

enum { DEPTH_LIMIT = 100 };

/*
 * How deep the brackets of TEXT go, strings left out. Comments, which json-glib takes and JSON does not have,
 * could hide a quote from this and are refused.
 */
static bool measure_depth(const char *text, size_t length, unsigned *out_deepest, GError **error)
{
	unsigned depth = 0, deepest = 0;
	bool in_string = false;

	for (size_t i = 0; i < length; i++) {
		const char c = text[i];
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (in_string)
			continue;
		else if (c == '/' || c == '#' || c == '\'')
			return ksig_error_set(error, KSIG_ERROR_INPUT, "offset %zu: \"%c\" is not JSON", i,
					      c);
		else if (c == '[' || c == '{')
			deepest = MAX(deepest, ++depth);
		else if ((c == ']' || c == '}') && depth > 0)
			depth--;
	}
	*out_deepest = deepest;
	return true;
}

bool ksig_json_load(JsonParser *parser, const char *text, gssize length_bytes, GError **error)
{
	const size_t length = length_bytes < 0 ? strlen(text) : (size_t) length_bytes;
	unsigned depth = 0;

	if (!measure_depth(text, length, &depth, error))
		return false;
	if (depth > DEPTH_LIMIT)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "nested %u levels deep, at most %d expected",
				      depth, DEPTH_LIMIT);
	return json_parser_load_from_data(parser, text, (gssize) length, error);
}
