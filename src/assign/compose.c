/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file between two trees: the old file with the parts up to a certain one applied. A removed line is gone
 * once its owner is in, an added line is there once its owner is in, so the last state is the vendor's file
 * whatever the order, and every step between is a plain difference of the step before.
 */
#include "assign/compose-internal.h"

#include <string.h>

static bool is_in(uint32_t owner, uint32_t part)
{
	return part == UINT32_MAX || owner <= part;
}

/* A line without newline stands last in its own file, but not always here. */
static void append_line(GString *bytes, const struct ksig_lines *lines, uint32_t line)
{
	const uint32_t start = lines->starts[line];

	if (bytes->len > 0 && bytes->str[bytes->len - 1] != '\n')
		g_string_append_c(bytes, '\n');
	g_string_append_len(bytes, lines->data + start, (gssize) (lines->starts[line + 1] - start));
}

struct run_state {
	const ksig_assignment *assignment;
	const struct ksig_target_file *file;
	uint32_t index;
	uint32_t part;
	GString *bytes;
};

static uint32_t owner_at(const struct run_state *state, int added, uint32_t line)
{
	return ksig_assign_owner(state->assignment, added, state->index, line);
}

/* Emits the old lines from *AT that have one owner: those that are still there. */
static void emit_old(const struct run_state *state, uint32_t *at, uint32_t end)
{
	const uint32_t owner = owner_at(state, 0, *at);

	for (; *at < end && owner_at(state, 0, *at) == owner; *at += 1)
		if (!is_in(owner, state->part))
			append_line(state->bytes, &state->file->old_side.lines, *at);
}

static void emit_new(const struct run_state *state, uint32_t *at, uint32_t end)
{
	const uint32_t owner = owner_at(state, 1, *at);

	for (; *at < end && owner_at(state, 1, *at) == owner; *at += 1)
		if (is_in(owner, state->part))
			append_line(state->bytes, &state->file->new_side.lines, *at);
}

static bool owns_later(const struct run_state *state, uint32_t owner, uint32_t at, uint32_t end)
{
	for (; at < end; at++)
		if (owner_at(state, 1, at) == owner)
			return true;
	return false;
}

/* Blocks of one owner are emitted side by side, so that what replaces a line stands where the line stood. */
static void emit_run(const struct run_state *state, const struct ksig_run *run)
{
	uint32_t old_at = run->old_start;
	uint32_t new_at = run->new_start;
	const uint32_t old_end = run->old_start + run->old_count;
	const uint32_t new_end = run->new_start + run->new_count;

	while (old_at < old_end || new_at < new_end) {
		if (new_at == new_end) {
			emit_old(state, &old_at, old_end);
		} else if (old_at == old_end) {
			emit_new(state, &new_at, new_end);
		} else if (owner_at(state, 0, old_at) == owner_at(state, 1, new_at)) {
			emit_old(state, &old_at, old_end);
			emit_new(state, &new_at, new_end);
		} else if (owns_later(state, owner_at(state, 0, old_at), new_at, new_end)) {
			emit_new(state, &new_at, new_end);
		} else {
			emit_old(state, &old_at, old_end);
		}
	}
}

static void emit_file(const struct run_state *state)
{
	const struct ksig_lines *old_lines = &state->file->old_side.lines;
	uint32_t at = 0;

	for (guint r = 0; r < state->file->runs->len; r++) {
		const struct ksig_run *run = &g_array_index(state->file->runs, struct ksig_run, r);
		for (; at < run->old_start; at++)
			append_line(state->bytes, old_lines, at);
		emit_run(state, run);
		at = run->old_start + run->old_count;
	}
	for (; at < old_lines->count; at++)
		append_line(state->bytes, old_lines, at);
}

/* Whether any owner of the file's lines, or of the file itself, is in. */
static bool any_in(const ksig_assignment *assignment, const struct ksig_target_file *file, uint32_t index,
		   uint32_t part)
{
	if (assignment->file_owner[index] != KSIG_NO_OWNER && is_in(assignment->file_owner[index], part))
		return true;
	for (uint32_t i = 0; i < file->new_side.lines.count; i++)
		if (is_in(ksig_assign_owner(assignment, 1, index, i), part))
			return true;
	return false;
}

static bool all_in(const ksig_assignment *assignment, const struct ksig_target_file *file, uint32_t index,
		   uint32_t part)
{
	if (assignment->file_owner[index] != KSIG_NO_OWNER && !is_in(assignment->file_owner[index], part))
		return false;
	for (uint32_t i = 0; i < file->old_side.lines.count; i++)
		if (!is_in(ksig_assign_owner(assignment, 0, index, i), part))
			return false;
	return true;
}

bool compose_file(const ksig_assignment *assignment, uint32_t index, uint32_t part, GString *out_bytes,
		  uint16_t *out_mode, git_oid *out_blob)
{
	const struct ksig_target_file *file = &assignment->target->files[index];
	const struct ksig_change *change = file->change;
	const struct run_state state = {assignment, file, index, part, out_bytes};
	const bool file_in = assignment->file_owner[index] == KSIG_NO_OWNER ||
			     is_in(assignment->file_owner[index], part);

	g_string_truncate(out_bytes, 0);
	if (file->renamed_from) {
		memset(out_blob, 0, sizeof *out_blob);
		*out_mode = file_in ? change->new_mode : file->renamed_from->old_mode;
		emit_file(&state);
		return true;
	}
	memset(out_blob, 0, sizeof *out_blob);
	*out_mode = file_in && change->new_mode ? change->new_mode : change->old_mode;
	if (file->opaque) {
		*out_mode = file_in ? change->new_mode : change->old_mode;
		*out_blob = file_in ? change->new_blob : change->old_blob;
		return *out_mode != 0;
	}
	if (change->old_mode == 0) {
		*out_mode = change->new_mode;
		if (!any_in(assignment, file, index, part))
			return false;
	}
	if (change->new_mode == 0 && all_in(assignment, file, index, part))
		return false;
	emit_file(&state);
	return true;
}

const char *compose_path(const ksig_assignment *assignment, uint32_t index, uint32_t part)
{
	const struct ksig_target_file *file = &assignment->target->files[index];

	if (file->renamed_from && assignment->file_owner[index] != KSIG_NO_OWNER &&
	    !is_in(assignment->file_owner[index], part))
		return file->renamed_from->path;
	return file->change->path;
}
