/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metadata from outside, read by createrepo_c. Its parser (0.17 at least) ends the program on text that
 * libxml2 cannot convert to UTF-8, since libxml2 fails then without an error to show. Metadata is UTF-8,
 * always: what says or looks otherwise is refused before it is parsed.
 */
#include "rpm/metadata.h"

#include <string.h>

enum { HEAD_BYTES = 1024 };

/* The XML declaration of HEAD, if it has one, names UTF-8 or nothing. */
static bool declares_utf8(const char *head)
{
	static const char utf8[] = "UTF-8";
	const char *end = strstr(head, "?>");

	if (!g_str_has_prefix(head, "<?xml"))
		return true;
	const char *encoding = end ? g_strstr_len(head, end - head, "encoding") : NULL;
	if (!encoding)
		return end != NULL;
	const char *value = encoding + strlen("encoding");
	value += strspn(value, " \t\r\n=");
	return (*value == '"' || *value == '\'') && g_ascii_strncasecmp(value + 1, utf8, strlen(utf8)) == 0 &&
	       value[1 + strlen(utf8)] == *value;
}

bool ksig_rpm_xml_check(const char *path, GError **error)
{
	char head[HEAD_BYTES + 1] = "";
	const char *text = head;
	GError *reason = NULL;
	CR_FILE *file = cr_open(path, CR_CW_MODE_READ, CR_CW_AUTO_DETECT_COMPRESSION, &reason);
	const int length = file ? cr_read(file, head, HEAD_BYTES, &reason) : -1;

	if (file)
		cr_close(file, NULL);
	if (length < 0)
		return ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, path);
	if (g_str_has_prefix(text, "\xef\xbb\xbf"))
		text += 3;
	/* UTF-16 and its like have a NUL beside the "<". */
	return (text[0] == '<' && text[1] && declares_utf8(text)) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: XML in UTF-8 expected", path);
}

bool ksig_rpm_parse_repomd(const char *path, cr_Repomd *repomd, const char *what, GError **error)
{
	GError *reason = NULL;

	return ksig_rpm_xml_check(path, error) &&
	       (cr_xml_parse_repomd(path, repomd, NULL, NULL, &reason) == CRE_OK ||
		ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, what));
}

bool ksig_rpm_parse_primary(const char *path, cr_XmlParserPkgCb take, void *data, const char *what,
			    GError **error)
{
	GError *reason = NULL;

	return ksig_rpm_xml_check(path, error) &&
	       (cr_xml_parse_primary(path, NULL, NULL, take, data, NULL, NULL, FALSE, &reason) == CRE_OK ||
		ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, what));
}
