/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header of any candidate: a commit's from its object (its encoding made UTF-8), a patch file's by
 * header.c.
 */
#include "upstream/mime-internal.h"
#include "upstream/pool.h"
#include "base/diff.h"

static char *iso_date(const git_time *when)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_offset(when->offset * 60);
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(when->time);
	g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, zone) : NULL;

	return local ? ksig_iso_date(g_date_time_format_iso8601(local)) : NULL;
}

/* Text of a commit in its ENCODING (NULL: UTF-8), as UTF-8 with plain line ends. */
static char *text_of(const char *bytes, const char *encoding)
{
	g_autofree char *plain = NULL;

	if (!encoding)
		return ksig_text_of_bytes(bytes, strlen(bytes));
	plain = ksig_mime_recode(bytes, strlen(bytes), encoding);
	return ksig_text_of_bytes(plain, strlen(plain));
}

/* The lines up to the first blank one are the subject, as git has it; the rest is the message. */
static void split_message(struct ksig_header *header, const char *text)
{
	g_autoptr(GString) subject = g_string_new(NULL);

	text += strspn(text, " \t\n");
	while (*text) {
		const size_t n = strcspn(text, "\n");
		g_autofree char *line = g_strstrip(g_strndup(text, n));
		if (*line == '\0')
			break;
		g_string_append_printf(subject, "%s%s", subject->len > 0 ? " " : "", line);
		text += n + (text[n] == '\n');
	}
	while (*text && text[strspn(text, " \t")] == '\n')
		text += strspn(text, " \t") + 1;
	header->subject = g_string_free(g_steal_pointer(&subject), FALSE);
	header->message = g_strdup(text);
}

static struct ksig_header *header_of_commit(const struct ksig_candidate *candidate, const ksig_store *store,
					    GError **error)
{
	g_autoptr(git_commit) commit = NULL;
	git_oid id;

	memcpy(id.id, candidate->id, sizeof id.id);
	const int code = git_commit_lookup(&commit, ksig_tree_store_repository(store), &id);
	if (code < 0) {
		ksig_tree_git_error(error, code, "commit %s", git_oid_tostr_s(&id));
		return NULL;
	}
	const git_signature *author = git_commit_author(commit);
	const char *encoding = git_commit_message_encoding(commit);
	g_autoptr(ksig_header) header = g_new0(ksig_header, 1);
	header->author = text_of(author->name, encoding);
	header->email = text_of(author->email, encoding);
	header->date = iso_date(&author->when);
	g_autofree char *message = text_of(git_commit_message(commit), encoding);
	split_message(header, message);
	g_autofree char *all = g_strdup_printf("Subject: %s\n\n%s", header->subject, header->message);
	ksig_upstream_header_scan_message(header, all);
	return g_steal_pointer(&header);
}

struct ksig_header *ksig_upstream_pool_header(const struct ksig_pool *pool, const ksig_store *store,
					      uint32_t candidate, GError **error)
{
	const char *diff = NULL;

	if (pool->git_dir)
		return header_of_commit(&pool->candidates[candidate], store, error);
	const struct ksig_patch_file *file = pool->members->pdata[candidate];
	size_t length_bytes = 0;
	const char *text = g_bytes_get_data(file->text, &length_bytes);
	return ksig_upstream_header_read(text, length_bytes, file->name, &diff);
}
