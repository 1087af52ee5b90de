/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rest: what no candidate explains becomes unexplained patches (groups.c says how it is cut). A file
 * whose existence, mode or whole has no owner goes to the part that has most of its lines, so that a new file
 * comes with its first lines.
 */
#include "assign/unexplained-internal.h"
#include "assign/groups-internal.h"

#include <string.h>

/* ---- parts --------------------------------------------------------------------------------------- */

static uint32_t remaining_part(ksig_assignment *assignment, char *subject)
{
	const struct ksig_part part = {.candidate = UINT32_MAX,
				       .confidence = -1,
				       .kind = KSIG_PATCH_UNEXPLAINED,
				       .subject = subject};

	g_array_append_val(assignment->parts, part);
	return assignment->parts->len - 1;
}

static void add_once(GArray **list, uint32_t value)
{
	if (!*list)
		*list = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	for (guint i = 0; i < (*list)->len; i++)
		if (g_array_index(*list, uint32_t, i) == value)
			return;
	g_array_append_val(*list, value);
}

static struct ksig_part *part_of_group(struct grouping *grouping, uint32_t index)
{
	struct group *group = group_at(grouping, index);

	if (group->part == KSIG_NO_OWNER) {
		group->part = remaining_part(grouping->assignment, g_steal_pointer(&group->subject));
		struct ksig_part *part = &g_array_index(grouping->assignment->parts, struct ksig_part,
							group->part);
		part->fit = group->entry != NO_ENTRY ? group->fit : 0;
		if (group->entry != NO_ENTRY)
			add_once(&part->entries, group->entry);
	}
	return &g_array_index(grouping->assignment->parts, struct ksig_part, group->part);
}

/* Entries of one ticket are all about the part; of entries that fit as well as each other all are said. */
static void note_entries(const struct piece_name *name, struct ksig_part *part)
{
	if (name->third != NO_ENTRY) {
		add_once(&part->possible_entries, name->third);
		add_once(&part->possible_entries, name->other);
	} else if (name->other != NO_ENTRY) {
		add_once(&part->entries, name->other);
	}
}

static void own_piece(struct grouping *grouping, uint32_t index)
{
	const struct piece *piece = piece_at(grouping->pieces, index);
	struct ksig_part *part = part_of_group(grouping, grouping->group_of[index]);
	const uint32_t number = group_at(grouping, grouping->group_of[index])->part;

	note_entries(&grouping->names[index], part);
	for (guint s = 0; s < piece->spans->len; s++) {
		const struct span *span = &g_array_index(piece->spans, struct span, s);
		for (uint32_t i = 0; i < span->count; i++)
			ksig_assign_own(grouping->assignment, (int) span->added, piece->file, span->start + i,
					number);
	}
}

/* ---- files as a whole ---------------------------------------------------------------------------- */

/* Counts the lines of one side by owner into COUNTS, or, if *BEST is NULL, makes COUNTS 0 again. */
static void tally(const ksig_assignment *assignment, uint32_t file, int added, uint32_t *counts,
		  uint32_t *best)
{
	const struct ksig_target_file *f = &assignment->target->files[file];
	const struct ksig_target_side *side = added ? &f->new_side : &f->old_side;

	for (uint32_t i = 0; i < side->lines.count; i++) {
		const uint32_t owner = ksig_assign_owner(assignment, added, file, i);
		if (!ksig_match_side_is_changed(side, i) || owner == KSIG_NO_OWNER)
			continue;
		counts[owner] = best ? counts[owner] + 1 : 0;
		if (best && (*best == KSIG_NO_OWNER || counts[owner] > counts[*best] ||
			     (counts[owner] == counts[*best] && owner < *best)))
			*best = owner;
	}
}

/* The part that owns most changed lines of FILE; of equals the first. COUNTS: by part, all 0, and so left. */
static uint32_t main_owner(const ksig_assignment *assignment, uint32_t file, uint32_t *counts)
{
	uint32_t best = KSIG_NO_OWNER;

	tally(assignment, file, 0, counts, &best);
	tally(assignment, file, 1, counts, &best);
	tally(assignment, file, 0, counts, NULL);
	tally(assignment, file, 1, counts, NULL);
	return best;
}

static void own_files(ksig_assignment *assignment)
{
	g_autofree uint32_t *counts = g_new0(uint32_t, assignment->parts->len + 1);

	for (uint32_t f = 0; f < assignment->target->n_files; f++) {
		const struct ksig_change *change = assignment->target->files[f].change;
		if (assignment->file_owner[f] != KSIG_NO_OWNER || change->old_mode == change->new_mode ||
		    assignment->target->files[f].absorbed)
			continue;
		assignment->file_owner[f] = main_owner(assignment, f, counts);
		if (assignment->file_owner[f] == KSIG_NO_OWNER)
			assignment->file_owner[f] = remaining_part(
				assignment, g_strdup_printf("%s: unexplained, as a whole", change->path));
	}
}

/* A group all of whose pieces another one has keeps its subject. */
static void group_clear(void *data)
{
	g_free(((struct group *) data)->subject);
}

bool unexplained_cut(ksig_assignment *assignment, const ksig_entry_set *entries, GError **error)
{
	g_autoptr(ksig_pieces) pieces = pieces_collect(assignment, entries, error);
	if (!pieces)
		return false;
	g_autofree struct piece_name *names = naming_of_pieces(pieces, entries);
	g_autofree uint32_t *group_of = g_new(uint32_t, pieces->list->len + 1);
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(struct group));
	struct grouping grouping = {assignment, pieces, entries, names, groups, group_of};

	g_array_set_clear_func(groups, group_clear);
	memset(group_of, 0xff, (pieces->list->len + 1) * sizeof *group_of);
	groups_form(&grouping);
	for (uint32_t i = 0; i < pieces->list->len; i++)
		own_piece(&grouping, i);
	own_files(assignment);
	return true;
}
