/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the forms share, and OpenVEX. */
#include "export/vex-internal.h"
#include "base/json-write.h"

#include <errno.h>

char *vex_purl(const struct ksig_export_vex *vex)
{
	g_autofree char *version = g_uri_escape_string(vex->revision->label, NULL, FALSE);

	return g_strdup_printf("%s@%s", vex->product, version);
}

const char *vex_words(const struct ksig_cve_verdict *verdict)
{
	return verdict->answer->reason ? verdict->answer->reason
				       : ksig_history_cve_state_name(verdict->answer->state);
}

char *vex_finish(JsonBuilder *builder)
{
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autofree char *text = json_to_string(root, TRUE);

	return g_strconcat(text, "\n", NULL);
}

bool vex_put(JsonBuilder *builder, FILE *stream, const char *name, GError **error)
{
	g_autofree char *text = vex_finish(builder);

	return fputs(text, stream) != EOF || ksig_error_errno(error, errno, "%s", name);
}

char *ksig_export_vex_date(ksig_catalog *catalog, const struct ksig_revision *revision, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);
	const char *newest = NULL;

	for (guint i = 0; revisions && i < revisions->len; i++) {
		const struct ksig_revision *at = revisions->pdata[i];
		if (at->position <= revision->position && at->date &&
		    (!newest || strcmp(at->date, newest) > 0))
			newest = at->date;
	}
	if (!revisions)
		return NULL;
	return newest && strlen(newest) >= 10 ? g_strdup_printf("%.10sT00:00:00Z", newest)
					      : g_strdup("1970-01-01T00:00:00Z");
}

/* ---- OpenVEX ------------------------------------------------------------------------------------- */

static void add_status(JsonBuilder *builder, const struct ksig_cve_verdict *verdict)
{
	const char *words = vex_words(verdict);

	switch (verdict->answer->state) {
	case KSIG_CVE_FIXED:
		ksig_json_add_if(builder, "status", "fixed");
		ksig_json_add_if(builder, "status_notes", words);
		return;
	case KSIG_CVE_CLAIMED: {
		g_autofree char *notes = g_strdup_printf(
			"On the vendor's word; the code was not identified. %s", words);
		ksig_json_add_if(builder, "status", "fixed");
		ksig_json_add_if(builder, "status_notes", notes);
		return;
	}
	case KSIG_CVE_AFFECTED:
		ksig_json_add_if(builder, "status", "affected");
		ksig_json_add_if(builder, "status_notes", words);
		ksig_json_add_if(builder, "action_statement", "Update to a kernel that has the fix.");
		return;
	case KSIG_CVE_NOT_AFFECTED:
		ksig_json_add_if(builder, "status", "not_affected");
		ksig_json_add_if(builder, "justification", "vulnerable_code_not_present");
		ksig_json_add_if(builder, "impact_statement", words);
		return;
	default:
		ksig_json_add_if(builder, "status", "under_investigation");
		ksig_json_add_if(builder, "status_notes", words);
	}
}

static void add_statement(JsonBuilder *builder, const struct ksig_cve_verdict *verdict, const char *purl)
{
	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "vulnerability");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "name", verdict->cve);
	json_builder_end_object(builder);
	json_builder_set_member_name(builder, "products");
	json_builder_begin_array(builder);
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "@id", purl);
	json_builder_set_member_name(builder, "identifiers");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "purl", purl);
	json_builder_end_object(builder);
	json_builder_end_object(builder);
	json_builder_end_array(builder);
	add_status(builder, verdict);
	json_builder_end_object(builder);
}

bool ksig_export_openvex(const struct ksig_export_vex *vex, FILE *stream, const char *name, GError **error)
{
	g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
	g_autofree char *purl = vex_purl(vex);
	g_autofree char *label = g_uri_escape_string(vex->revision->label, NULL, FALSE);
	g_autofree char *id = g_strconcat("urn:ksig:vex:", label, NULL);

	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "@context", "https://openvex.dev/ns/v0.2.0");
	ksig_json_add_if(builder, "@id", id);
	ksig_json_add_if(builder, "author", vex->publisher);
	ksig_json_add_if(builder, "timestamp", vex->date);
	json_builder_set_member_name(builder, "version");
	json_builder_add_int_value(builder, 1);
	ksig_json_add_if(builder, "tooling", "ksig");
	json_builder_set_member_name(builder, "statements");
	json_builder_begin_array(builder);
	for (guint i = 0; i < vex->verdicts->len; i++)
		add_statement(builder, vex->verdicts->pdata[i], purl);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	return vex_put(builder, stream, name, error);
}
