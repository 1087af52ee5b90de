/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Models: the program's own, and files that are refused. */
#include "match/model-file.h"

#include "base/base.h"

#include <glib/gstdio.h>
#include <string.h>

/* The program's own model as text: SOURCE is where it stands. */
static char *source;

static char *own_text(void)
{
	char *text = NULL;

	g_assert_true(g_file_get_contents(source, &text, NULL, NULL));
	return text;
}

/* "*" at the end of OLD is the rest of a cell. */
static char *replaced(const char *text, const char *old, const char *new)
{
	const bool is_cell = g_str_has_suffix(old, "*");
	g_autofree char *words = g_strndup(old, strlen(old) - is_cell);
	const char *at = strstr(text, words);

	g_assert_nonnull(at);
	const char *end = at + strlen(words);
	return g_strdup_printf("%.*s%s%s", (int) (at - text), text, new,
			       is_cell ? end + strcspn(end, "\t\n") : end);
}

/* TEXT with the checksum that its body has. */
static char *sealed(const char *text)
{
	const char *line = strstr(text, "sha256\t");
	const char *body = strchr(line, '\n') + 1;
	g_autofree char *checksum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, body, -1);

	return g_strdup_printf("%.*ssha256\t%s\n%s", (int) (line - text), text, checksum, body);
}

static ksig_model *load(const char *text, GError **error)
{
	g_autofree char *path = NULL;
	const int fd = g_file_open_tmp("model-XXXXXX.tsv", &path, NULL);

	g_assert_cmpint(fd, >=, 0);
	g_close(fd, NULL);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	ksig_model *model = ksig_match_model_load(path, error);
	g_unlink(path);
	return model;
}

static void test_own(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_model) model = ksig_match_model_load(NULL, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(strlen(model->checksum), ==, 64);
	g_assert_cmpuint(model->features->len, >, F_BASE);
	for (guint f = 0; f < F_BASE; f++) {
		g_assert_nonnull(ksig_match_model_feature_name((enum ksig_feature) f));
		g_assert_cmpstr(model->features->pdata[f], ==,
				ksig_match_model_feature_name((enum ksig_feature) f));
	}
	for (guint f = 0; f < model->features->len; f++)
		g_assert_cmpuint(strlen(model->meanings->pdata[f]), >, 0);
}

/* Where a line stands does not matter: its name does. */
static void test_order(void)
{
	g_autofree char *text = own_text();
	g_autoptr(GError) error = NULL;
	const char *line = strstr(text, "feature\tcoverage\t");
	const size_t length_bytes = (size_t) (strchr(line, '\n') + 1 - line);
	g_autofree char *moved = g_strdup_printf("%.*s%s%.*s", (int) (line - text), text, line + length_bytes,
						 (int) length_bytes, line);
	g_autofree char *good = sealed(moved);
	g_autoptr(ksig_model) own = ksig_match_model_load(NULL, &error);
	g_autoptr(ksig_model) model = load(good, &error);

	g_assert_no_error(error);
	g_assert_cmpmem(model->alone, sizeof model->alone, own->alone, sizeof own->alone);
	g_assert_cmpmem(model->together, sizeof model->together, own->together, sizeof own->together);
}

/* A product is what its factors are, multiplied, wherever they stand. */
static void test_product(void)
{
	const struct ksig_match_evidence evidence = {.mass = {{0}, {[KSIG_FATE_HIT] = 2}}, .place = 0.5F};
	const struct ksig_outlook outlook = {.own = 1, .fixes = -1};
	g_autofree char *text = own_text();
	g_autofree char *longer = g_strconcat(text, "feature\tplace.trace-1\t-\t2.5\ttwo\n", NULL);
	g_autofree char *good = sealed(longer);
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_model) model = load(good, &error);
	float x[KSIG_FEATURES_LIMIT];

	g_assert_no_error(error);
	const guint last = model->features->len - 1;
	g_assert_cmpfloat_with_epsilon(model->together[last], 2.5F, 1e-6);
	ksig_match_model_features(model, &evidence, &outlook, x);
	g_assert_cmpfloat_with_epsilon(x[last], 0.5F, 1e-6);
}

struct refusal {
	const char *name;
	const char *old;
	const char *new;
	const char *says;
	bool unsealed; /* the checksum stays as it was */
};

static const struct refusal refusals[] = {
	{"checksum", "feature\tone\t", "feature\tone\t1", "sha256", true},
	{"no-model", "ksig-model\t1", "ksig-model\t2", "no model"},
	{"unknown-feature", "feature\tcoverage\t", "feature\tcover\t",
	 "no feature of this program is called cover"},
	{"missing-feature", "feature\tmoved\t", "feature\tone.moved\t", "one"},
	{"twice", "feature\tmoved\t", "feature\tmiss\t", "miss is there twice"},
	{"unknown-factor", "feature\tmoved.place\t", "feature\tmoved.plaice\t", "plaice"},
	{"first-round", "feature\town\t-", "feature\town\t1", "\"-\" expected"},
	{"no-first-round", "feature\tmoved\t*", "feature\tmoved\t-", "a weight expected"},
	{"no-number", "feature\tmoved\t-", "feature\tmoved\tnan-", "a weight expected"},
	{"unknown-parameter", "parameter\tera\t", "parameter\tage\t", "no parameter is called age"},
	{"parameter-of-range", "parameter\tthreshold\t0", "parameter\tthreshold\t7", "from 0 to 1 expected"},
	{"parameter-not-whole", "parameter\trounds\t4", "parameter\trounds\t4.5", "whole number"},
	{"missing-parameter", "parameter\tera\t64\t", "feature\tplace.odds\t-\t1\t",
	 "parameter era is missing"},
	{"cells", "parameter\tera\t64\t", "parameter\tera\t64 ", "a feature or a parameter expected"},
};

static void test_refusal(const void *data)
{
	const struct refusal *row = data;
	g_autofree char *text = own_text();
	g_autofree char *changed = replaced(text, row->old, row->new);
	g_autofree char *all = row->unsealed ? g_strdup(changed) : sealed(changed);
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_model) model = load(all, &error);

	g_assert_null(model);
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	if (!strstr(error->message, row->says))
		g_error("\"%s\" does not say \"%s\"", error->message, row->says);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	source = g_strdup(argv[1]);
	g_test_add_func("/match/model/own", test_own);
	g_test_add_func("/match/model/order", test_order);
	g_test_add_func("/match/model/product", test_product);
	for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
		g_autofree char *path = g_strconcat("/match/model/refused/", refusals[i].name, NULL);
		g_test_add_data_func(path, &refusals[i], test_refusal);
	}
	const int code = g_test_run();
	g_free(source);
	return code;
}
