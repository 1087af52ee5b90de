/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checksum of one file, however long. */
#include "base/base.h"

#include <errno.h>

char *ksig_file_sha256(const char *path, GError **error)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree guchar *block = g_malloc(1 << 16);
	const int fd = ksig_file_open(path, error);
	FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
	size_t got;

	if (!file)
		return NULL;
	while ((got = fread(block, 1, 1 << 16, file)) > 0)
		g_checksum_update(checksum, block, (gssize) got);
	const bool whole = !ferror(file);
	fclose(file);
	if (!whole) {
		ksig_error_errno(error, EIO, "%s", path);
		return NULL;
	}
	return g_strdup(g_checksum_get_string(checksum));
}
