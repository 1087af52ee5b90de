/* SPDX-License-Identifier: GPL-2.0-or-later */
/* feed.xml: an Atom feed (RFC 4287) of the revisions, the newest first. */
#include "export/site-feed-internal.h"
#include "export/message-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-internal.h"
#include "export/site-text-internal.h"

/* The same for the same words in every export: version 5 of RFC 4122, of a name that nobody else uses. */
static char *make_uuid(const char *kind, const char *one, const char *other)
{
	g_autofree char *name = g_strdup_printf("ksig-site %s\n%s\n%s", kind, one ? one : "",
						other ? other : "");
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA1, name, -1);

	return g_strdup_printf("urn:uuid:%.8s-%.4s-5%.3s-a%.3s-%.12s", sum, sum + 8, sum + 13, sum + 17,
			       sum + 20);
}

/* The day of the revision at POSITION or, where it has none, of the last one before it that has. */
static char *make_moment(const struct ksig_site *site, guint position)
{
	int64_t seconds = 0;
	int offset = 0;

	for (guint i = position + 1; i > 0; i--)
		if (ksig_export_date(((const struct ksig_revision *) site->revisions->pdata[i - 1])->date,
				     &seconds, &offset))
			break;
	g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(seconds);
	return g_date_time_format(moment, "%Y-%m-%dT%H:%M:%SZ");
}

static void add_element(GString *xml, const char *name, const char *text)
{
	g_string_append_printf(xml, "<%s>", name);
	ksig_site_escape(xml, text);
	g_string_append_printf(xml, "</%s>\n", name);
}

static void add_link(const struct ksig_site *site, GString *xml, const char *relation, const char *file)
{
	const char *base = site->options->url ? site->options->url : "";

	g_string_append_printf(xml, "<link rel=\"%s\" href=\"", relation);
	ksig_site_escape(xml, base);
	g_string_append_printf(xml, "%s%s\"/>\n", *base && !g_str_has_suffix(base, "/") ? "/" : "", file);
}

static void add_entry(const struct ksig_site *site, GString *xml, guint position)
{
	const struct ksig_site_revision *figures = &g_array_index(site->figures, struct ksig_site_revision,
								  position);
	const struct ksig_revision *revision = figures->revision;
	g_autofree char *id = make_uuid("revision", revision->label, revision->tree);
	g_autofree char *updated = make_moment(site, position);
	g_autofree char *file = g_strdup_printf("revision-%s.html", figures->key);
	g_autofree char *share = ksig_site_share(revision->explained_lines, revision->changed_lines);
	g_autofree char *summary = g_strdup_printf(
		"%" G_GINT64_FORMAT " patches added, %" G_GINT64_FORMAT " reworked, %" G_GINT64_FORMAT
		" dropped; %" G_GINT64_FORMAT " changed lines, %s of them explained by upstream.%s%s",
		figures->introduced, figures->reworked, figures->dropped, revision->changed_lines, share,
		figures->cves->len > 0 ? " CVEs: " : "", figures->cves->str);

	g_string_append(xml, "<entry>\n");
	add_element(xml, "title", revision->label);
	add_element(xml, "id", id);
	add_element(xml, "updated", updated);
	add_link(site, xml, "alternate", file);
	add_element(xml, "summary", summary);
	g_string_append(xml, "</entry>\n");
}

bool ksig_site_write_feed(const struct ksig_site *site, GError **error)
{
	const struct ksig_revision *base = site->revisions->pdata[0];
	g_autofree char *id = make_uuid("feed", base->label, base->tree);
	g_autofree char *updated = make_moment(site, site->revisions->len - 1);
	g_autofree char *title = g_strdup_printf("Revisions since %s", base->label);
	g_autoptr(GString) xml = g_string_new("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
					      "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");

	add_element(xml, "title", title);
	add_element(xml, "id", id);
	add_element(xml, "updated", updated);
	g_string_append(xml, "<author><name>ksig</name></author>\n");
	add_link(site, xml, "self", "feed.xml");
	add_link(site, xml, "alternate", "index.html");
	for (guint i = site->revisions->len; i > 1; i--)
		add_entry(site, xml, i - 1);
	g_string_append(xml, "</feed>\n");
	return ksig_site_write(site, "feed.xml", xml, error);
}
