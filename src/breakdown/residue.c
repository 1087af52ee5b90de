/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rest: what no candidate explains becomes vendor patches, one a file. A file whose existence, mode or
 * whole has no owner goes to the part that has most of its lines, so that a new file comes with its first
 * lines.
 */
#include "breakdown/assign-internal.h"

static uint32_t vendor_part(ksig_assignment *assignment, uint32_t file)
{
	const struct part part = {
		.candidate = UINT32_MAX,
		.confidence = 1,
		.kind = KSIG_PATCH_VENDOR,
		.subject = g_strdup_printf("%s: vendor change", assignment->target->files[file].change->path),
	};

	g_array_append_val(assignment->parts, part);
	return assignment->parts->len - 1;
}

static uint32_t cut_side(ksig_assignment *assignment, int added, uint32_t file, uint32_t part)
{
	const struct target_file *f = &assignment->target->files[file];
	const struct target_side *side = added ? &f->new_side : &f->old_side;

	for (uint32_t i = 0; i < side->lines.count; i++) {
		uint32_t *owner = assignment_owner(assignment, added, file, i);
		if (!side->changed[i] || *owner != NO_OWNER)
			continue;
		if (part == NO_OWNER)
			part = vendor_part(assignment, file);
		*owner = part;
	}
	return part;
}

/* The part that owns most changed lines of FILE; of equals the first. */
static uint32_t main_owner(const ksig_assignment *assignment, uint32_t file)
{
	const struct target_file *f = &assignment->target->files[file];
	g_autofree uint32_t *counts = g_new0(uint32_t, assignment->parts->len + 1);
	uint32_t best = NO_OWNER;

	for (int added = 0; added < 2; added++) {
		const struct target_side *side = added ? &f->new_side : &f->old_side;
		for (uint32_t i = 0; i < side->lines.count; i++)
			if (side->changed[i])
				counts[*assignment_owner(assignment, added, file, i)]++;
	}
	for (uint32_t p = 0; p < assignment->parts->len; p++)
		if (counts[p] > 0 && (best == NO_OWNER || counts[p] > counts[best]))
			best = p;
	return best;
}

void assignment_cut_residue(ksig_assignment *assignment)
{
	for (uint32_t f = 0; f < assignment->target->n_files; f++) {
		uint32_t part = cut_side(assignment, 0, f, NO_OWNER);
		part = cut_side(assignment, 1, f, part);
		const struct ksig_change *change = assignment->target->files[f].change;
		if (assignment->file_owner[f] != NO_OWNER || change->old_mode == change->new_mode ||
		    assignment->target->files[f].absorbed)
			continue;
		assignment->file_owner[f] = main_owner(assignment, f);
		if (assignment->file_owner[f] == NO_OWNER)
			assignment->file_owner[f] = vendor_part(assignment, f);
	}
}
