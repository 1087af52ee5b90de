/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zchunk: metadata a second time, in pieces that are fetched by themselves. dnf prefers it. */
#include "publish/chunked-internal.h"
#include "rpm/metadata.h"

#include <string.h>

enum { BLOCK_BYTES = 1 << 16 };

char *repo_chunked_of(const char *type)
{
	static const char ending[] = "_zck";

	return g_str_has_suffix(type, ending) ? g_strndup(type, strlen(type) - strlen(ending)) : NULL;
}

static char *plain_sum(const char *path, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *block = g_malloc(BLOCK_BYTES);
	GError *reason = NULL;
	CR_FILE *file = cr_open(path, CR_CW_MODE_READ, CR_CW_AUTO_DETECT_COMPRESSION, &reason);
	guint64 total_bytes = 0;
	int got = file ? 1 : -1;

	while (got > 0 && total_bytes <= KSIG_RPM_LIMIT_METADATA_BYTES) {
		got = cr_read(file, block, BLOCK_BYTES, &reason);
		g_checksum_update(sum, (const guchar *) block, MAX(got, 0));
		total_bytes += (guint64) MAX(got, 0);
	}
	if (file)
		cr_close(file, NULL);
	if (got == 0)
		return g_strdup(g_checksum_get_string(sum));
	if (got < 0)
		ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, path);
	else
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %" G_GUINT64_FORMAT " bytes unpacked",
			       path, (guint64) KSIG_RPM_LIMIT_METADATA_BYTES);
	return NULL;
}

bool repo_chunked_is_same(const char *chunked, const char *plain, GError **error)
{
	g_autofree char *sum = plain_sum(plain, error);
	g_autofree char *other = sum ? plain_sum(chunked, error) : NULL;

	if (!other)
		return false;
	return g_str_equal(sum, other) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT,
			      "not what the plain file has, and readers that know zchunk read this one");
}
