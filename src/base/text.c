/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that may be shown or stored: UTF-8 without control characters, invisible ones spelt out; also the
 * nearest word for "did you mean", C without its comments, git's quoted names.
 */
#include "base/base.h"

const char *const ksig_days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL};
const char *const ksig_months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
				   "Aug", "Sep", "Oct", "Nov", "Dec", NULL};

char *ksig_number(uint64_t number)
{
	g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, number);
	const size_t length = strlen(digits);
	GString *grouped = g_string_sized_new(length + length / 3);

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			g_string_append_c(grouped, ',');
		g_string_append_c(grouped, digits[i]);
	}
	return g_string_free(grouped, FALSE);
}

bool ksig_text_has_any(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strstr(text, *words))
			return true;
	return false;
}

const char *ksig_share(char *buffer, double share)
{
	return share < 0 ? NULL : g_ascii_formatd(buffer, KSIG_SHARE_BYTES, "%.3f", share);
}

/* How many bytes from AT on are letters of ASCII: nearly all of a kernel is, and these are looked at but
 * once. */
static size_t plain_bytes(const char *at)
{
	size_t length = 0;

	while ((at[length] >= ' ' && at[length] <= '~') || at[length] == '\n' || at[length] == '\t')
		length++;
	return length;
}

char *ksig_utf8(const char *string, gssize length_bytes)
{
	g_autofree char *valid = g_utf8_make_valid(string, length_bytes);
	GString *clean = g_string_sized_new(strlen(valid));

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		const size_t plain = plain_bytes(at);
		g_string_append_len(clean, at, (gssize) plain);
		at += plain;
		if (!*at)
			break;
		const gunichar c = g_utf8_get_char(at);
		if (!g_unichar_iscntrl(c))
			g_string_append_unichar(clean, c);
	}
	return g_string_free(clean, FALSE);
}

/* Characters that show nothing though they are letters or marks: default ignorable, but not of class Cf. */
static bool is_filler(gunichar c)
{
	return c == 0x034f || c == 0x115f || c == 0x1160 || c == 0x17b4 || c == 0x17b5 || c == 0x3164 ||
	       c == 0xffa0 || (c >= 0x180b && c <= 0x180f) || (c >= 0xfe00 && c <= 0xfe0f) ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

/* What moves, turns round or hides text, and shows nothing itself. */
static bool is_invisible(gunichar c)
{
	const GUnicodeType type = g_unichar_type(c);

	return type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR ||
	       type == G_UNICODE_PARAGRAPH_SEPARATOR || is_filler(c);
}

char *ksig_shown(const char *string, gssize length_bytes)
{
	g_autofree char *clean = ksig_utf8(string, length_bytes);
	GString *shown = g_string_sized_new(strlen(clean));

	for (const char *at = clean; *at; at = g_utf8_next_char(at)) {
		const size_t plain = plain_bytes(at);
		g_string_append_len(shown, at, (gssize) plain);
		at += plain;
		if (!*at)
			break;
		const gunichar c = g_utf8_get_char(at);
		if (is_invisible(c))
			g_string_append_printf(shown, "<U+%04X>", c);
		else
			g_string_append_unichar(shown, c);
	}
	return g_string_free(shown, FALSE);
}

void ksig_print(FILE *stream, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_autofree char *shown = ksig_shown(text, -1);
	fputs(shown, stream);
}

/* Appends LINE, which is UTF-8 or else taken for ISO 8859-1, without its NULs. */
static void append_line(GString *text, const char *line, size_t length_bytes)
{
	if (!memchr(line, '\0', length_bytes) && g_utf8_validate_len(line, length_bytes, NULL)) {
		g_string_append_len(text, line, (gssize) length_bytes);
		return;
	}
	const bool is_utf8 = g_utf8_validate_len(line, strnlen(line, length_bytes), NULL);
	for (size_t i = 0; i < length_bytes; i++) {
		if (line[i] == '\0')
			continue;
		if (is_utf8)
			g_string_append_c(text, line[i]);
		else
			g_string_append_unichar(text, (guchar) line[i]);
	}
}

char *ksig_text_of_bytes(const char *bytes, size_t length_bytes)
{
	g_autoptr(GString) text = g_string_sized_new(length_bytes + 1);

	for (size_t start = 0, end = 0; start < length_bytes; start = end) {
		while (end < length_bytes && bytes[end] != '\n' && bytes[end] != '\r')
			end++;
		append_line(text, bytes + start, end - start);
		if (end == length_bytes)
			break;
		end += bytes[end] == '\r' && end + 1 < length_bytes && bytes[end + 1] == '\n' ? 2 : 1;
		g_string_append_c(text, '\n');
	}
	return ksig_utf8(text->str, (gssize) text->len);
}

/* How many letters of A are to change, come, go or swap places with their neighbour until it is B, in bytes
 * (the restricted distance of Damerau and Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	const size_t width = strlen(b) + 1;
	g_autofree size_t *rows = g_new0(size_t, 3 * width);
	size_t *before = rows, *above = rows + width, *row = rows + 2 * width;

	for (size_t j = 0; j < width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t *free_row = before;
		before = above;
		above = row;
		row = free_row;
		row[0] = i;
		for (size_t j = 1; j < width; j++) {
			const size_t changed = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = MIN(changed, MIN(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], before[j - 2] + 1);
		}
	}
	return row[width - 1];
}

char *ksig_iso_date(char *date)
{
	const size_t length = date ? strlen(date) : 0;
	const char *zone = length >= strlen("2022-10-25T19:55:08+02") ? date + length - strlen("+02") : NULL;

	if (!zone || !strchr(date, 'T') || (zone[0] != '+' && zone[0] != '-') || !g_ascii_isdigit(zone[1]) ||
	    !g_ascii_isdigit(zone[2]))
		return date;
	char *whole = g_strconcat(date, ":00", NULL);
	g_free(date);
	return whole;
}

const char *ksig_nearest(const char *word, const char *const *words, size_t n_words)
{
	const char *nearest = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < n_words; i++) {
		const size_t far = distance(word, words[i]);
		if (far < least) {
			least = far;
			nearest = words[i];
		}
	}
	return nearest;
}

char *ksig_c_without_comments(const char *text)
{
	char *copy = g_strdup(text);
	char quote = '\0';

	for (char *at = copy; *at; at++) {
		if (quote) {
			at += *at == '\\' && at[1] ? 1 : 0;
			quote = *at == quote || *at == '\n' ? '\0' : quote;
		} else if (*at == '"' || *at == '\'') {
			quote = *at;
		} else if (at[0] == '/' && (at[1] == '*' || at[1] == '/')) {
			const bool line = at[1] == '/';
			const char *end = strstr(at + 2, line ? "\n" : "*/");
			const size_t length = end ? (size_t) (end - at) + (line ? 0 : 2) : strlen(at);
			for (size_t i = 0; i < length; i++)
				at[i] = at[i] == '\n' ? '\n' : ' ';
			at += length - 1;
		}
	}
	return copy;
}

char *ksig_git_unquote(const char *name, size_t length_bytes)
{
	if (length_bytes < 2 || name[0] != '"')
		return g_strndup(name, length_bytes);
	size_t end = 1;
	while (end < length_bytes && name[end] != '"')
		end += name[end] == '\\' ? 2 : 1;
	g_autofree char *inner = g_strndup(name + 1, MIN(end, length_bytes) - 1);
	return g_strcompress(inner);
}
