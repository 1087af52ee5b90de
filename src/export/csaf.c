/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CSAF 2.0, profile "VEX" (section 4.5 of the standard). */
#include "export/vex-internal.h"
#include "base/json-write.h"

static const char PRODUCT[] = "KERNEL";
static const char *const products[] = {PRODUCT, NULL};

static void add_tracking(JsonBuilder *builder, const struct ksig_export_vex *vex)
{
	g_autofree char *id = g_strconcat("ksig-vex-", vex->revision->label, NULL);

	json_builder_set_member_name(builder, "tracking");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "id", id);
	ksig_json_add_if(builder, "status", "final");
	ksig_json_add_if(builder, "version", "1");
	ksig_json_add_if(builder, "initial_release_date", vex->date);
	ksig_json_add_if(builder, "current_release_date", vex->date);
	json_builder_set_member_name(builder, "revision_history");
	json_builder_begin_array(builder);
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "date", vex->date);
	ksig_json_add_if(builder, "number", "1");
	ksig_json_add_if(builder, "summary", "Made from the breakdown of this kernel.");
	json_builder_end_object(builder);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
}

static void add_document(JsonBuilder *builder, const struct ksig_export_vex *vex)
{
	g_autofree char *title = g_strdup_printf("CVEs of the kernel %s", vex->revision->label);

	json_builder_set_member_name(builder, "document");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "category", "csaf_vex");
	ksig_json_add_if(builder, "csaf_version", "2.0");
	ksig_json_add_if(builder, "title", title);
	json_builder_set_member_name(builder, "publisher");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "category", "other");
	ksig_json_add_if(builder, "name", vex->publisher);
	ksig_json_add_if(builder, "namespace", vex->publisher_url);
	json_builder_end_object(builder);
	add_tracking(builder, vex);
	json_builder_end_object(builder);
}

static void add_product(JsonBuilder *builder, const struct ksig_export_vex *vex)
{
	g_autofree char *name = g_strdup_printf("kernel %s", vex->revision->label);
	g_autofree char *purl = vex_purl(vex);

	json_builder_set_member_name(builder, "product_tree");
	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "full_product_names");
	json_builder_begin_array(builder);
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "product_id", PRODUCT);
	ksig_json_add_if(builder, "name", name);
	json_builder_set_member_name(builder, "product_identification_helper");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "purl", purl);
	json_builder_end_object(builder);
	json_builder_end_object(builder);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
}

/* What the profile wants beside a status: why it does not matter, or what to do. */
static void add_rest(JsonBuilder *builder, const struct ksig_cve_verdict *verdict)
{
	const bool affected = verdict->answer->state == KSIG_CVE_AFFECTED;

	if (!affected && verdict->answer->state != KSIG_CVE_NOT_AFFECTED)
		return;
	json_builder_set_member_name(builder, affected ? "remediations" : "threats");
	json_builder_begin_array(builder);
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "category", affected ? "none_available" : "impact");
	ksig_json_add_if(builder, "details",
			 affected ? "No patch of this kernel fixes it." : vex_words(verdict));
	ksig_json_add_list(builder, "product_ids", products);
	json_builder_end_object(builder);
	json_builder_end_array(builder);
}

static void add_vulnerability(JsonBuilder *builder, const struct ksig_cve_verdict *verdict)
{
	static const char *const statuses[] = {[KSIG_CVE_FIXED] = "fixed",
					       [KSIG_CVE_CLAIMED] = "fixed",
					       [KSIG_CVE_AFFECTED] = "known_affected",
					       [KSIG_CVE_NOT_AFFECTED] = "known_not_affected",
					       [KSIG_CVE_UNKNOWN] = "under_investigation"};
	const bool claimed = verdict->answer->state == KSIG_CVE_CLAIMED;
	g_autofree char *words = g_strconcat(claimed ? "On the vendor's word; the code was not identified. "
						     : "",
					     vex_words(verdict), NULL);

	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "cve", verdict->cve);
	json_builder_set_member_name(builder, "notes");
	json_builder_begin_array(builder);
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "category", "details");
	ksig_json_add_if(builder, "text", words);
	json_builder_end_object(builder);
	json_builder_end_array(builder);
	json_builder_set_member_name(builder, "product_status");
	json_builder_begin_object(builder);
	ksig_json_add_list(builder, statuses[verdict->answer->state], products);
	json_builder_end_object(builder);
	add_rest(builder, verdict);
	json_builder_end_object(builder);
}

bool ksig_export_csaf(const struct ksig_export_vex *vex, FILE *stream, const char *name, GError **error)
{
	g_autoptr(JsonBuilder) builder = json_builder_new_immutable();

	json_builder_begin_object(builder);
	add_document(builder, vex);
	add_product(builder, vex);
	json_builder_set_member_name(builder, "vulnerabilities");
	json_builder_begin_array(builder);
	for (guint i = 0; i < vex->verdicts->len; i++)
		add_vulnerability(builder, vex->verdicts->pdata[i]);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	return vex_put(builder, stream, name, error);
}
