/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OSV 1.7: a file a vulnerability, with the range of versions that it affects. */
#include "export/quilt-internal.h"
#include "export/vex-internal.h"
#include "base/json-write.h"

#include <errno.h>
#include <glib/gstdio.h>

/* The version that has the fix; NULL: none has. */
static const char *fixed_version(const struct ksig_cve_answer *answer)
{
	if (answer->state != KSIG_CVE_FIXED && answer->state != KSIG_CVE_CLAIMED)
		return NULL;
	return answer->release ? answer->release : answer->patch ? answer->patch->revision : NULL;
}

static void add_event(JsonBuilder *builder, const char *name, const char *version)
{
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, name, version);
	json_builder_end_object(builder);
}

/* The package's name: what stands behind the last slash of its URL. */
static const char *package_name(const char *product)
{
	const char *slash = strrchr(product, '/');

	return slash ? slash + 1 : product;
}

static void add_affected(JsonBuilder *builder, const struct ksig_export_vex *vex,
			 const struct ksig_cve_answer *answer)
{
	const char *fixed = fixed_version(answer);

	json_builder_set_member_name(builder, "affected");
	json_builder_begin_array(builder);
	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "package");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "ecosystem", vex->ecosystem);
	ksig_json_add_if(builder, "name", package_name(vex->product));
	ksig_json_add_if(builder, "purl", vex->product);
	json_builder_end_object(builder);
	json_builder_set_member_name(builder, "ranges");
	json_builder_begin_array(builder);
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "type", "ECOSYSTEM");
	json_builder_set_member_name(builder, "events");
	json_builder_begin_array(builder);
	add_event(builder, "introduced", "0");
	if (fixed)
		add_event(builder, "fixed", fixed);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	json_builder_end_array(builder);
}

static char *record_of(const struct ksig_export_vex *vex, const struct ksig_cve_verdict *verdict)
{
	g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
	const struct ksig_cve_answer *answer = verdict->answer;

	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "schema_version", "1.7.0");
	ksig_json_add_if(builder, "id", verdict->cve);
	ksig_json_add_if(builder, "modified", vex->date);
	ksig_json_add_if(builder, "summary",
			 answer->patch && answer->patch->upstream ? answer->patch->subject : NULL);
	ksig_json_add_if(builder, "details", vex_words(verdict));
	add_affected(builder, vex, answer);
	json_builder_set_member_name(builder, "database_specific");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "ksig_state", ksig_history_cve_state_name(answer->state));
	ksig_json_add_if(builder, "ksig_revision", vex->revision->label);
	ksig_json_add_if(builder, "upstream", answer->patch ? answer->patch->upstream : NULL);
	json_builder_end_object(builder);
	json_builder_end_object(builder);
	return vex_finish(builder);
}

static bool write_record(const struct ksig_export_vex *vex, const struct ksig_cve_verdict *verdict,
			 const char *folder, GError **error)
{
	g_autofree char *name = g_strconcat(verdict->cve, ".json", NULL);
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *text = record_of(vex, verdict);

	return ksig_file_write(path, text, -1, 0644, error);
}

bool ksig_export_osv(const struct ksig_export_vex *vex, const char *directory, unsigned *out_files,
		     GError **error)
{
	g_autofree char *target = g_canonicalize_filename(directory, NULL);
	g_autofree char *parent = g_path_get_dirname(target);
	unsigned files = 0;

	if (!ksig_directory_make(parent, error))
		return false;
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(parent, "ksig-osv", error);
	if (!scratch)
		return false;
	for (guint i = 0; i < vex->verdicts->len; i++) {
		const struct ksig_cve_verdict *verdict = vex->verdicts->pdata[i];
		const enum ksig_cve_state state = verdict->answer->state;
		if (state == KSIG_CVE_NOT_AFFECTED || state == KSIG_CVE_UNKNOWN)
			continue;
		if (!write_record(vex, verdict, scratch, error))
			return false;
		files++;
	}
	if (!ksig_export_put_in_place(scratch, target, error))
		return false;
	*out_files = files;
	return true;
}
