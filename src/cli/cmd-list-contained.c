/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig list --contained: commits that are in without a line of their own. */
#include "cli/cmd-list.h"
#include "cli/cmd.h"

static const struct ksig_column all_columns[] = {
	{"revision", 0},
	{"kind", 0},
	{"source", 0},
	{"upstream", 0},
	{"candidate", 0},
	{"member", 0},
	{"patch", KSIG_COLUMN_NUMBER},
	{"subject", KSIG_COLUMN_WIDE},
	{"reason", 0},
};

static const char *label_of(const GPtrArray *revisions, int64_t id)
{
	for (guint i = 0; i < revisions->len; i++) {
		const struct ksig_revision *revision = revisions->pdata[i];
		if (revision->id == id)
			return revision->label;
	}
	return NULL;
}

static void add_row(ksig_table *table, const struct ksig_contained *one, const char *label, bool text)
{
	enum { SHORT_ID = 12 };
	g_autofree char *patch = one->patch_id ? g_strdup_printf("%" G_GINT64_FORMAT, one->patch_id) : NULL;
	g_autofree char *upstream = g_strndup(one->upstream ? one->upstream : "", text ? SHORT_ID : 40);
	const char *const cells[] = {label,       one->kind, one->source,  upstream,   one->candidate,
				     one->member, patch,     one->subject, one->reason};

	G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(all_columns));
	ksig_table_add(table, cells);
}

int ksig_list_contained(ksig_catalog *catalog, const char *revision, const char *id, enum ksig_format format,
			const char *columns, GError **error)
{
	g_autoptr(ksig_revision) one = revision ? ksig_catalog_find_revision(catalog, revision, error) : NULL;
	g_autoptr(GPtrArray) revisions = !revision || one ? ksig_catalog_revisions(catalog, error) : NULL;
	g_autoptr(GPtrArray) list = revisions ? ksig_catalog_contained(catalog, one ? one->id : 0, id, error)
					      : NULL;
	g_autoptr(ksig_table) table = ksig_table_new(all_columns, G_N_ELEMENTS(all_columns));
	const bool text = format == KSIG_FORMAT_TEXT;

	if (!list)
		return KSIG_ERROR_ENVIRONMENT;
	for (guint i = 0; i < list->len; i++) {
		const struct ksig_contained *row = list->pdata[i];
		add_row(table, row, label_of(revisions, row->revision_id), text);
	}
	if (!ksig_table_select(
		    table, columns || !text ? columns : "revision,kind,source,upstream,patch,subject", error))
		return KSIG_ERROR_ENVIRONMENT;
	return ksig_command_answer(table, format, error);
}
