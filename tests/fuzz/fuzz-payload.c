/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A package file: its header, its signatures' packets, and its payload by libarchive or librpm. */
#include "fuzz-file.h"
#include "rpm/package-header-internal.h"
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { READ_BYTES = 1 << 20 };

static void read_signature(const void *packets, size_t length, void *data)
{
	g_autofree char *key = NULL;

	(void) data;
	pgpDigParams found = rpm_signature_parse(packets, length, &key);
	g_assert_true((found != NULL) == (key != NULL));
	pgpDigParamsFree(found);
}

static void read_header(const char *path)
{
	Header header = rpm_package_header(path, NULL);

	if (header)
		rpm_package_signatures(header, read_signature, NULL);
	headerFree(header);
}

static void read_payload(const char *path)
{
	struct archive *payload = ksig_rpm_srpm_payload(path, NULL);
	struct archive_entry *entry = NULL;
	char block[4096];
	size_t left_bytes = READ_BYTES;
	la_ssize_t got = 0;

	while (payload && left_bytes && ksig_rpm_payload_next(payload, path, &entry, NULL) && entry) {
		const char *name = ksig_rpm_srpm_entry_name(entry);
		g_assert_true(!name || (ksig_path_is_safe(name) && !strchr(name, '/')));
		while (left_bytes && (got = archive_read_data(payload, block, sizeof block)) > 0)
			left_bytes -= MIN(left_bytes, (size_t) got);
	}
	archive_read_free(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *path = fuzz_file("x.rpm", data, size);

	read_header(path);
	read_payload(path);
	return 0;
}
