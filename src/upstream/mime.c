/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What mail does to text: encoded words (RFC 2047), transfer encodings (RFC 2045), charsets, dates. */
#include "upstream/mime-internal.h"
#include "base/diff.h"

#include <stdlib.h>
#include <string.h>

static void append_quoted_printable(GString *bytes, const char *at, const char *end, bool is_word)
{
	for (; at < end; at++) {
		if (is_word && *at == '_') {
			g_string_append_c(bytes, ' ');
		} else if (*at != '=') {
			g_string_append_c(bytes, *at);
		} else if (end - at >= 3 && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2])) {
			g_string_append_c(bytes, (char) (g_ascii_xdigit_value(at[1]) << 4 |
							 g_ascii_xdigit_value(at[2])));
			at += 2;
		} else if (end - at >= 3 && at[1] == '\r' && at[2] == '\n') {
			at += 2;
		} else if (end - at >= 2 && at[1] == '\n') {
			at++;
		} else {
			g_string_append_c(bytes, *at);
		}
	}
}

static void append_base64(GString *bytes, const char *at, const char *end)
{
	gint state = 0;
	guint save = 0;
	const size_t length = (size_t) (end - at);
	g_autofree guchar *decoded = g_malloc(length / 4 * 3 + 6);

	g_string_append_len(bytes, (const char *) decoded,
			    (gssize) g_base64_decode_step(at, length, decoded, &state, &save));
}

/* Lines of a base64 body end as the sender's did: CRLF becomes LF if the first line says so. */
static void drop_carriage_returns(GString *text)
{
	const char *newline = memchr(text->str, '\n', text->len);
	size_t kept = 0;

	if (!newline || newline == text->str || newline[-1] != '\r')
		return;
	for (size_t i = 0; i < text->len; i++)
		if (text->str[i] != '\r' || text->str[i + 1] != '\n')
			text->str[kept++] = text->str[i];
	g_string_truncate(text, kept);
}

GString *ksig_mime_body(const char *body, size_t length_bytes, const char *encoding)
{
	GString *bytes = g_string_sized_new(length_bytes);

	if (encoding && g_ascii_strcasecmp(encoding, "quoted-printable") == 0)
		append_quoted_printable(bytes, body, body + length_bytes, false);
	else if (encoding && g_ascii_strcasecmp(encoding, "base64") == 0)
		append_base64(bytes, body, body + length_bytes);
	else
		g_string_append_len(bytes, body, (gssize) length_bytes);
	drop_carriage_returns(bytes);
	return bytes;
}

/*
 * iconv loads a module by the name it is given, which is the mail's word: none but these is. Returns iconv's
 * name of CHARSET; NULL: not one of these.
 */
static char *known_charset(const char *charset)
{
	static const char *const names[] = {"gb2312", "gbk",         "gb18030",   "big5",   "euc-jp",
					    "euc-kr", "iso-2022-jp", "shift_jis", "koi8-r", "koi8-u"};
	/* "latin1", "ISO8859-15", "iso_8859-1", "cp1251": as git's users write them. */
	static const struct {
		const char *prefix, *name;
	} families[] = {{"iso-8859-", "iso-8859-"},     {"iso8859-", "iso-8859-"},
			{"iso_8859-", "iso-8859-"},     {"iso8859", "iso-8859-"},
			{"windows-125", "windows-125"}, {"cp125", "windows-125"}};

	if (g_ascii_strcasecmp(charset, "latin1") == 0 || g_ascii_strcasecmp(charset, "latin-1") == 0)
		return g_strdup("iso-8859-1");
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_ascii_strcasecmp(charset, names[i]) == 0)
			return g_strdup(names[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(families); i++) {
		const size_t n = strlen(families[i].prefix);
		const char *number = charset + n;
		if (g_ascii_strncasecmp(charset, families[i].prefix, n) == 0 && *number &&
		    strspn(number, G_CSET_DIGITS) == strlen(number))
			return g_strconcat(families[i].name, number, NULL);
	}
	return NULL;
}

char *ksig_mime_recode(const char *text, size_t length_bytes, const char *charset)
{
	g_autofree char *name = charset ? known_charset(charset) : NULL;
	char *converted = NULL;

	if (name)
		converted = g_convert(text, (gssize) length_bytes, "UTF-8", name, NULL, NULL, NULL);
	if (!converted && !g_utf8_validate_len(text, length_bytes, NULL))
		converted = g_convert(text, (gssize) length_bytes, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
	return converted ? converted : g_strndup(text, length_bytes);
}

char *ksig_mime_utf8(const char *text, size_t length_bytes, const char *charset)
{
	g_autofree char *recoded = ksig_mime_recode(text, length_bytes, charset);

	return ksig_utf8(recoded, -1);
}

char *ksig_mime_charset(const char *content_type)
{
	const char *at = content_type ? strcasestr(content_type, "charset=") : NULL;

	if (!at)
		return NULL;
	at += strlen("charset=");
	at += *at == '"';
	const size_t length = strcspn(at, "\"; \t\r\n");
	return length > 0 && length < 40 ? g_strndup(at, length) : NULL;
}

/*
 * Adds the bytes of the "=?charset?q?text?=" at AT to BYTES, if its charset is *INOUT_CHARSET (or that is
 * NULL: any; it is set then). Returns what follows it, or NULL if there is none.
 */
static const char *take_word(const char *at, GString *bytes, char **inout_charset)
{
	if (!g_str_has_prefix(at, "=?"))
		return NULL;
	const char *charset = at + 2;
	const size_t charset_length = strcspn(charset, "?* \t");
	const char *kind = charset + strcspn(charset, "? \t");
	if (charset_length > 40 || kind[0] != '?' || kind[1] == '\0' || !strchr("qQbB", kind[1]) ||
	    kind[2] != '?')
		return NULL;
	const char *text = kind + 3;
	const char *end = strstr(text, "?=");
	g_autofree char *name = g_ascii_strdown(charset, (gssize) charset_length);
	if (!end || (*inout_charset && !g_str_equal(*inout_charset, name)))
		return NULL;
	if (g_ascii_tolower(kind[1]) == 'q')
		append_quoted_printable(bytes, text, end, true);
	else
		append_base64(bytes, text, end);
	if (!*inout_charset)
		*inout_charset = g_steal_pointer(&name);
	return end + 2;
}

/*
 * Decodes the words at AT: white space between two belongs to the encoding, and mailers cut a letter in two,
 * so that words of one charset are one text. Returns what follows, or NULL if there is no word.
 */
static const char *decode_words(const char *at, GString *words)
{
	g_autoptr(GString) bytes = g_string_new(NULL);
	g_autofree char *charset = NULL;
	const char *end = take_word(at, bytes, &charset);

	for (const char *next = end; next; next = take_word(end + strspn(end, " \t"), bytes, &charset))
		end = next;
	if (!end)
		return NULL;
	g_autofree char *decoded = ksig_mime_utf8(bytes->str, bytes->len, charset);
	g_string_append(words, decoded);
	return end;
}

char *ksig_mime_words(const char *text)
{
	g_autoptr(GString) words = g_string_new(NULL);
	bool is_behind_word = false;

	while (*text) {
		const char *blank_end = text + strspn(text, " \t");
		const char *at = is_behind_word ? blank_end : text;
		const char *next = g_str_has_prefix(at, "=?") ? decode_words(at, words) : NULL;
		is_behind_word = next != NULL;
		if (!next)
			g_string_append_c(words, *text);
		text = next ? next : text + 1;
	}
	g_autofree char *utf8 = ksig_mime_utf8(words->str, words->len, NULL);
	for (char *c = utf8; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	return g_strdup(g_strstrip(utf8));
}

static int month_of(const char *name)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; i < 12; i++)
		if (g_ascii_strncasecmp(name, months + 3 * i, 3) == 0)
			return i + 1;
	return 0;
}

/* Sees to it that each number is one of a real moment, and writes it. */
static char *format_date(int year, int month, int day, const int *time, const char *zone)
{
	const bool has_offset = strlen(zone) >= 5 && strchr("+-", zone[0]) &&
				strspn(zone + 1, "0123456789") >= 2;
	const char *minutes = has_offset && zone[3] == ':' ? zone + 4 : zone + 3;

	/* No place on earth is further than 14 hours from Greenwich. */
	if (has_offset && (atoi(zone + 1) / (zone[3] == ':' ? 1 : 100) > 14 || *minutes > '5'))
		return NULL;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 ||
	    !g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year) || time[0] < 0 ||
	    time[0] > 23 || time[1] < 0 || time[1] > 59 || time[2] < 0 || time[2] > 60)
		return NULL;
	if (!has_offset || strspn(minutes, "0123456789") < 2)
		return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02d+00:00", year, month, day, time[0],
				       time[1], MIN(time[2], 59));
	return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02d%c%.2s:%.2s", year, month, day, time[0], time[1],
			       MIN(time[2], 59), zone[0], zone + 1, minutes);
}

char *ksig_mime_date(const char *text)
{
	int year, month, day, time[3] = {0, 0, 0};
	char name[4] = "", zone[8] = "";

	text += strspn(text, " \t");
	/* "Sun, 16 Oct 2022 21:42:47 +0100" or "Sun Oct 16 21:42:47 2022 +0100", then ISO 8601. */
	const char *rest = text + strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	rest += strspn(rest, ", ");
	if (!g_ascii_isdigit(*text) && !g_ascii_isdigit(*rest) &&
	    sscanf(rest, "%3[A-Za-z] %2d %2d:%2d:%2d %4d %7s", name, &day, &time[0], &time[1], &time[2],
		   &year, zone) >= 6)
		return format_date(year, month_of(name), day, time, zone);
	if (sscanf(rest, "%2d %3[A-Za-z] %4d %2d:%2d:%2d %7s", &day, name, &year, &time[0], &time[1],
		   &time[2], zone) >= 3)
		return format_date(year, month_of(name), day, time, zone);
	if (sscanf(text, "%4d-%2d-%2d%*[T ]%2d:%2d:%2d %7s", &year, &month, &day, &time[0], &time[1],
		   &time[2], zone) >= 3)
		return format_date(year, month, day, time, zone);
	return NULL;
}
