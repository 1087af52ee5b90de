/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of the web site that are one table of what is not in a patch: missing fixes, the status. */
#include "export/site-tables-internal.h"
#include "export/site-frame-internal.h"
#include "export/site-internal.h"
#include "export/site-text-internal.h"
#include "history/cve.h"

static void head(GString *html, const char *const *names)
{
	g_string_append(html, "<div class=\"scroll\"><table><thead><tr>");
	for (; *names; names++)
		g_string_append_printf(html, "<th scope=\"col\">%s</th>", *names);
	g_string_append(html, "</tr></thead><tbody>\n");
}

/* Ends what head() began; where TOTAL is more than a page has, it says what tells the REST. */
static void tail(GString *html, guint total, const char *rest)
{
	g_string_append(html, "</tbody></table></div>\n");
	if (total > KSIG_SITE_ROWS)
		g_string_append_printf(html, "<p class=\"note\">The first 1,000 are shown; %s.</p>\n", rest);
}

static void cell(GString *html, const char *name, const char *text)
{
	g_string_append_printf(html, "<td%s%s%s>", name ? " class=\"" : "", name ? name : "",
			       name ? "\"" : "");
	ksig_site_escape(html, text ? text : "");
	g_string_append(html, "</td>");
}

/* ---- missing fixes ------------------------------------------------------------------------------- */

static void hint(GString *html, bool given, const char *name)
{
	if (given)
		g_string_append_printf(html, "<span class=\"hint\">%s</span> ", name);
}

static void missing_row(GString *html, const struct ksig_missing *missing)
{
	g_string_append_printf(html, "<tr><td class=\"number\">%d.%02d</td><td>",
			       (int) (missing->confidence * 100 + 0.5) / 100,
			       (int) (missing->confidence * 100 + 0.5) % 100);
	hint(html, missing->cve, "CVE");
	hint(html, missing->syzbot, "syzbot");
	hint(html, missing->cc_stable, "stable");
	g_string_append(html, "</td>");
	cell(html, "date", missing->date);
	cell(html, NULL, missing->subsystem);
	g_string_append(html, "<td class=\"subject\">");
	ksig_site_escape(html, missing->subject);
	g_string_append_printf(html, "</td><td class=\"id\">%.12s</td><td class=\"date\">%s ", missing->id,
			       ksig_history_missing_relation_name(missing->relation));
	if (missing->patch_id > 0)
		g_string_append_printf(
			html, "<a href=\"patch.html#%" G_GINT64_FORMAT "\">patch %" G_GINT64_FORMAT "</a>",
			missing->patch_id, missing->patch_id);
	else
		g_string_append_printf(html, "<span class=\"id\">%.12s</span>", missing->target);
	g_string_append(html, "</td></tr>\n");
}

bool ksig_site_write_missing(const struct ksig_site *site, GError **error)
{
	static const char *const names[] = {"sure",    "hints",  "date", "subsystem",
					    "subject", "commit", "of",   NULL};
	const GPtrArray *missing = site->options->missing;
	const struct ksig_revision *last = site->revisions->pdata[site->revisions->len - 1];

	if (!missing)
		return true;
	GString *html = ksig_site_page_begin(site, "missing.html", "Missing fixes", NULL);
	g_autofree char *number = ksig_number(missing->len);
	g_string_append_printf(html,
			       "<h1>Missing fixes</h1>\n<p class=\"lead\">%s upstream commits fix or revert "
			       "what ",
			       number);
	ksig_site_escape(html, last->label);
	g_string_append(html, " carries, and are not in it: the most pressing first.</p>\n");
	head(html, names);
	for (guint i = 0; i < MIN(missing->len, (guint) KSIG_SITE_ROWS); i++)
		missing_row(html, missing->pdata[i]);
	tail(html, missing->len, "<code>ksig missing</code> has all");
	return ksig_site_page_end(site, "missing.html", html, error);
}

/* ---- CVEs ---------------------------------------------------------------------------------------- */

static void verdict_row(GString *html, const struct ksig_cve_verdict *verdict)
{
	static const char *const names[] = {"fixed", "claimed", "affected", "not-affected", "unknown"};
	const struct ksig_cve_answer *answer = verdict->answer;

	g_string_append(html, "<tr><th scope=\"row\">");
	ksig_site_escape(html, verdict->cve);
	g_string_append_printf(html,
			       "</th><td><span class=\"state state-%s\">%s</span></td><td class=\"subject\">",
			       names[answer->state], ksig_history_cve_state_name(answer->state));
	if (answer->patch) {
		g_string_append_printf(html, "<a href=\"patch.html#%" G_GINT64_FORMAT "\">",
				       answer->patch->id);
		ksig_site_escape(html, answer->patch->subject);
		g_string_append(html, "</a>");
	}
	g_string_append(html, "<span class=\"why\">");
	ksig_site_escape(html, answer->reason);
	g_string_append(html, "</span></td></tr>\n");
}

static void verdict_tiles(GString *html, const GPtrArray *verdicts)
{
	int64_t counts[KSIG_CVE_STATES] = {0};

	for (guint i = 0; i < verdicts->len; i++)
		counts[((const struct ksig_cve_verdict *) verdicts->pdata[i])->answer->state]++;
	ksig_site_tiles_begin(html);
	ksig_site_tile_number(html, counts[KSIG_CVE_AFFECTED], "affect it, unfixed");
	ksig_site_tile_number(html, counts[KSIG_CVE_FIXED], "fixed by a patch");
	ksig_site_tile_number(html, counts[KSIG_CVE_CLAIMED], "claimed by the changelog");
	ksig_site_tile_number(html, counts[KSIG_CVE_NOT_AFFECTED], "do not affect it");
	ksig_site_tile_number(html, counts[KSIG_CVE_UNKNOWN], "unknown");
	ksig_site_tiles_end(html);
}

bool ksig_site_add_verdicts(const struct ksig_site *site, GString *html, GError **error)
{
	static const char *const names[] = {"CVE", "state", "why", NULL};
	const struct ksig_revision *last = site->revisions->pdata[site->revisions->len - 1];

	g_autoptr(ksig_cve_book) book = ksig_history_cve_book_open(site->catalog, error);
	g_autoptr(GPtrArray)
		verdicts = book ? ksig_history_cve_survey(book, last, site->options->records, error) : NULL;
	if (!verdicts)
		return false;
	if (verdicts->len == 0)
		return true;
	g_string_append(html, "<h2>How ");
	ksig_site_escape(html, last->label);
	g_string_append(html, " stands</h2>\n");
	verdict_tiles(html, verdicts);
	head(html, names);
	for (guint i = 0; i < MIN(verdicts->len, (guint) KSIG_SITE_ROWS); i++)
		verdict_row(html, verdicts->pdata[i]);
	tail(html, verdicts->len, "<code>ksig show --cve</code> answers for any");
	return true;
}

/* ---- status -------------------------------------------------------------------------------------- */

static void news_row(GString *html, const struct ksig_news *news)
{
	g_string_append(html, "<tr>");
	cell(html, NULL, news->source);
	cell(html, "subject", news->item);
	cell(html, NULL, news->step);
	g_string_append(html, "<td><span class=\"hint\">");
	ksig_site_escape(html, news->state);
	g_string_append(html, "</span></td>");
	cell(html, "date", news->changed);
	cell(html, NULL, news->message);
	g_string_append(html, "</tr>\n");
}

bool ksig_site_write_status(const struct ksig_site *site, GError **error)
{
	static const char *const names[] = {"source", "item", "step", "state", "since", "message", NULL};
	unsigned known = 0;

	if (site->news->len == 0)
		return true;
	GString *html = ksig_site_page_begin(site, "status.html", "Status", NULL);
	g_string_append(html,
			"<h1>Status</h1>\n<p class=\"lead\">What came out where kernels come from, and how "
			"far what follows from it is.</p>\n");
	head(html, names);
	for (guint i = 0; i < site->news->len; i++) {
		const struct ksig_news *news = site->news->pdata[i];
		if (g_str_equal(news->state, "known"))
			known++;
		else
			news_row(html, news);
	}
	g_string_append_printf(html,
			       "</tbody></table></div>\n<p>%u items were there at the first look and are not "
			       "listed.</p>\n",
			       known);
	return ksig_site_page_end(site, "status.html", html, error);
}
