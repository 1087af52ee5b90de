/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A state machine over the lines of a unified difference; counts down what an @@ line promises, and tells a
 * line too many or too few.
 */
#include "base/diff.h"

enum { COUNT_LIMIT = 100000000 }; /* in an @@ line */

static bool begins(const char *line, size_t length_bytes, const char *prefix)
{
	const size_t n = strlen(prefix);

	return length_bytes >= n && memcmp(line, prefix, n) == 0;
}

/* "12,3", or "12" for "12,1". */
static const char *range(const char *at, const char *end, uint32_t *start, uint32_t *count)
{
	uint64_t value[2] = {0, 1};
	int n = 0;

	for (; n < 2; n++) {
		value[n] = 0;
		for (; at < end && g_ascii_isdigit(*at) && value[n] < COUNT_LIMIT; at++)
			value[n] = value[n] * 10 + (uint64_t) (*at - '0');
		if (at == end || *at != ',')
			break;
		at++;
	}
	*start = (uint32_t) value[0];
	*count = (uint32_t) (n == 0 ? 1 : value[1]);
	return at;
}

static enum ksig_diff_line see_hunk(struct ksig_diff *diff, const char *line, const char *end)
{
	const char *at = range(line + strlen("@@ -"), end, &diff->old_start, &diff->old_left);

	if (end - at < 2 || at[0] != ' ' || at[1] != '+') {
		diff->old_left = 0;
		return KSIG_DIFF_OTHER;
	}
	at = range(at + 2, end, &diff->new_start, &diff->new_left);
	diff->context = end - at > 4 && memcmp(at, " @@ ", 4) == 0 ? at + 4 : end;
	diff->old_line = diff->old_start - 1;
	diff->new_line = diff->new_start - 1;
	diff->behind = diff->old_left == 0 && diff->new_left == 0;
	return KSIG_DIFF_HUNK;
}

static enum ksig_diff_line stop(struct ksig_diff *diff, enum ksig_diff_line kind)
{
	diff->old_left = diff->new_left = 0;
	diff->behind = kind == KSIG_DIFF_SURPLUS;
	return kind;
}

static enum ksig_diff_line see_body(struct ksig_diff *diff, char op)
{
	const bool old = op != '+', new = op != '-';

	if (op == '\\')
		return KSIG_DIFF_NO_NEWLINE;
	if (op != ' ' && op != '+' && op != '-')
		return stop(diff, KSIG_DIFF_CUT);
	if ((old && diff->old_left == 0) || (new && diff->new_left == 0))
		return stop(diff, KSIG_DIFF_SURPLUS);
	diff->old_left -= old;
	diff->new_left -= new;
	diff->old_line += old;
	diff->new_line += new;
	diff->behind = diff->old_left == 0 && diff->new_left == 0;
	if (op == ' ')
		return KSIG_DIFF_CONTEXT;
	return op == '+' ? KSIG_DIFF_ADDED : KSIG_DIFF_REMOVED;
}

/*
 * LINE stands behind a whole hunk: is it one more of its changes? A removed line that begins with "-- "
 * cannot be told from a file's name, and "-- " alone is how a mail ends.
 */
static bool is_surplus(const char *line, size_t length_bytes)
{
	if (begins(line, length_bytes, "--") &&
	    (length_bytes == 2 || begins(line + 2, length_bytes - 2, " ") ||
	     begins(line + 2, length_bytes - 2, "-")))
		return false;
	return length_bytes > 0 && (line[0] == '+' || line[0] == '-');
}

enum ksig_diff_line ksig_diff_see(struct ksig_diff *diff, const char *line, size_t length_bytes)
{
	if (ksig_diff_in_hunk(diff))
		return see_body(diff, length_bytes ? line[0] : ' ');
	if (begins(line, length_bytes, "diff --git ")) {
		diff->in_file = true;
		diff->behind = false;
		return KSIG_DIFF_GIT;
	}
	if (begins(line, length_bytes, "--- ")) {
		diff->in_file = true;
		diff->behind = false;
		return KSIG_DIFF_OLD_FILE;
	}
	if (diff->behind && is_surplus(line, length_bytes))
		return KSIG_DIFF_SURPLUS;
	diff->behind = diff->behind && length_bytes > 0 && (line[0] == ' ' || line[0] == '\\');
	if (diff->in_file && begins(line, length_bytes, "+++ "))
		return KSIG_DIFF_NEW_FILE;
	if (diff->in_file && begins(line, length_bytes, "@@ -"))
		return see_hunk(diff, line, line + length_bytes);
	return KSIG_DIFF_OTHER;
}
