/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a package is, by what it carries: a name is its maker's word. */
#include "publish/content-internal.h"
#include "elf/elf.h"
#include "live/package.h"
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { LIMIT_MODULE_BYTES = 256 << 20, LIMIT_FILES = 1000000 };

/* However it is packed and spelled; what debuggers read is none. */
bool publish_content_is_module(const char *name)
{
	static const char pattern[] = "\\.ko(\\.(?!debug$)[a-z0-9]+)?$";

	return strstr(name, ".k") || strstr(name, ".K")
		       ? g_regex_match_simple(pattern, name, G_REGEX_RAW | G_REGEX_CASELESS, 0)
		       : false;
}

/* "livepatch=Y" in .modinfo, which kernels ask for (commit 2992ef29ae01 ("livepatch/module: make
 * TAINT_LIVEPATCH module-specific") (in v4.9)). */
static bool is_livepatch(GBytes *bytes)
{
	static const char mark[] = "livepatch=Y";
	gsize length = 0;
	const char *data = g_bytes_get_data(bytes, &length);

	return data && memmem(data, length, mark, sizeof mark);
}

static void note_signature(const char *name, GBytes *bytes, struct publish_content *out)
{
	struct ksig_module_signature signature = {0};

	/* A trailer that is damaged is none that a kernel takes. */
	if (!ksig_elf_module_signature_read(name, bytes, &signature, NULL) || !signature.present) {
		out->unsigned_count++;
		if (!out->unsigned_first)
			out->unsigned_first = g_strdup(name);
	}
	ksig_elf_module_signature_clear(&signature);
}

static void judge_module(const char *name, GBytes *packed, struct publish_content *out)
{
	g_autoptr(GBytes) bytes = ksig_elf_unpack(name, packed, LIMIT_MODULE_BYTES, NULL);

	/* What cannot be opened is not known to be none. */
	out->livepatch |= !bytes || is_livepatch(bytes);
	if (bytes)
		note_signature(name, bytes, out);
}

static bool read_entry(struct archive *archive, struct archive_entry *entry, const char *path, GBytes **out,
		       GError **error)
{
	const int64_t size = archive_entry_size(entry);

	if (size < 0 || size > LIMIT_MODULE_BYTES)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s is too large", path,
				      archive_entry_pathname(entry));
	g_autofree char *data = g_malloc((gsize) size + 1);
	if (archive_read_data(archive, data, (size_t) size) != size)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: the payload is damaged", path);
	*out = g_bytes_new_take(g_steal_pointer(&data), (gsize) size);
	return true;
}

static bool look_at(struct archive *archive, struct archive_entry *entry, const char *path,
		    struct publish_content *out, GError **error)
{
	const char *name = archive_entry_pathname(entry);
	g_autoptr(GBytes) bytes = NULL;

	if (!name || archive_entry_filetype(entry) != AE_IFREG)
		return true;
	if (strstr(name, KSIG_LIVE_PACKAGED "/"))
		out->livepatch = true;
	if (publish_content_is_module(name)) {
		if (!read_entry(archive, entry, path, &bytes, error))
			return false;
		judge_module(name, bytes, out);
	}
	return true;
}

static bool may_carry(char **names)
{
	for (; *names; names++)
		if (publish_content_is_module(*names) || strstr(*names, KSIG_LIVE_PACKAGED "/"))
			return true;
	return false;
}

void publish_content_clear(struct publish_content *content)
{
	g_clear_pointer(&content->unsigned_first, g_free);
}

bool publish_content_read(const char *path, struct publish_content *out, GError **error)
{
	g_auto(GStrv) names = ksig_rpm_package_files(path, error);
	struct archive_entry *entry = NULL;
	bool good = true;

	*out = (struct publish_content){0};
	if (!names || !may_carry(names))
		return names != NULL;
	struct archive *archive = ksig_rpm_srpm_payload(path, error);
	for (int i = 0;
	     archive && good && (good = ksig_rpm_payload_next(archive, path, &entry, error)) && entry; i++)
		good = i < LIMIT_FILES ? look_at(archive, entry, path, out, error)
				       : ksig_error_set(error, KSIG_ERROR_INPUT, "%s: too many files", path);
	good = good && archive;
	if (archive)
		archive_read_free(archive);
	return good;
}
