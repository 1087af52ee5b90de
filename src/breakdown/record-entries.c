/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The changelog's entries, each with the patch that it is about. */
#include "breakdown/record-entries-internal.h"

#include "breakdown/record-evidence-internal.h"
#include "breakdown/record-patch-internal.h"
#include "changelog/changelog.h"

/* The number of the part of each candidate, + 1; 0: not chosen. */
static uint32_t *parts_of_candidates(const struct ksig_work *work)
{
	uint32_t *map = g_new0(uint32_t, work->pool->n_candidates + 1);

	for (guint p = 0; p < work->assignment->parts->len; p++) {
		const struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, p);
		if (part->set == work->rounds->set)
			map[part->candidate] = p + 1;
		for (guint i = 0; part->import && i < part->import->before->len; i++)
			map[g_array_index(part->import->before, uint32_t, i)] = p + 1;
	}
	return map;
}

/* The number of the vendor part that each entry names, + 1; 0: none. */
static uint32_t *parts_of_entries(const struct ksig_work *work)
{
	uint32_t *map = g_new0(uint32_t, work->entries->matches->len + 1);

	for (guint p = 0; p < work->assignment->parts->len; p++) {
		const struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, p);
		for (guint i = 0; part->entries && i < part->entries->len; i++)
			map[g_array_index(part->entries, uint32_t, i)] = p + 1;
	}
	return map;
}

static uint32_t part_of_match(const struct ksig_entry_match *match, const uint32_t *parts)
{
	for (guint c = 0; c < match->candidates->len; c++) {
		const uint32_t part = parts[g_array_index(match->candidates, uint32_t, c)];
		if (part)
			return part;
	}
	return 0;
}

static bool tell_patch(struct ksig_work *work, int64_t patch_id, const struct ksig_entry_match *match,
		       GError **error)
{
	return record_say(work, patch_id, "changelog", (double) work->rounds->word[1],
			  g_strdup_printf("named in %s: %s", match->release->label, match->entry->text),
			  error) &&
	       record_refer(work, patch_id, "cve", match->entry->cves, error) &&
	       record_refer(work, patch_id, "ticket", match->entry->tickets, error);
}

static bool add_entry(struct ksig_work *work, const struct ksig_revision *revision,
		      const struct ksig_entry_match *match, int64_t patch_id, GError **error)
{
	struct ksig_entry entry = {
		.revision_id = revision->id,
		.release = match->release->label,
		.date = match->release->date,
		.position = match->position,
		.subject = match->entry->subject,
		.subsystem = match->entry->subsystem,
		.author = match->entry->author,
		.text = match->entry->text,
		.patch_id = patch_id,
	};

	return ksig_catalog_add_entry(work->catalog, &entry, error);
}

bool record_entries(struct ksig_work *work, const struct ksig_revision *revision,
		    struct ksig_breakdown_revision *result, GError **error)
{
	if (!work->entries)
		return true;
	g_autofree uint32_t *parts = parts_of_candidates(work);
	g_autofree uint32_t *named = parts_of_entries(work);
	for (guint i = 0; i < work->entries->matches->len; i++) {
		const struct ksig_entry_match *match = &g_array_index(work->entries->matches,
								      struct ksig_entry_match, i);
		const uint32_t part = named[i] ? named[i] : part_of_match(match, parts);
		const int64_t patch_id = part ? work->patch_ids[part - 1] : 0;
		result->entries += match->entry_id == 0;
		result->entries_found += patch_id != 0;
		if (match->entry_id == 0 && !add_entry(work, revision, match, patch_id, error))
			return false;
		if (match->entry_id && patch_id &&
		    !ksig_catalog_link_entry(work->catalog, match->entry_id, patch_id, error))
			return false;
		if (patch_id && !tell_patch(work, patch_id, match, error))
			return false;
	}
	return true;
}
