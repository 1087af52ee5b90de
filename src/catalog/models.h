/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which model made a revision, and what its features were for each patch. */
#pragma once

#include "catalog/catalog.h"

struct ksig_catalog_model {
	int64_t id;
	char *name;
	char *version;
	char *checksum; /* SHA-256, 64 hex: what tells it from others */
};
typedef struct ksig_catalog_model ksig_catalog_model;

/* The model of that checksum, put in if it is not there. NAMES and MEANINGS: char *, WEIGHTS: of each. */
bool ksig_catalog_put_model(ksig_catalog *catalog, struct ksig_catalog_model *model, const GPtrArray *names,
			    const GPtrArray *meanings, const float *weights, GError **error);
GPtrArray *ksig_catalog_models(ksig_catalog *catalog,
			       GError **error); /* struct ksig_catalog_model *, by id */
void ksig_catalog_model_free(struct ksig_catalog_model *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_catalog_model, ksig_catalog_model_free)

/* What one feature says for a patch: VALUE * WEIGHT, in log odds. */
struct ksig_catalog_feature {
	char *name;
	double value;
	double weight;
	char *meaning;
};
void ksig_catalog_feature_free(struct ksig_catalog_feature *feature);

/* VALUES: as many as the model has features. BLOB_CHAIN, CHANGELOG: log odds that they add to the features'.
 */
bool ksig_catalog_add_features(ksig_catalog *catalog, int64_t patch_id,
			       const struct ksig_catalog_model *model, const float *values, size_t n_values,
			       double blob_chain, double changelog, GError **error);
/*
 * struct ksig_catalog_feature *, in the model's order, and last those called "(rules)" and
 * "(changelog)", of weight 1. Empty: the patch has none, since no candidate is it.
 */
GPtrArray *ksig_catalog_features(ksig_catalog *catalog, int64_t patch_id, GError **error);
