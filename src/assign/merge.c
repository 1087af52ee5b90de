/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The prehistory of an import has its lines found candidate by candidate, like any others; then these parts
 * become one.
 */
#include "assign/merge-internal.h"
#include "assign/part-numbers-internal.h"

static struct ksig_part *part_at(const ksig_assignment *assignment, uint32_t part)
{
	return &g_array_index(assignment->parts, struct ksig_part, part);
}

static uint32_t import_of(const ksig_rounds *rounds, const ksig_import_set *imports,
			  const struct ksig_part *part)
{
	return part->set == rounds->set ? imports->contains[part->candidate] : 0;
}

/* One a part: whether it stays, which of an import only the last one does. */
static uint8_t *find_staying(const ksig_assignment *assignment, const ksig_rounds *rounds,
			     const ksig_import_set *imports)
{
	uint8_t *stays = g_new0(uint8_t, assignment->parts->len + 1);
	g_autofree uint8_t *seen = g_new0(uint8_t, imports->imports->len + 1);

	for (uint32_t p = assignment->parts->len; p-- > 0;) {
		const uint32_t import = import_of(rounds, imports, part_at(assignment, p));
		stays[p] = import == 0 || !seen[import];
		seen[import] = 1;
	}
	return stays;
}

/* By old number, the number that each part then has. */
static uint32_t *renumber(const ksig_assignment *assignment, const ksig_rounds *rounds,
			  const ksig_import_set *imports, const uint8_t *stays)
{
	uint32_t *map = g_new(uint32_t, assignment->parts->len + 1);
	g_autofree uint32_t *number = g_new0(uint32_t, imports->imports->len + 1); /* by import */
	uint32_t count = 0;

	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		map[p] = count;
		if (!stays[p])
			continue;
		number[import_of(rounds, imports, part_at(assignment, p))] = count;
		count++;
	}
	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const uint32_t import = import_of(rounds, imports, part_at(assignment, p));
		if (import)
			map[p] = number[import];
	}
	return map;
}

/* Whether all that is new in the import's files is its own. */
static bool is_whole(const ksig_assignment *assignment, const struct ksig_match_import *import, uint32_t part)
{
	for (guint i = 0; i < import->files->len; i++) {
		const uint32_t file = g_array_index(import->files, uint32_t, i);
		const struct ksig_target_side *side = &assignment->target->files[file].new_side;
		for (uint32_t line = 0; line < side->lines.count; line++)
			if (ksig_assign_owner(assignment, 1, file, line) != part)
				return false;
	}
	return true;
}

/* "src/ukify, 9 new files: as of upstream 0123456789ab" */
static char *subject_of(const ksig_assignment *assignment, const ksig_rounds *rounds,
			const struct ksig_match_import *import)
{
	const uint32_t last = g_array_index(import->before, uint32_t, import->before->len - 1);
	const uint32_t file = g_array_index(import->files, uint32_t, 0);
	const char *path = assignment->target->files[file].change->path;
	g_autofree char *hex = ksig_upstream_pool_upstream(rounds->set->pool, last);
	g_autofree char *others = import->files->len > 1
					  ? g_strdup_printf(" and %u other new files", import->files->len - 1)
					  : g_strdup("");

	return g_strdup_printf("%s%s: as of upstream %.12s", path, others, hex ? hex : "");
}

static void become_import(const ksig_assignment *assignment, const ksig_rounds *rounds,
			  const struct ksig_match_import *import, uint32_t part)
{
	struct ksig_part *whole = part_at(assignment, part);

	whole->import = import;
	whole->subject = subject_of(assignment, rounds, import);
	whole->kind = is_whole(assignment, import, part) ? KSIG_PATCH_EXACT : KSIG_PATCH_ADAPTED;
}

static void label_parts(ksig_assignment *assignment, const ksig_rounds *rounds,
			const ksig_import_set *imports)
{
	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		struct ksig_part *part = part_at(assignment, p);
		const uint32_t label = part->set == rounds->set ? imports->labels[part->candidate] : 0;
		if (label)
			part->label = &g_array_index(imports->imports, struct ksig_match_import, label - 1);
	}
}

void merge_imports(ksig_assignment *assignment, const ksig_rounds *rounds, const ksig_import_set *imports)
{
	if (imports->imports->len == 0)
		return;
	label_parts(assignment, rounds, imports);
	g_autofree uint8_t *stays = find_staying(assignment, rounds, imports);
	g_autofree uint32_t *map = renumber(assignment, rounds, imports, stays);
	part_numbers_change(assignment, stays, map);
	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const uint32_t import = import_of(rounds, imports, part_at(assignment, p));
		if (import)
			become_import(assignment, rounds,
				      &g_array_index(imports->imports, struct ksig_match_import, import - 1),
				      p);
	}
}
