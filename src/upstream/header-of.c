/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "upstream/pool.h"
#include "upstream/upstream.h"

static char *iso_date(const git_time *when)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_offset(when->offset * 60);
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(when->time);
	g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, zone) : NULL;

	return local ? g_date_time_format_iso8601(local) : NULL;
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
	const char *body = git_commit_body(commit);
	g_autoptr(ksig_header) header = g_new0(ksig_header, 1);
	header->author = ksig_utf8(author->name, -1);
	header->email = ksig_utf8(author->email, -1);
	header->date = iso_date(&author->when);
	header->subject = ksig_utf8(git_commit_summary(commit) ? git_commit_summary(commit) : "", -1);
	header->message = ksig_utf8(body ? body : "", -1);
	ksig_upstream_header_scan_message(header, header->message);
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
