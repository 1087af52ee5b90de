/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text on its way into the site: escaped for HTML, quoted for data, as names of files and shards; a file of
 * it written.
 */
#include "export/site-text-internal.h"
#include "export/site-internal.h"

#include <errno.h>

/* What needs no look at the letters one by one: ASCII without control characters. */
#define PLAIN                                                                                                \
	"\n\t "                                                                                              \
	"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

void ksig_site_escape(GString *html, const char *text)
{
	g_autofree char *clean = ksig_shown(text, -1);
	g_autofree char *escaped = g_markup_escape_text(clean, -1);

	g_string_append(html, escaped);
}

/* ksig_shown() leaves no other control characters. */
static void append_special(GString *json, char letter)
{
	if (letter == '\n' || letter == '\t')
		g_string_append(json, letter == '\n' ? "\\n" : "\\t");
	else if (letter == '<')
		g_string_append(json, "\\u003c");
	else {
		g_string_append_c(json, '\\');
		g_string_append_c(json, letter);
	}
}

void ksig_site_json(GString *json, const char *text)
{
	if (!text) {
		g_string_append(json, "null");
		return;
	}
	/* nearly all of a kernel is plain, and is not copied */
	const bool plain_text = !text[strspn(text, PLAIN)];
	g_autofree char *clean = plain_text ? NULL : ksig_shown(text, -1);
	g_string_append_c(json, '"');
	for (const char *at = plain_text ? text : clean; *at;) {
		const size_t plain = strcspn(at, "\"\\<\n\t");
		g_string_append_len(json, at, (gssize) plain);
		at += plain;
		if (*at)
			append_special(json, *at++);
	}
	g_string_append_c(json, '"');
}

char *ksig_site_share(int64_t part, int64_t all)
{
	const int64_t tenths = all > 0 ? part * 1000 / all : 0;

	return g_strdup_printf("%d.%d %%", (int) (tenths / 10), (int) (tenths % 10));
}

char *ksig_site_key(const char *label)
{
	enum { KEY_LENGTH = 160 };
	GString *key = g_string_new(NULL);

	for (const char *at = label; *at; at++)
		if (g_ascii_isalnum(*at) || (strchr("._+-~", *at) && (at > label || *at != '.')))
			g_string_append_c(key, *at);
		else
			g_string_append_printf(key, "=%02x", (unsigned char) *at);
	if (key->len > KEY_LENGTH) {
		g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA1, label, -1);
		g_string_truncate(key, KEY_LENGTH - 60);
		g_string_append_printf(key, "==%s", sum);
	}
	return g_string_free(key, FALSE);
}

unsigned ksig_site_shard_of_path(const char *path, unsigned n)
{
	uint32_t hash = 0x811c9dc5;

	for (; *path; path++)
		hash = (hash ^ (unsigned char) *path) * 0x01000193u;
	return hash % n;
}

bool ksig_site_write(const struct ksig_site *site, const char *name, const GString *content, GError **error)
{
	g_autofree char *path = g_build_filename(site->directory, name, NULL);
	FILE *stream = fopen(path, "w");

	if (!stream)
		return ksig_error_errno(error, errno, "%s", path);
	const bool written = fwrite(content->str, 1, content->len, stream) == content->len;
	if (fclose(stream) != 0 || !written)
		return ksig_error_errno(error, errno, "%s", path);
	return true;
}
