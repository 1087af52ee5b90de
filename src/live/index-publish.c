/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index and its signature are one publication, though they are two files: the signature is laid down
 * first, by the name of what it signs (index.SHA256.asc), and the rename of index.json then switches both.
 * The one of the index before stays for who is between the two; index.json.asc is written after them, for
 * clients that know no other.
 */
#include "live/index.h"

#include <glib/gstdio.h>

static bool write_in(const char *folder, const char *name, GBytes *bytes, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	return ksig_bytes_write(path, bytes, error);
}

/* What killed runs left is old, too. */
static void sweep(const char *folder, const char *current, const char *previous)
{
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	g_autoptr(GRegex) ours = g_regex_new("^index\\.([0-9a-f]{64}\\.asc(\\.new)?|json(\\.asc)?\\.new)$",
					     G_REGEX_RAW, 0, NULL);
	const char *name = NULL;

	while (directory && (name = g_dir_read_name(directory))) {
		if (!g_regex_match(ours, name, 0, NULL) || g_str_equal(name, current) ||
		    g_strcmp0(name, previous) == 0)
			continue;
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_unlink(path);
	}
}

bool ksig_live_index_publish(const char *folder, GBytes *index, GBytes *signature, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "index.json", NULL);
	g_autoptr(GBytes) before = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);
	g_autofree char *name = ksig_live_index_signature_name(index);
	g_autofree char *name_before = before ? ksig_live_index_signature_name(before) : NULL;

	if (!write_in(folder, name, signature, error) || !write_in(folder, "index.json", index, error) ||
	    !write_in(folder, "index.json.asc", signature, error))
		return false;
	sweep(folder, name, name_before);
	return true;
}
