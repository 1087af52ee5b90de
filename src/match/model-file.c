/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model is a table: what it is called, the checksum of the rest, then a line a parameter and a feature.
 * Names decide, not the order of lines, except that the products keep theirs.
 */
#include "match/model-file.h"

#include "base/base.h"
#include "model-resources.h"

#include <string.h>

enum { MODEL_LIMIT_BYTES = 1 << 20, HEADER_LINES = 4 };

void ksig_match_model_free(ksig_model *model)
{
	if (!model)
		return;
	g_free(model->name);
	g_free(model->version);
	g_free(model->checksum);
	g_clear_pointer(&model->features, g_ptr_array_unref);
	g_clear_pointer(&model->meanings, g_ptr_array_unref);
	g_free(model);
}

struct reader {
	ksig_model *model;
	uint8_t seen[F_BASE];
	uint8_t *seen_parameters;
};

/* ---- features ------------------------------------------------------------------------------------ */

static bool find_feature(const char *name, uint8_t *out_feature)
{
	for (int f = 0; f < F_BASE; f++) {
		*out_feature = (uint8_t) f;
		if (g_str_equal(ksig_match_model_feature_name((enum ksig_feature) f), name))
			return true;
	}
	return false;
}

static bool read_weight(const char *text, float *out_weight, GError **error)
{
	char *end = NULL;
	const double value = g_ascii_strtod(text, &end);

	if (end == text || *end || !(value > -1e6 && value < 1e6))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "\"%s\": a weight expected", text);
	*out_weight = (float) value;
	return true;
}

/* "coverage.own" */
static bool add_product(struct reader *reader, char **cells, GError **error)
{
	ksig_model *model = reader->model;
	g_auto(GStrv) factors = g_strsplit(cells[1], ".", -1);
	const guint n = g_strv_length(factors);
	const guint product = model->features->len - F_BASE;

	if (product >= KSIG_PRODUCTS_LIMIT || n > KSIG_FACTORS_LIMIT)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: at most %d products of %d features expected", cells[1],
				      KSIG_PRODUCTS_LIMIT, KSIG_FACTORS_LIMIT);
	for (guint i = 0; i < n; i++)
		if (!find_feature(factors[i], &model->products[product][i]) ||
		    model->products[product][i] == F_ONE)
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: no feature of this program is called %s", cells[1],
					      factors[i]);
	if (!g_str_equal(cells[2], "-"))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"-\" expected for the first round",
				      cells[1]);
	for (guint i = 0; i < n; i++)
		model->habits[F_BASE + product] |= ksig_match_model_is_habit(model->products[product][i]);
	g_ptr_array_add(model->features, g_strdup(cells[1]));
	g_ptr_array_add(model->meanings, g_strdup(cells[4]));
	return read_weight(cells[3], &model->together[F_BASE + product], error);
}

static bool add_base(struct reader *reader, char **cells, GError **error)
{
	ksig_model *model = reader->model;
	uint8_t feature = 0;

	if (!find_feature(cells[1], &feature))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "no feature of this program is called %s",
				      cells[1]);
	if (reader->seen[feature]++)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "feature %s is there twice", cells[1]);
	if ((feature < F_ALONE) == g_str_equal(cells[2], "-"))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "feature %s: %s expected for the first round",
				      cells[1], feature < F_ALONE ? "a weight" : "\"-\"");
	model->habits[feature] = ksig_match_model_is_habit(feature);
	g_free(model->meanings->pdata[feature]);
	model->meanings->pdata[feature] = g_strdup(cells[4]);
	return (feature >= F_ALONE || read_weight(cells[2], &model->alone[feature], error)) &&
	       read_weight(cells[3], &model->together[feature], error);
}

static bool add_parameter(struct reader *reader, char **cells, GError **error)
{
	unsigned index = 0;

	if (!ksig_match_parameters_set(&reader->model->parameters, cells[1], cells[2], &index, error))
		return false;
	if (reader->seen_parameters[index]++)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "parameter %s is there twice", cells[1]);
	return true;
}

static bool read_line(struct reader *reader, const char *line, GError **error)
{
	g_auto(GStrv) cells = g_strsplit(line, "\t", -1);
	const guint n = g_strv_length(cells);

	if (n == 4 && g_str_equal(cells[0], "parameter"))
		return add_parameter(reader, cells, error);
	if (n != 5 || !g_str_equal(cells[0], "feature"))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "\"%s\": a feature or a parameter expected",
				      line);
	return strchr(cells[1], '.') ? add_product(reader, cells, error) : add_base(reader, cells, error);
}

static bool is_complete(const struct reader *reader, GError **error)
{
	for (int f = 0; f < F_BASE; f++)
		if (!reader->seen[f])
			return ksig_error_set(error, KSIG_ERROR_INPUT, "feature %s is missing",
					      ksig_match_model_feature_name((enum ksig_feature) f));
	for (unsigned i = 0; i < ksig_match_parameters_count(); i++) {
		g_autofree char *name = ksig_match_parameters_name(i);
		if (!reader->seen_parameters[i])
			return ksig_error_set(error, KSIG_ERROR_INPUT, "parameter %s is missing", name);
	}
	return true;
}

/* ---- the file ------------------------------------------------------------------------------------ */

static bool read_value(const char *line, const char *key, char **out_value, GError **error)
{
	g_auto(GStrv) cells = g_strsplit(line, "\t", -1);

	if (g_strv_length(cells) != 2 || !g_str_equal(cells[0], key) || !*cells[1])
		return ksig_error_set(error, KSIG_ERROR_INPUT, "\"%s\": %s expected", line, key);
	*out_value = g_strdup(cells[1]);
	return true;
}

static bool read_header(ksig_model *model, char **lines, GError **error)
{
	if (g_strv_length(lines) < HEADER_LINES || !g_str_equal(lines[0], "ksig-model\t1"))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "no model: \"ksig-model\", a tab and 1 expected");
	return read_value(lines[1], "name", &model->name, error) &&
	       read_value(lines[2], "version", &model->version, error) &&
	       read_value(lines[3], "sha256", &model->checksum, error);
}

/* What comes after the header. */
static const char *body_of(const char *text)
{
	for (int line = 0; line < HEADER_LINES && text; line++)
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
	return text ? text : "";
}

static bool read_model(struct reader *reader, const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *checksum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, body_of(text), -1);

	if (!read_header(reader->model, lines, error))
		return false;
	if (!g_str_equal(checksum, reader->model->checksum))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "sha256 is %s, and of what follows %s",
				      reader->model->checksum, checksum);
	for (char **line = lines + HEADER_LINES; *line; line++) {
		if (!**line && !line[1])
			break; /* after the last newline */
		if (!read_line(reader, *line, error)) {
			g_prefix_error(error, "line %d: ", (int) (line - lines) + 1);
			return false;
		}
	}
	return is_complete(reader, error);
}

static char *text_of(const char *path, GError **error)
{
	if (path)
		return ksig_file_read(path, MODEL_LIMIT_BYTES, NULL, error);
	g_autoptr(GBytes) bytes = g_resource_lookup_data(ksig_model_get_resource(), "/ksig/model/model.tsv",
							 G_RESOURCE_LOOKUP_FLAGS_NONE, error);
	return bytes ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

static ksig_model *model_new(void)
{
	ksig_model *model = g_new0(ksig_model, 1);

	model->features = g_ptr_array_new_with_free_func(g_free);
	model->meanings = g_ptr_array_new_with_free_func(g_free);
	for (int f = 0; f < F_BASE; f++) {
		g_ptr_array_add(model->features,
				g_strdup(ksig_match_model_feature_name((enum ksig_feature) f)));
		g_ptr_array_add(model->meanings, NULL);
	}
	return model;
}

ksig_model *ksig_match_model_load(const char *path, GError **error)
{
	g_autofree char *text = text_of(path, error);
	g_autofree uint8_t *seen = g_new0(uint8_t, ksig_match_parameters_count());
	g_autoptr(ksig_model) model = model_new();
	struct reader reader = {.model = model, .seen_parameters = seen};

	if (!text)
		return NULL;
	if (!read_model(&reader, text, error)) {
		g_prefix_error(error, "%s: ", path ? path : "the program's own model");
		return NULL;
	}
	return g_steal_pointer(&model);
}
