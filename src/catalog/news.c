/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table news of ksig watch: what a source had, the step that an item is at, and since when. */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

void ksig_catalog_news_free(struct ksig_news *news)
{
	if (!news)
		return;
	g_free(news->source);
	g_free(news->item);
	g_free(news->step);
	g_free(news->value);
	g_free(news->state);
	g_free(news->message);
	g_free(news->seen);
	g_free(news->changed);
	g_free(news);
}

bool ksig_catalog_put_news(ksig_catalog *catalog, const struct ksig_news *news, GError **error)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *text = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");

	return ksig_catalog_run(
		catalog,
		"INSERT INTO news (source, item, step, value, state, message, seen, changed)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)"
		" ON CONFLICT (source, item, step) DO UPDATE SET value = excluded.value,"
		" state = excluded.state, message = excluded.message, changed = excluded.changed",
		KSIG_VALUES(KSIG_TEXT(news->source), KSIG_TEXT(news->item), KSIG_TEXT(news->step),
			    KSIG_TEXT(news->value), KSIG_TEXT(news->state), KSIG_TEXT(news->message),
			    KSIG_TEXT(text)),
		NULL, error);
}

static gpointer read_news(sqlite3_stmt *row)
{
	struct ksig_news *news = g_new0(struct ksig_news, 1);

	news->source = ksig_row_text(row, 0);
	news->item = ksig_row_text(row, 1);
	news->step = ksig_row_text(row, 2);
	news->value = ksig_row_text(row, 3);
	news->state = ksig_row_text(row, 4);
	news->message = ksig_row_text(row, 5);
	news->seen = ksig_row_text(row, 6);
	news->changed = ksig_row_text(row, 7);
	return news;
}

GPtrArray *ksig_catalog_news(ksig_catalog *catalog, const char *source, GError **error)
{
	return ksig_catalog_collect(
		catalog,
		"SELECT source, item, step, value, state, message, seen, changed FROM news"
		" WHERE ?1 IS NULL OR source = ?1 ORDER BY source, item, step",
		KSIG_VALUES(KSIG_TEXT(source)), read_news, (GDestroyNotify) ksig_catalog_news_free, error);
}
