/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advisories as records of updateinfo.xml, read and written by createrepo_c. */
#include "publish/updateinfo-internal.h"
#include "publish/metadata-internal.h"
#include "publish/advisory-match-internal.h"
#include "publish/publish.h"

static char *put(GStringChunk *chunk, const char *string)
{
	return g_string_chunk_insert(chunk, string ? string : "");
}

static void put_references(cr_UpdateRecord *record, const ksig_advisory *advisory)
{
	for (guint i = 0; i < advisory->references->len; i++) {
		const struct ksig_advisory_reference *from = g_ptr_array_index(advisory->references, i);
		cr_UpdateReference *to = cr_updatereference_new();
		to->href = put(to->chunk, from->url);
		to->id = put(to->chunk, from->id);
		to->type = put(to->chunk, from->type);
		to->title = put(to->chunk, from->id);
		cr_updaterecord_append_reference(record, to);
	}
}

static void put_package(cr_UpdateCollection *collection, const ksig_package *from, const char *root)
{
	cr_UpdateCollectionPackage *to = cr_updatecollectionpackage_new();
	g_autofree char *file = g_path_get_basename(from->path);
	g_autofree char *path = ksig_publish_package_file(root, from);

	to->reboot_suggested = ksig_rpm_package_is_kernel(path);
	to->name = put(to->chunk, from->name);
	to->epoch = put(to->chunk, from->epoch);
	to->version = put(to->chunk, from->version);
	to->release = put(to->chunk, from->release);
	to->arch = put(to->chunk, from->arch);
	to->filename = put(to->chunk, file);
	to->sum = put(to->chunk, from->sha256);
	to->sum_type = CR_CHECKSUM_SHA256;
	cr_updatecollection_append_package(collection, to);
}

/* What ADVISORY says, about PACKAGES. */
static cr_UpdateRecord *record_of(const ksig_advisory *advisory, const GPtrArray *packages, const char *root)
{
	cr_UpdateRecord *record = cr_updaterecord_new();
	cr_UpdateCollection *collection = cr_updatecollection_new();
	g_autofree char *severity = advisory->severity ? g_strdup(advisory->severity) : NULL;

	/* dnf compares the severity with "Critical" and its like. */
	if (severity)
		severity[0] = g_ascii_toupper(severity[0]);
	record->from = put(record->chunk, "ksig");
	record->status = put(record->chunk, "final");
	record->type = put(record->chunk, advisory->type);
	record->version = put(record->chunk, "1");
	record->id = put(record->chunk, advisory->id);
	record->title = put(record->chunk, advisory->title ? advisory->title : advisory->id);
	record->description = put(record->chunk, advisory->description && *advisory->description
							 ? advisory->description
							 : record->title);
	record->issued_date = put(record->chunk, advisory->issued ? advisory->issued : "1970-01-01 00:00:00");
	record->updated_date = record->issued_date;
	record->severity = severity ? put(record->chunk, severity) : NULL;
	put_references(record, advisory);
	collection->shortname = put(collection->chunk, "ksig");
	collection->name = put(collection->chunk, "ksig");
	for (guint i = 0; i < packages->len; i++)
		put_package(collection, g_ptr_array_index(packages, i), root);
	cr_updaterecord_append_collection(record, collection);
	return record;
}

static bool same(cr_UpdateRecord *a, cr_UpdateRecord *b)
{
	g_autofree char *xml_a = cr_xml_dump_updaterecord(a, NULL);
	g_autofree char *xml_b = cr_xml_dump_updaterecord(b, NULL);

	return g_strcmp0(xml_a, xml_b) == 0;
}

/* Takes RECORD over. Returns false if one that is the same was there. */
static bool replace(cr_UpdateInfo *updates, cr_UpdateRecord *record)
{
	for (GSList *item = updates->updates; item; item = item->next) {
		cr_UpdateRecord *old = item->data;
		if (g_strcmp0(old->id, record->id) != 0)
			continue;
		const bool changed = !same(old, record);
		cr_updaterecord_free(old);
		item->data = record;
		return changed;
	}
	cr_updateinfo_apped_record(updates, record);
	return true;
}

guint repo_updates_merge(cr_UpdateInfo *updates, GPtrArray *advisories, GPtrArray *packages, const char *root,
			 GHashTable *matched)
{
	g_autoptr(repo_matcher) matcher = advisories && advisories->len ? repo_matcher_new(packages) : NULL;
	guint changed = 0;

	for (guint i = 0; matcher && i < advisories->len; i++) {
		ksig_advisory *advisory = g_ptr_array_index(advisories, i);
		g_autoptr(GPtrArray) about = repo_matcher_find(matcher, advisory);
		if (about->len == 0)
			continue;
		changed += replace(updates, record_of(advisory, about, root));
		if (matched)
			g_hash_table_add(matched, advisory);
	}
	return changed;
}

guint repo_updates_take(cr_UpdateInfo *updates, const cr_UpdateInfo *others)
{
	guint changed = 0;

	for (GSList *item = others->updates; item; item = item->next)
		changed += replace(updates, cr_updaterecord_copy(item->data));
	return changed;
}

cr_UpdateInfo *repo_updates_load(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) names = repo_metadata_files(folder, error);
	g_autoptr(cr_UpdateInfo) updates = cr_updateinfo_new();
	GError *reason = NULL;

	for (guint i = 0; names && i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		g_autofree char *path = g_build_filename(folder, "repodata", name, NULL);
		if (!g_str_has_suffix(name, "-updateinfo.xml.gz"))
			continue;
		if (!ksig_rpm_xml_check(path, error))
			return NULL;
		if (cr_xml_parse_updateinfo(path, updates, NULL, NULL, &reason) != CRE_OK) {
			ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, path);
			return NULL;
		}
	}
	return names ? g_steal_pointer(&updates) : NULL;
}
