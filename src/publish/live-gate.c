/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before a live patch's package is published: the signed result of its test, as the package itself holds it.
 */
#include "publish/live-gate.h"
#include "live/package.h"
#include "live/test-result.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum {
	GATE_LIMIT_SMALL_BYTES = 4 << 20,
	GATE_LIMIT_MODULE_BYTES = 256 << 20,
	GATE_LIMIT_ENTRIES = 10000,
};

/* What a package has below KSIG_LIVE_PACKAGED. */
typedef struct {
	GBytes *test, *signature, *module;
	unsigned modules; /* one package, one patch: more cannot be told apart */
} packed_patch;

static void packed_clear(packed_patch *packed)
{
	g_clear_pointer(&packed->test, g_bytes_unref);
	g_clear_pointer(&packed->signature, g_bytes_unref);
	g_clear_pointer(&packed->module, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(packed_patch, packed_clear)

static bool take(struct archive *archive, struct archive_entry *entry, gsize limit, GBytes **out,
		 const char *path, GError **error)
{
	const int64_t size = archive_entry_size(entry);

	if (size < 0 || (guint64) size > limit)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s is too large", path,
				      archive_entry_pathname(entry));
	g_autofree char *data = g_malloc((gsize) size + 1);
	if (archive_read_data(archive, data, (size_t) size) != size)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: the payload is damaged", path);
	g_clear_pointer(out, g_bytes_unref);
	*out = g_bytes_new_take(g_steal_pointer(&data), (gsize) size);
	return true;
}

static bool take_entry(struct archive *archive, struct archive_entry *entry, packed_patch *packed,
		       const char *path, GError **error)
{
	const char *name = archive_entry_pathname(entry);
	const char *inner = name ? strstr(name, KSIG_LIVE_PACKAGED "/") : NULL;
	const char *base = inner ? strrchr(inner, '/') + 1 : "";

	if (!inner || archive_entry_filetype(entry) != AE_IFREG)
		return true;
	if (g_str_equal(base, "test.json"))
		return take(archive, entry, GATE_LIMIT_SMALL_BYTES, &packed->test, path, error);
	if (g_str_equal(base, "test.json.asc"))
		return take(archive, entry, GATE_LIMIT_SMALL_BYTES, &packed->signature, path, error);
	if (!g_str_equal(base, "module.ko"))
		return true;
	packed->modules++;
	return take(archive, entry, GATE_LIMIT_MODULE_BYTES, &packed->module, path, error);
}

static bool read_packed(const char *path, packed_patch *packed, GError **error)
{
	struct archive *archive = ksig_rpm_srpm_payload(path, error);
	struct archive_entry *entry = NULL;
	bool good = archive != NULL;

	for (int i = 0; good && (good = ksig_rpm_payload_next(archive, path, &entry, error)) && entry; i++)
		good = i < GATE_LIMIT_ENTRIES
			       ? take_entry(archive, entry, packed, path, error)
			       : ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %d files", path,
						GATE_LIMIT_ENTRIES);
	if (archive)
		archive_read_free(archive);
	return good;
}

static ksig_document *open_result(const packed_patch *packed, ksig_trust *trust, ksig_keyring *keys,
				  GError **error)
{
	static const char what[] = "test.json";

	if (trust)
		return ksig_trust_open_document(trust, KSIG_ROLE_LIVEPATCH, "livepatch-test", what,
						packed->test, packed->signature, 0, NULL, error);
	if (keys && !ksig_rpm_keyring_check_data(keys, packed->test, packed->signature, NULL, error)) {
		g_prefix_error(error, "%s: ", what);
		return NULL;
	}
	return ksig_trust_document_parse(what, packed->test, error);
}

static bool is_tested(const char *path, ksig_trust *trust, ksig_keyring *keys, GError **error)
{
	g_auto(packed_patch) packed = {0};

	if (!read_packed(path, &packed, error))
		return false;
	if (!packed.test || !packed.signature || packed.modules != 1)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no result of ksig live test is in it");
	g_autoptr(ksig_document) result = open_result(&packed, trust, keys, error);
	if (!result)
		return false;
	g_autofree char *sum = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, packed.module);
	const char *tested = g_hash_table_lookup(result->files, "module.ko");
	g_autofree char *verdict = ksig_live_test_verdict(packed.test);
	if (!g_str_equal(result->kind, "livepatch-test") || g_strcmp0(tested, sum) != 0)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "test.json is not about the module in it");
	return g_strcmp0(verdict, "passed") == 0 ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "its test says: %s", verdict ? verdict : "nothing");
}

bool ksig_publish_live_gate(const char *path, ksig_trust *trust, ksig_keyring *keys, const char *words,
			    GError **error)
{
	bool waived = false;

	if (!ksig_live_test_waived(words, &waived, error) || waived)
		return waived;
	return is_tested(path, trust, keys, error) || ksig_live_test_refused(error);
}
