/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig export json, schema 2 (docs/export-json.md): upstreams, revisions, patches, contained, changelog,
 * written element by element. The site's data is site-data.c's.
 */
#include "export/export.h"
#include "base/json-write.h"
#include "catalog/models.h"
#include "history/upstream-diff.h"

#include <errno.h>
#include <json-glib/json-glib.h>

/* The version of the schema; docs/export-json.md says when it changes. */
enum { SCHEMA_VERSION = 2 };

struct writer {
	ksig_catalog *catalog;
	FILE *stream;
	const char *name;
	GHashTable *labels; /* int64_t revision id -> label */
	bool first;         /* of the array being written */
};

/* null: there is none. */
static void add_share(JsonBuilder *builder, const char *name, double share, bool is_there)
{
	if (is_there)
		ksig_json_add_real(builder, name, share);
	else
		ksig_json_add(builder, name, NULL);
}

static bool put(struct writer *writer, const char *text, GError **error)
{
	if (fputs(text, writer->stream) == EOF)
		return ksig_error_errno(error, errno, "%s", writer->name);
	return true;
}

/* Writes what BUILDER has made as the next element of the array. */
static bool put_element(struct writer *writer, JsonBuilder *builder, GError **error)
{
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autofree char *text = json_to_string(root, FALSE);
	g_autofree char *line = g_strconcat(writer->first ? "\n" : ",\n", text, NULL);

	writer->first = false;
	return put(writer, line, error);
}

static bool begin_array(struct writer *writer, const char *before, const char *name, GError **error)
{
	g_autofree char *text = g_strdup_printf("%s\"%s\": [", before, name);

	writer->first = true;
	return put(writer, text, error);
}

static bool write_upstreams(struct writer *writer, GError **error)
{
	g_autoptr(GPtrArray) upstreams = ksig_catalog_upstreams(writer->catalog, error);

	if (!upstreams)
		return false;
	for (guint i = 0; i < upstreams->len; i++) {
		const struct ksig_catalog_upstream *upstream = upstreams->pdata[i];
		g_autoptr(JsonBuilder) builder = json_builder_new();
		json_builder_begin_object(builder);
		ksig_json_add(builder, "name", upstream->name);
		ksig_json_add(builder, "argument", upstream->argument);
		json_builder_end_object(builder);
		if (!put_element(writer, builder, error))
			return false;
	}
	return true;
}

/* The model that REVISION was broken down with, and its threshold; null: none was asked. */
static void add_model(JsonBuilder *builder, const GPtrArray *models, const struct ksig_revision *revision)
{
	const struct ksig_catalog_model *model = NULL;

	for (guint i = 0; i < models->len; i++)
		if (((const struct ksig_catalog_model *) models->pdata[i])->id == revision->model_id)
			model = models->pdata[i];
	json_builder_set_member_name(builder, "model");
	if (!model) {
		json_builder_add_null_value(builder);
		return;
	}
	json_builder_begin_object(builder);
	ksig_json_add(builder, "name", model->name);
	ksig_json_add(builder, "version", model->version);
	ksig_json_add(builder, "sha256", model->checksum);
	ksig_json_add_real(builder, "threshold", revision->threshold);
	json_builder_end_object(builder);
}

static bool write_revisions(struct writer *writer, const GPtrArray *revisions, GError **error)
{
	g_autoptr(GPtrArray) models = ksig_catalog_models(writer->catalog, error);

	for (guint i = 0; models && i < revisions->len; i++) {
		const struct ksig_revision *revision = revisions->pdata[i];
		g_autoptr(JsonBuilder) builder = json_builder_new();
		json_builder_begin_object(builder);
		ksig_json_add_number(builder, "position", revision->position);
		ksig_json_add(builder, "label", revision->label);
		ksig_json_add(builder, "date", revision->date);
		ksig_json_add(builder, "tree", revision->tree);
		ksig_json_add_number(builder, "changed_lines", revision->changed_lines);
		ksig_json_add_number(builder, "explained_lines", revision->explained_lines);
		add_model(builder, models, revision);
		json_builder_end_object(builder);
		if (!put_element(writer, builder, error))
			return false;
	}
	return models != NULL;
}

static bool add_files(const struct writer *writer, JsonBuilder *builder, int64_t step_id, GError **error)
{
	g_autoptr(GPtrArray) files = ksig_catalog_step_files(writer->catalog, step_id, error);

	if (!files)
		return false;
	json_builder_set_member_name(builder, "files");
	json_builder_begin_array(builder);
	for (guint i = 0; i < files->len; i++) {
		const struct ksig_step_file *file = files->pdata[i];
		json_builder_begin_object(builder);
		ksig_json_add(builder, "path", file->path);
		ksig_json_add_number(builder, "added", file->added);
		ksig_json_add_number(builder, "removed", file->removed);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	return true;
}

static bool add_steps(const struct writer *writer, JsonBuilder *builder, int64_t patch_id, GError **error)
{
	g_autoptr(GPtrArray) steps = ksig_catalog_steps_of_patch(writer->catalog, patch_id, error);

	if (!steps)
		return false;
	json_builder_set_member_name(builder, "steps");
	json_builder_begin_array(builder);
	for (guint i = 0; i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		json_builder_begin_object(builder);
		ksig_json_add_number(builder, "position", step->position);
		ksig_json_add(builder, "action", ksig_catalog_step_action_name(step->action));
		ksig_json_add(builder, "revision", g_hash_table_lookup(writer->labels, &step->revision_id));
		if (step->reason)
			ksig_json_add(builder, "reason", step->reason);
		if (!add_files(writer, builder, step->id, error))
			return false;
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	return true;
}

static bool add_evidence(const struct writer *writer, JsonBuilder *builder, int64_t patch_id, GError **error)
{
	g_autoptr(GPtrArray) evidence = ksig_catalog_evidence(writer->catalog, patch_id, error);

	if (!evidence)
		return false;
	json_builder_set_member_name(builder, "evidence");
	json_builder_begin_array(builder);
	for (guint i = 0; i < evidence->len; i++) {
		const struct ksig_evidence *fact = evidence->pdata[i];
		json_builder_begin_object(builder);
		ksig_json_add(builder, "kind", fact->kind);
		ksig_json_add(builder, "text", fact->text);
		ksig_json_add_real(builder, "weight", fact->weight);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	return true;
}

static bool add_references(const struct writer *writer, JsonBuilder *builder, int64_t patch_id,
			   GError **error)
{
	g_autoptr(GPtrArray) references = ksig_catalog_references(writer->catalog, patch_id, error);

	if (!references)
		return false;
	json_builder_set_member_name(builder, "references");
	json_builder_begin_array(builder);
	for (guint i = 0; i < references->len; i++) {
		const struct ksig_reference *reference = references->pdata[i];
		json_builder_begin_object(builder);
		ksig_json_add(builder, "kind", reference->kind);
		ksig_json_add(builder, "value", reference->value);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	return true;
}

static void add_patch(JsonBuilder *builder, const struct ksig_patch *patch)
{
	ksig_json_add_number(builder, "number", patch->id);
	ksig_json_add(builder, "kind", ksig_catalog_patch_kind_name(patch->kind));
	add_share(builder, "confidence", patch->confidence, patch->confidence >= 0);
	add_share(builder, "fit", patch->fit, patch->fit > 0);
	ksig_json_add_boolean(builder, "searched", !patch->unsearched);
	ksig_json_add(builder, "source", patch->source);
	ksig_json_add(builder, "upstream", patch->upstream);
	ksig_json_add(builder, "candidate", patch->candidate);
	ksig_json_add(builder, "member", patch->member);
	ksig_json_add(builder, "subject", patch->subject);
	ksig_json_add(builder, "author", patch->author);
	ksig_json_add(builder, "email", patch->email);
	ksig_json_add(builder, "author_date", patch->author_date);
	ksig_json_add(builder, "commit_date", patch->commit_date);
	ksig_json_add(builder, "purpose", patch->purpose);
	ksig_json_add(builder, "revision", patch->revision);
	ksig_json_add(builder, "dropped", patch->dropped);
	ksig_json_add_number(builder, "added", patch->added);
	ksig_json_add_number(builder, "removed", patch->removed);
}

static bool write_patch(struct ksig_patch *patch, gpointer data, GError **error)
{
	struct writer *writer = data;
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	add_patch(builder, patch);
	if (!add_steps(writer, builder, patch->id, error) ||
	    !add_evidence(writer, builder, patch->id, error) ||
	    !add_references(writer, builder, patch->id, error))
		return false;
	json_builder_end_object(builder);
	return put_element(writer, builder, error);
}

/* null: it is of none. */
static void add_patch_number(JsonBuilder *builder, int64_t number)
{
	if (number > 0)
		ksig_json_add_number(builder, "patch", number);
	else
		ksig_json_add(builder, "patch", NULL);
}

static bool write_contained(struct writer *writer, GError **error)
{
	g_autoptr(GPtrArray) contained = ksig_catalog_contained(writer->catalog, 0, NULL, error);

	for (guint i = 0; contained && i < contained->len; i++) {
		const struct ksig_contained *one = contained->pdata[i];
		g_autoptr(JsonBuilder) builder = json_builder_new();
		json_builder_begin_object(builder);
		ksig_json_add(builder, "revision", g_hash_table_lookup(writer->labels, &one->revision_id));
		ksig_json_add(builder, "kind", one->kind);
		ksig_json_add(builder, "source", one->source);
		ksig_json_add(builder, "upstream", one->upstream);
		ksig_json_add(builder, "candidate", one->candidate);
		ksig_json_add(builder, "member", one->member);
		ksig_json_add(builder, "subject", one->subject);
		ksig_json_add(builder, "reason", one->reason);
		add_patch_number(builder, one->patch_id);
		json_builder_end_object(builder);
		if (!put_element(writer, builder, error))
			return false;
	}
	return contained != NULL;
}

static bool write_entries(struct writer *writer, GError **error)
{
	g_autoptr(GPtrArray) entries = ksig_catalog_entries(writer->catalog, 0, error);

	if (!entries)
		return false;
	for (guint i = 0; i < entries->len; i++) {
		const struct ksig_entry *entry = entries->pdata[i];
		g_autoptr(JsonBuilder) builder = json_builder_new();
		json_builder_begin_object(builder);
		ksig_json_add(builder, "revision", g_hash_table_lookup(writer->labels, &entry->revision_id));
		ksig_json_add(builder, "release", entry->release);
		ksig_json_add(builder, "date", entry->date);
		ksig_json_add(builder, "subject", entry->subject);
		ksig_json_add(builder, "subsystem", entry->subsystem);
		ksig_json_add(builder, "author", entry->author);
		ksig_json_add(builder, "text", entry->text);
		add_patch_number(builder, entry->patch_id);
		json_builder_end_object(builder);
		if (!put_element(writer, builder, error))
			return false;
	}
	return true;
}

static bool write_all(struct writer *writer, const GPtrArray *revisions, GError **error)
{
	const struct ksig_filter everything = {NULL};
	g_autofree char *head = g_strdup_printf("{\"format\": \"ksig-export\",\n\"version\": %d,\n",
						SCHEMA_VERSION);

	return begin_array(writer, head, "upstreams", error) && write_upstreams(writer, error) &&
	       begin_array(writer, "\n],\n", "revisions", error) &&
	       write_revisions(writer, revisions, error) && begin_array(writer, "\n],\n", "patches", error) &&
	       ksig_catalog_each_patch(writer->catalog, &everything, write_patch, writer, error) &&
	       begin_array(writer, "\n],\n", "contained", error) && write_contained(writer, error) &&
	       begin_array(writer, "\n],\n", "changelog", error) && write_entries(writer, error) &&
	       put(writer, "\n]}\n", error);
}

bool ksig_export_json(ksig_catalog *catalog, FILE *stream, const char *name, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);
	g_autoptr(GHashTable) labels = g_hash_table_new(g_int64_hash, g_int64_equal);
	struct writer writer = {.catalog = catalog, .stream = stream, .name = name, .labels = labels};

	if (!revisions)
		return false;
	for (guint i = 0; i < revisions->len; i++) {
		struct ksig_revision *revision = revisions->pdata[i];
		g_hash_table_insert(labels, &revision->id, revision->label);
	}
	return write_all(&writer, revisions, error);
}
