/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a patch's page offers to be taken away: its steps as mails and as differences, bytes as they are. */
#include "export/site-raw-internal.h"
#include "export/authors-internal.h"
#include "export/mbox-internal.h"
#include "export/message-internal.h"
#include "export/site-internal.h"
#include "export/site-text-internal.h"
#include "history/upstream-diff.h"

#include <errno.h>

/* Its author as the other exports name him: where no upstream commit does, the changelog's, or the vendor. */
static bool find_author(const struct ksig_site *site, const struct ksig_patch *patch,
			struct ksig_patch *author, GError **error)
{
	author->id = patch->id;
	author->author = g_strdup(patch->author);
	author->email = g_strdup(patch->email);
	if (author->email)
		return true;
	g_autoptr(GPtrArray) entries = ksig_catalog_entries_of_patch(site->catalog, patch->id, error);
	const struct ksig_entry *entry = entries && entries->len > 0 ? entries->pdata[0] : NULL;
	ksig_export_name_author(author, entry && entry->author && *entry->author ? entry->author : NULL);
	return entries != NULL;
}

bool ksig_site_add_mail(const struct ksig_site *site, const struct ksig_link *link, const GString *diff,
			GString *mails, GError **error)
{
	struct ksig_patch author = {0};

	if (site->options->no_raw)
		return true;
	g_autofree char *subject = ksig_export_subject(link);
	g_autofree char *body = ksig_export_body(link);
	const bool found = find_author(site, link->patch, &author, error);
	const struct ksig_mail words = {.id = link->step->commit,
					.author = author.author,
					.email = author.email,
					.date = link->patch->author_date,
					.subject = subject,
					.body = body};

	if (found) {
		g_autoptr(GString) mail = ksig_export_mail(&words, diff->str, diff->len);
		g_string_append_len(mails, mail->str, (gssize) mail->len);
	}
	g_free(author.author);
	g_free(author.email);
	return found;
}

bool ksig_site_write_raw(const struct ksig_site *site, int64_t patch_id, const char *kind,
			 const GString *bytes, GError **error)
{
	g_autofree char *name = g_strdup_printf("raw/%" G_GINT64_FORMAT ".%s", patch_id, kind);

	return ksig_site_write(site, name, bytes, error);
}
