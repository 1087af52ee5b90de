/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of models and of each patch's feature values, which are text, in the order of the model's
 * features.
 */
#include "catalog/models.h"
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

void ksig_catalog_model_free(struct ksig_catalog_model *model)
{
	if (!model)
		return;
	g_free(model->name);
	g_free(model->version);
	g_free(model->checksum);
	g_free(model);
}

void ksig_catalog_feature_free(struct ksig_catalog_feature *feature)
{
	if (!feature)
		return;
	g_free(feature->name);
	g_free(feature->meaning);
	g_free(feature);
}

/* ---- models -------------------------------------------------------------------------------------- */

static gpointer read_model(sqlite3_stmt *row)
{
	struct ksig_catalog_model *model = g_new0(struct ksig_catalog_model, 1);

	model->id = sqlite3_column_int64(row, 0);
	model->name = ksig_row_text(row, 1);
	model->version = ksig_row_text(row, 2);
	model->checksum = ksig_row_text(row, 3);
	return model;
}

GPtrArray *ksig_catalog_models(ksig_catalog *catalog, GError **error)
{
	return ksig_catalog_collect(catalog, "SELECT id, name, version, checksum FROM model ORDER BY id",
				    KSIG_NO_VALUES, read_model, (GDestroyNotify) ksig_catalog_model_free,
				    error);
}

static bool is_known(ksig_catalog *catalog, struct ksig_catalog_model *model, bool *out_known, GError **error)
{
	g_autoptr(GPtrArray) models = ksig_catalog_models(catalog, error);

	*out_known = false;
	for (guint i = 0; models && i < models->len; i++) {
		const struct ksig_catalog_model *known = models->pdata[i];
		if (!g_str_equal(known->checksum, model->checksum))
			continue;
		model->id = known->id;
		*out_known = true;
	}
	return models != NULL;
}

bool ksig_catalog_put_model(ksig_catalog *catalog, struct ksig_catalog_model *model, const GPtrArray *names,
			    const GPtrArray *meanings, const float *weights, GError **error)
{
	bool known = false;

	if (!is_known(catalog, model, &known, error))
		return false;
	if (known)
		return true;
	if (!ksig_catalog_run(catalog, "INSERT INTO model (name, version, checksum) VALUES (?, ?, ?)",
			      KSIG_VALUES(KSIG_TEXT(model->name), KSIG_TEXT(model->version),
					  KSIG_TEXT(model->checksum)),
			      &model->id, error))
		return false;
	for (guint i = 0; i < names->len; i++)
		if (!ksig_catalog_run(catalog,
				      "INSERT INTO model_feature (model_id, position, name, weight, meaning)"
				      " VALUES (?, ?, ?, ?, ?)",
				      KSIG_VALUES(KSIG_INTEGER(model->id), KSIG_INTEGER(i),
						  KSIG_TEXT(names->pdata[i]), KSIG_REAL((double) weights[i]),
						  KSIG_TEXT(meanings->pdata[i])),
				      NULL, error))
			return false;
	return true;
}

/* ---- features ------------------------------------------------------------------------------------ */

bool ksig_catalog_add_features(ksig_catalog *catalog, int64_t patch_id,
			       const struct ksig_catalog_model *model, const float *values, size_t n_values,
			       double blob_chain, double changelog, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	for (size_t i = 0; i < n_values; i++)
		g_string_append_printf(text, "%s%s", i ? " " : "",
				       g_ascii_formatd(number, sizeof number, "%.6g", (double) values[i]));
	return ksig_catalog_run(catalog,
				"INSERT INTO patch_feature (patch_id, model_id, feature_values, blob_chain,"
				" changelog) VALUES (?, ?, ?, ?, ?)",
				KSIG_VALUES(KSIG_INTEGER(patch_id), KSIG_INTEGER(model->id),
					    KSIG_TEXT(text->str), KSIG_REAL(blob_chain),
					    KSIG_REAL(changelog)),
				NULL, error);
}

static struct ksig_catalog_feature *feature_new(const char *name, double value, double weight,
						const char *meaning)
{
	struct ksig_catalog_feature *feature = g_new0(struct ksig_catalog_feature, 1);

	feature->name = g_strdup(name);
	feature->value = value;
	feature->weight = weight;
	feature->meaning = g_strdup(meaning);
	return feature;
}

static gpointer read_feature(sqlite3_stmt *row)
{
	g_autofree char *name = ksig_row_text(row, 0);
	g_autofree char *meaning = ksig_row_text(row, 2);

	return feature_new(name, 0, sqlite3_column_double(row, 1), meaning);
}

/* The values of the row's patch go to FEATURES, which are its model's. */
static bool fill(const ksig_catalog *catalog, sqlite3_stmt *row, int64_t patch_id, GPtrArray *features,
		 GError **error)
{
	g_autofree char *text = ksig_row_text(row, 1);
	g_auto(GStrv) values = g_strsplit(text, " ", -1);

	if (g_strv_length(values) != features->len)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: patch %" G_GINT64_FORMAT
				      " has %u values of features, its model %u",
				      catalog->path, patch_id, g_strv_length(values), features->len);
	for (guint i = 0; i < features->len; i++)
		((struct ksig_catalog_feature *) features->pdata[i])->value = g_ascii_strtod(values[i], NULL);
	g_ptr_array_add(
		features,
		feature_new("(rules)", sqlite3_column_double(row, 2), 1,
			    "what is no matter of weights: whole files, plain lines, the limit of habits"));
	g_ptr_array_add(features, feature_new("(changelog)", sqlite3_column_double(row, 3), 1,
					      "the changelog's word, or its silence"));
	return true;
}

GPtrArray *ksig_catalog_features(ksig_catalog *catalog, int64_t patch_id, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(sqlite3_stmt) row = ksig_catalog_query(catalog,
							 "SELECT model_id, feature_values, blob_chain, "
							 "changelog FROM patch_feature WHERE patch_id = ?",
							 KSIG_VALUES(KSIG_INTEGER(patch_id)), error);

	if (!row)
		return NULL;
	const bool there = ksig_catalog_next(catalog, row, &reason);
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return NULL;
	}
	if (!there)
		return g_ptr_array_new();
	g_autoptr(GPtrArray) features = ksig_catalog_collect(
		catalog,
		"SELECT name, weight, meaning FROM model_feature WHERE model_id = ? ORDER BY position",
		KSIG_VALUES(KSIG_INTEGER(sqlite3_column_int64(row, 0))), read_feature,
		(GDestroyNotify) ksig_catalog_feature_free, error);
	return features && fill(catalog, row, patch_id, features, error) ? g_steal_pointer(&features) : NULL;
}
