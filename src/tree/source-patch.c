/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A patch of a Debian package with dpkg-source's own options for patch(1), and its text, decompressed.
 * Opening the file is rpm/source-patch.c's.
 */
#include "tree/source-patch-internal.h"
#include "tree/archive-internal.h"
#include "tree/tree-internal.h"
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>

struct ksig_source_patch *ksig_source_patch_debian(const char *name, char *text, size_t length_bytes)
{
	/* Dpkg::Source::Quilt's options, without the backups that its .pc folder keeps. */
	static const char *const argv[] = {"patch",
					   "-t",
					   "-F",
					   "0",
					   "-N",
					   "-p1",
					   "-u",
					   "-V",
					   "never",
					   "-E",
					   "--no-backup-if-mismatch",
					   "--reject-file=-",
					   NULL};
	struct ksig_source_patch *patch = g_new0(struct ksig_source_patch, 1);

	patch->name = g_strdup(name);
	patch->text = text;
	patch->length_bytes = length_bytes;
	patch->argv = g_strdupv((char **) argv);
	patch->strip = 1;
	return patch;
}

struct ksig_source_patch *ksig_source_patch_read(const char *path, const char *name, uint64_t limit_bytes,
						 GError **error)
{
	g_autoptr(ksig_archive) archive = archive_read_new();
	struct archive_entry *entry = NULL;
	g_autofree char *text = NULL;
	size_t length_bytes = 0;

	if (!ksig_rpm_source_open(archive, path, &entry)) {
		ksig_archive_error(error, archive, path);
		return NULL;
	}
	text = entry ? ksig_archive_read(archive, entry, limit_bytes, path, &length_bytes, error)
		     : g_strdup("");
	if (!text)
		return NULL;
	struct ksig_source_patch *patch = g_new0(struct ksig_source_patch, 1);
	patch->name = g_strdup(name);
	patch->text = g_steal_pointer(&text);
	patch->length_bytes = length_bytes;
	return patch;
}

void ksig_source_patches_note(GPtrArray *patches, struct ksig_kernel *kernel)
{
	for (guint i = 0; i < patches->len; i++) {
		const struct ksig_source_patch *patch = patches->pdata[i];
		g_ptr_array_add(kernel->patches, g_strdup(patch->name));
	}
}
