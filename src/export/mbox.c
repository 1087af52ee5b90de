/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig export mbox, and the mail that ksig missing --mbox writes: RFC 2047 headers, quoted-printable where a
 * difference has carriage returns.
 */
#include "export/mbox-internal.h"
#include "export/message-internal.h"
#include "history/upstream-diff.h"

#include <errno.h>

/*
 * Appends TEXT as a header's value: as it is where it is short ASCII, else in encoded words (RFC 2047), each
 * within 75 characters and never cutting a letter.
 */
static void append_encoded(GString *mail, const char *text)
{
	enum { PLAIN_LENGTH = 900, WORD_BYTES = 45 };
	const char *at = text;

	if (g_str_is_ascii(text) && strlen(text) < PLAIN_LENGTH && !strstr(text, "=?")) {
		g_string_append(mail, text);
		return;
	}
	while (*at) {
		const char *end = at;
		while (*end && (size_t) (g_utf8_next_char(end) - at) <= WORD_BYTES)
			end = g_utf8_next_char(end);
		g_autofree char *word = g_base64_encode((const guchar *) at, (gsize) (end - at));
		g_string_append_printf(mail, "%s=?UTF-8?B?%s?=", at == text ? "" : "\n ", word);
		at = end;
	}
}

static void append_date(GString *mail, const char *date)
{
	int64_t seconds = 0;
	int offset = 0;

	ksig_export_date(date, &seconds, &offset);
	g_autoptr(GTimeZone) zone = g_time_zone_new_offset(offset * 60);
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(seconds);
	g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
	g_autofree char *rest = g_date_time_format(local, "%Y %H:%M:%S %z");

	/* g_date_time_format() would translate the names. */
	g_string_append_printf(
		mail, "Date: %s, %d %s %s\n", ksig_days[g_date_time_get_day_of_week(local) - 1],
		g_date_time_get_day_of_month(local), ksig_months[g_date_time_get_month(local) - 1], rest);
}

/* Quoted-printable keeps every byte: a carriage return that git-am would strip from a plain mail, and NULs.
 */
static void append_quoted_printable(GString *mail, const GString *text)
{
	enum { LINE_LENGTH = 72 };
	size_t column = 0;

	for (size_t i = 0; i < text->len; i++) {
		const unsigned char c = (unsigned char) text->str[i];
		const bool plain = (c > 32 && c < 127 && c != '=' &&
				    !(column == 0 && (c == 'F' || c == '.'))) ||
				   (c == ' ' && i + 1 < text->len && text->str[i + 1] != '\n');
		if (c == '\n') {
			g_string_append_c(mail, '\n');
			column = 0;
			continue;
		}
		if (column >= LINE_LENGTH) {
			g_string_append(mail, "=\n");
			column = 0;
		}
		if (plain)
			g_string_append_c(mail, (char) c);
		else
			g_string_append_printf(mail, "=%02X", c);
		column += plain ? 1 : 3;
	}
}

GString *ksig_export_mail(const struct ksig_mail *words, const char *diff, size_t diff_bytes)
{
	const struct ksig_patch names = {.author = (char *) words->author, .email = (char *) words->email};
	g_autofree char *quoted = ksig_export_quoted(words->body);
	g_autofree char *author = ksig_export_author_quoted(&names);
	g_autofree char *email = ksig_export_email(&names);
	const bool encode = memchr(diff, '\r', diff_bytes) != NULL;
	GString *mail = g_string_new(NULL);

	g_string_printf(mail, "From %s Mon Sep 17 00:00:00 2001\nFrom: ", words->id);
	append_encoded(mail, author);
	g_string_append_printf(mail, " <%s>\n", email);
	append_date(mail, words->date);
	g_string_append(mail, "Subject: [PATCH] ");
	append_encoded(mail, words->subject);
	g_string_append_printf(mail,
			       "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
			       "Content-Transfer-Encoding: %s\n\n",
			       encode ? "quoted-printable" : "8bit");
	if (encode) {
		g_autoptr(GString) content = g_string_new(quoted);
		g_string_append(content, "---\n\n");
		g_string_append_len(content, diff, (gssize) diff_bytes);
		append_quoted_printable(mail, content);
	} else {
		g_string_append(mail, quoted);
		g_string_append(mail, "---\n\n");
		g_string_append_len(mail, diff, (gssize) diff_bytes);
	}
	g_string_append(mail, "-- \nksig\n\n");
	return mail;
}

static bool write_step(ksig_diffs *diffs, const struct ksig_link *link, FILE *stream, const char *name,
		       GError **error)
{
	g_autoptr(GString) diff = ksig_history_diffs_next_text(diffs, error);

	if (!diff)
		return false;
	g_autofree char *subject = ksig_export_subject(link);
	g_autofree char *body = ksig_export_body(link);
	const struct ksig_mail words = {.id = link->step->commit,
					.author = link->patch->author,
					.email = link->patch->email,
					.date = link->patch->author_date,
					.subject = subject,
					.body = body};
	g_autoptr(GString) mail = ksig_export_mail(&words, diff->str, diff->len);
	if (fwrite(mail->str, 1, mail->len, stream) != mail->len)
		return ksig_error_errno(error, errno, "%s", name);
	return true;
}

bool ksig_export_mbox(const ksig_store *store, const struct ksig_chain *chain, FILE *stream, const char *name,
		      unsigned *out_empty_steps, GError **error)
{
	g_autoptr(ksig_progress) progress = ksig_progress_new("writing mails", chain->links->len);
	g_autoptr(ksig_diffs) diffs = ksig_export_diffs(store, chain, error);

	if (!diffs)
		return false;
	*out_empty_steps = 0;
	for (guint i = chain->first; i < chain->links->len; i++) {
		const struct ksig_link *link = &g_array_index(chain->links, struct ksig_link, i);
		if (!link->step->commit)
			(*out_empty_steps)++;
		else if (!write_step(diffs, link, stream, name, error))
			return false;
		ksig_progress_set(progress, i + 1);
	}
	return true;
}
