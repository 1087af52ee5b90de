/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the model came to a patch's confidence. */
#include "catalog/models.h"
#include "cli/cmd-show.h"

#include <math.h>

static int compare_shares(const void *a, const void *b)
{
	const struct ksig_catalog_feature *left = *(struct ksig_catalog_feature *const *) a;
	const struct ksig_catalog_feature *right = *(struct ksig_catalog_feature *const *) b;
	const double left_share = fabs(left->value * left->weight);
	const double right_share = fabs(right->value * right->weight);

	return left_share > right_share ? -1 : left_share < right_share;
}

static void add_feature(ksig_table *table, const char *name, const char *value, const char *weight,
			double share, const char *meaning)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_formatd(text, sizeof text, "%.4f", share);
	ksig_table_add(table, (const char *const[]){name, value, weight, text, meaning});
}

/* What each feature adds to the log odds, the most telling first, and their sum. */
bool ksig_show_features(ksig_catalog *catalog, const struct ksig_patch *patch, enum ksig_format format,
			GError **error)
{
	static const struct ksig_column feature_columns[] = {{"feature", 0},
							     {"value", KSIG_COLUMN_NUMBER},
							     {"weight", KSIG_COLUMN_NUMBER},
							     {"share", KSIG_COLUMN_NUMBER},
							     {"meaning", KSIG_COLUMN_WIDE}};
	g_autoptr(GPtrArray) features = ksig_catalog_features(catalog, patch->id, error);
	g_autoptr(ksig_table) table = ksig_table_new(feature_columns, G_N_ELEMENTS(feature_columns));
	double sum = 0;

	if (!features)
		return false;
	if (features->len == 0)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "patch %" G_GINT64_FORMAT
				      " has no features: it is no single candidate of an "
				      "upstream, or an older ksig recorded it",
				      patch->id);
	g_ptr_array_sort(features, compare_shares);
	for (guint i = 0; i < features->len; i++) {
		const struct ksig_catalog_feature *feature = features->pdata[i];
		char value[G_ASCII_DTOSTR_BUF_SIZE];
		char weight[G_ASCII_DTOSTR_BUF_SIZE];
		g_ascii_formatd(value, sizeof value, "%.4f", feature->value);
		g_ascii_formatd(weight, sizeof weight, "%.4f", feature->weight);
		sum += feature->value * feature->weight;
		add_feature(table, feature->name, value, weight, feature->value * feature->weight,
			    feature->meaning);
	}
	add_feature(table, "(sum)", "", "", sum,
		    "log odds; a series that proves the patch, or a trace that is "
		    "missing, stands above them");
	ksig_table_print(table, format, stdout);
	return true;
}
