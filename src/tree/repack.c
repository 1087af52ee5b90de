/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loose objects into packs: git does that, told which commits are new, so that versions of a file lie side by
 * side. */
#include "tree/tree.h"

enum { LOOSE_LIMIT = 2000 }; /* fewer loose objects are left as they are */

static uint32_t count_in(const char *objects, unsigned fan)
{
	g_autofree char *name = g_strdup_printf("%02x", fan);
	g_autofree char *path = g_build_filename(objects, name, NULL);
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	uint32_t count = 0;

	while (folder && g_dir_read_name(folder))
		count++;
	return count;
}

static uint32_t count_loose(const ksig_store *store)
{
	g_autofree char *objects = g_build_filename(ksig_tree_store_path(store), "objects", NULL);
	uint32_t count = 0;

	for (unsigned fan = 0; fan < 256; fan++)
		count += count_in(objects, fan);
	return count;
}

bool ksig_tree_store_pack(const ksig_store *store, const git_oid *from, const git_oid *to, GError **error)
{
	g_autofree char *packs = g_build_filename(ksig_tree_store_path(store), "objects", "pack", "pack",
						  NULL);
	char from_hex[GIT_OID_HEXSZ + 1];
	char to_hex[GIT_OID_HEXSZ + 1];
	const char *const pack[] = {"--git-dir", ksig_tree_store_path(store), "pack-objects", "--revs",
				    "--local",   "--missing=allow-any",       "--quiet",      packs,
				    NULL};
	const char *const prune[] = {"--git-dir", ksig_tree_store_path(store), "prune-packed", "--quiet",
				     NULL};

	if (count_loose(store) < LOOSE_LIMIT)
		return true;
	git_oid_tostr(from_hex, sizeof from_hex, from);
	git_oid_tostr(to_hex, sizeof to_hex, to);
	g_autofree char *revisions = g_strdup_printf("%s\n^%s\n", to_hex, from_hex);
	const struct ksig_process_options options = {.input = revisions,
						     .input_length_bytes = strlen(revisions)};
	return ksig_git_run(pack, &options, NULL, NULL, error) &&
	       ksig_git_run(prune, NULL, NULL, NULL, error);
}
