/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where there are more than 1000 groups, what of them is a file's rest, or the same change within one folder,
 * becomes groups of at most 500 lines or 20 files of a folder.
 */
#include "assign/gather-internal.h"

#include <string.h>

enum {
	FEW_GROUPS = 1000, /* so many are looked at as they are */
	SITTING_LINES = 500,
	SITTING_FILES = 20,
};

static const char *path_of(const struct grouping *grouping, uint32_t piece)
{
	return grouping->assignment->target->files[piece_at(grouping->pieces, piece)->file].change->path;
}

static bool is_gathered(const struct grouping *grouping, uint32_t piece)
{
	return group_at(grouping, grouping->group_of[piece])->of_file;
}

static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t) (slash - path) : 0;
}

static bool same_folder(const char *a, const char *b)
{
	const size_t length = folder_length(a);

	return length == folder_length(b) && strncmp(a, b, length) == 0;
}

/* The same change in several places of one folder is a part of what is left of it. */
static void let_go_same_changes(struct grouping *grouping)
{
	const guint n = grouping->groups->len;
	g_autofree const char **first = g_new0(const char *, n + 1);
	g_autofree bool *spread = g_new0(bool, n + 1);

	for (uint32_t i = 0; i < grouping->pieces->list->len; i++) {
		const uint32_t group = grouping->group_of[i];
		if (!first[group])
			first[group] = path_of(grouping, i);
		spread[group] |= !same_folder(first[group], path_of(grouping, i));
	}
	for (guint g = 0; g < n; g++)
		if (group_at(grouping, g)->is_same && !spread[g])
			group_at(grouping, g)->of_file = true;
}

static guint count_groups(const struct grouping *grouping)
{
	guint n = 0;

	for (guint g = 0; g < grouping->groups->len; g++)
		n += group_at(grouping, g)->of_file;
	return n;
}

/* The lines of the pieces from AT on that are of one file and are gathered. */
static uint64_t lines_of_file(const struct grouping *grouping, uint32_t at)
{
	const uint32_t file = piece_at(grouping->pieces, at)->file;
	uint64_t lines = 0;

	for (uint32_t i = at; i < grouping->pieces->list->len && piece_at(grouping->pieces, i)->file == file;
	     i++)
		lines += is_gathered(grouping, i) ? piece_at(grouping->pieces, i)->lines : 0;
	return lines;
}

static uint32_t new_group(struct grouping *grouping)
{
	const struct group group = {.entry = NO_ENTRY, .part = KSIG_NO_OWNER};

	g_array_append_val(grouping->groups, group);
	return grouping->groups->len - 1;
}

void groups_gather(struct grouping *grouping)
{
	const guint n = grouping->pieces->list->len;
	const char *folder_of = NULL; /* a path in the folder of the group at hand */
	uint32_t group = NO_GROUP;
	uint64_t group_lines = 0;
	uint32_t group_files = 0;

	if (count_groups(grouping) <= FEW_GROUPS)
		return;
	let_go_same_changes(grouping);
	for (uint32_t i = 0, last_file = UINT32_MAX; i < n; i++) {
		const uint32_t file = piece_at(grouping->pieces, i)->file;
		if (!is_gathered(grouping, i))
			continue;
		if (file != last_file) {
			const uint64_t lines = lines_of_file(grouping, i);
			if (group == NO_GROUP || !same_folder(folder_of, path_of(grouping, i)) ||
			    group_lines + lines > SITTING_LINES || group_files == SITTING_FILES) {
				group = new_group(grouping);
				group_lines = group_files = 0;
				folder_of = path_of(grouping, i);
			}
			group_lines += lines;
			group_files++;
		}
		last_file = file;
		grouping->group_of[i] = group;
	}
}
