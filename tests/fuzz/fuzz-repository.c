/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dnf repository's metadata as a client reads it: repomd.xml, or the list of packages that it names. */
#include "rpm/rpm.h"
#include "rpm/repository.h"

#include <glib/gstdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *folder, *repomd, *primary;

static void prepare(void)
{
	folder = ksig_directory_temporary(NULL, "ksig-fuzz", NULL);
	repomd = g_build_filename(folder, "repodata", "repomd.xml", NULL);
	primary = g_build_filename(folder, "repodata", "primary.xml", NULL);
	g_autofree char *below = g_build_filename(folder, "repodata", NULL);
	g_mkdir(below, 0700);
}

static void put(const char *path, const void *data, size_t size)
{
	g_file_set_contents_full(path, data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, data, size);
	g_autofree char *text = g_strdup_printf(
		"<?xml version=\"1.0\"?><repomd "
		"xmlns=\"http://linux.duke.edu/metadata/repo\"><revision>1</revision>"
		"<data type=\"primary\"><checksum type=\"sha256\">%s</checksum><location "
		"href=\"repodata/primary.xml\"/>"
		"<size>%zu</size></data></repomd>",
		digest, size);

	if (!folder)
		prepare();
	const struct ksig_repo_query query = {.location = folder, .provides = "livepatch-buildid(eb)"};
	const bool is_list = size > 100 && memmem(data, size, "<package", 8);
	put(primary, data, size);
	put(repomd, is_list ? (const void *) text : data, is_list ? strlen(text) : size);
	GPtrArray *packages = ksig_rpm_repo_find(&query, NULL, NULL);
	if (packages)
		g_ptr_array_unref(packages);
	return 0;
}
