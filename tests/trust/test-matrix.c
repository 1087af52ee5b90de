/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trust matrix: who signed what, what was done to it, what the policy says; and the one right answer.
 * Each row is a live patch that asks to be loaded.
 */
#include "fixture.h"

#include <string.h>

#define BUILD "eb4fbcd0eb4fbcd0eb4fbcd0eb4fbcd0eb4fbcd0"
#define OTHER_BUILD "1111111111111111111111111111111111111111"
#define LATER (g_get_real_time() / G_USEC_PER_SEC + 3600) /* than all that was signed */
#define OLD_TIME "20200601T000000"

static const char base_policy[] =
	"key vendor is a kernel key of vendor for kernel-*\n"
	"key vendor-new is a kernel key of vendor for kernel-* # rotation: both count\n"
	"key live is a livepatch key of kmods for kpatch-patch-*\n"
	"key live-new is a livepatch key of kmods for kpatch-patch-*\n"
	"key repo is a repository key of kmods\n"
	"key module is a module key of kmods\n"
	"key module-gone is a module key of kmods\n"
	"key module-gone is revoked\n"
	"key both is a kernel key of acme for kernel-*\n"
	"key both is a livepatch key of acme for kpatch-patch-*\n"
	"key both is a repository key of acme\n"
	"key over is a kernel key of vendor until 2020-01-01\n"
	"key over is a livepatch key of kmods until 2020-01-01\n"
	"key over is a repository key of kmods until 2020-01-01\n"
	"key aged is a kernel key of vendor\n"
	"key aged is a livepatch key of kmods\n"
	"key gone is a kernel key of vendor\n"
	"key gone is a livepatch key of kmods\n"
	"key gone is a repository key of kmods\n"
	"key gone is revoked\n"
	"key lost is a kernel key of vendor\n"
	"key lost is a livepatch key of kmods\n"
	"key narrow is a kernel key of vendor for kernel-rt-*\n"
	"key narrow is a livepatch key of kmods for kpatch-patch-9-*\n"
	"key stranger-live is a livepatch key of stranger for kpatch-patch-*\n";
static const char allow[] = "kmods may patch kernels of vendor\n";

static const struct row {
	const char *name;
	const char *kernel, *patch, *manifest, *index,
		*module;    /* who signed; "-": nobody, ".": there is none */
	const char *damage; /* what was done; NULL: nothing */
	const char *policy; /* NULL: kmods may patch kernels of vendor */
	enum ksig_refusal refusal;
	const char *words; /* both file and key, as far as there is one */
} rows[] = {
#define R(name, kernel, patch, manifest, index, module) name, kernel, patch, manifest, index, module
	/* accepted */
	{R("kernel of A, patch of B, allowed", "vendor", "live", "live", "repo", "module"), NULL, NULL, 0,
	 NULL},
	{R("from a file, no repository", "vendor", ".", "live", ".", "module"), NULL, NULL, 0, NULL},
	{R("no module signature needed", "vendor", "live", "live", "repo", "."), NULL, NULL, 0, NULL},
	{R("one key for both roles", "both", "both", "both", "both", "."), NULL, "", 0, NULL},
	{R("rotated kernel key", "vendor-new", "live", "live", "repo", "module"), NULL, NULL, 0, NULL},
	{R("rotated livepatch key", "vendor", "live-new", "live-new", "repo", "module"), NULL, NULL, 0, NULL},
	{R("package and manifest by two rotated keys", "vendor", "live", "live-new", "repo", "module"), NULL,
	 NULL, 0, NULL},
	{R("same revision again", "vendor", "live", "live", "repo", "module"), "seen-same", NULL, 0, NULL},
	/* kernel key */
	{R("no kernel package", ".", "live", "live", "repo", "module"), NULL, NULL, KSIG_REFUSAL_UNSIGNED,
	 "running kernel"},
	{R("kernel unsigned", "-", "live", "live", "repo", "module"), NULL, NULL, KSIG_REFUSAL_UNSIGNED,
	 "kernel-core-1-1.noarch.rpm: not signed"},
	{R("kernel by a livepatch key", "live", "live", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_ROLE,
	 "kernel-core-1-1.noarch.rpm: signed by key live, a livepatch key; a kernel key is needed"},
	{R("kernel by a repository key", "repo", "live", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_ROLE, "key repo, a repository key"},
	{R("kernel by nobody we know", "unknown", "live", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_UNKNOWN_KEY, "which the policy does not name"},
	{R("kernel key over by policy", "over", "live", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_EXPIRED, "granted to key over"},
	{R("kernel key expired of itself", "aged", "live", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_EXPIRED, "key aged, which has expired"},
	{R("kernel key revoked by policy", "gone", "live", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_REVOKED, "key gone, which is revoked"},
	{R("kernel key revoked by its owner", "lost", "live", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_REVOKED, "key lost, which is revoked"},
	{R("kernel out of scope", "narrow", "live", "live", "repo", "module"), NULL, NULL, KSIG_REFUSAL_SCOPE,
	 "kernel-core-1-1 is not among the names that key narrow"},
	{R("kernel payload altered", "vendor", "live", "live", "repo", "module"), "kernel-payload", NULL,
	 KSIG_REFUSAL_TAMPERED, "not what key vendor signed"},
	{R("kernel header altered", "vendor", "live", "live", "repo", "module"), "kernel-header", NULL,
	 KSIG_REFUSAL_TAMPERED, "not what key vendor signed"},
	{R("kernel package cut short", "vendor", "live", "live", "repo", "module"), "kernel-cut", NULL,
	 KSIG_REFUSAL_DAMAGED, "not an RPM package"},
	{R("another build runs", "vendor", "live", "live", "repo", "module"), "running", NULL,
	 KSIG_REFUSAL_BUILD_ID, "kernel-core-1-1.noarch.rpm: holds the kernel with build id " BUILD},
	/* livepatch key, on the manifest */
	{R("manifest unsigned", "vendor", "live", "-", "repo", "module"), NULL, NULL, KSIG_REFUSAL_UNSIGNED,
	 "manifest: not signed"},
	{R("manifest by the kernel key", "vendor", "live", "vendor", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_ROLE, "manifest: signed by key vendor, a kernel key; a livepatch key is needed"},
	{R("manifest by the repository key", "vendor", "live", "repo", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_ROLE, "manifest: signed by key repo"},
	{R("manifest by nobody we know", "vendor", "live", "unknown", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_UNKNOWN_KEY, "manifest: signed by key"},
	{R("livepatch key over by policy", "vendor", "live", "over", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_EXPIRED, "manifest: what the policy granted to key over"},
	{R("livepatch key expired of itself", "vendor", "live", "aged", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_EXPIRED, "manifest: signed by key aged"},
	{R("livepatch key revoked by policy", "vendor", "live", "gone", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_REVOKED, "manifest: signed by key gone"},
	{R("livepatch key revoked by its owner", "vendor", "live", "lost", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_REVOKED, "manifest: signed by key lost"},
	{R("livepatch out of scope", "vendor", "live", "narrow", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_SCOPE, "kpatch-patch-1 is not among the names that key narrow"},
	{R("manifest altered", "vendor", "live", "live", "repo", "module"), "manifest", NULL,
	 KSIG_REFUSAL_TAMPERED, "manifest: not what key live signed"},
	{R("manifest expired", "vendor", "live", "live", "repo", "module"), "manifest-expired", NULL,
	 KSIG_REFUSAL_EXPIRED, "manifest: expired on 2025-01-01"},
	{R("manifest of another kind", "vendor", "live", "live", "repo", "module"), "manifest-kind", NULL,
	 KSIG_REFUSAL_DAMAGED, "not a livepatch-manifest"},
	{R("manifest that is no JSON", "vendor", "live", "live", "repo", "module"), "manifest-text", NULL,
	 KSIG_REFUSAL_DAMAGED, "manifest: JSON expected"},
	{R("manifest for another build", "vendor", "live", "live", "repo", "module"), "manifest-build", NULL,
	 KSIG_REFUSAL_BUILD_ID, "kpatch-patch-1: made for the kernel with build id " OTHER_BUILD},
	{R("older than the patch seen before", "vendor", "live", "live", "repo", "module"),
	 "seen-newer-patch", NULL, KSIG_REFUSAL_REPLAYED, "manifest: revision 3, but 4 was seen before"},
	{R("speaks for another provider", "vendor", "live", "both", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_SCOPE, "manifest: of provider kmods, but key both speaks for acme"},
	/* who may patch whom */
	{R("provider not allowed", "vendor", "live", "live", "repo", "module"), NULL, "",
	 KSIG_REFUSAL_NOT_ALLOWED, "does not let kmods (key live) patch kernels of vendor"},
	{R("allowed the other way round", "vendor", "live", "live", "repo", "module"), NULL,
	 "vendor may patch kernels of kmods\n", KSIG_REFUSAL_NOT_ALLOWED, "kmods (key live)"},
	{R("allowed for another's kernels", "both", "live", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_NOT_ALLOWED, "patch kernels of acme"},
	/* the package and the module */
	{R("patch package unsigned", "vendor", "-", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_UNSIGNED, "kpatch-patch-1-1-1.noarch.rpm: not signed"},
	{R("patch package by the kernel key", "vendor", "vendor", "live", "repo", "module"), NULL, NULL,
	 KSIG_REFUSAL_ROLE, "kpatch-patch-1-1-1.noarch.rpm: signed by key vendor"},
	{R("patch package payload altered", "vendor", "live", "live", "repo", "module"), "patch-payload",
	 NULL, KSIG_REFUSAL_TAMPERED, "kpatch-patch-1-1-1.noarch.rpm: not what key live signed"},
	{R("patch package header altered", "vendor", "live", "live", "repo", "module"), "patch-header", NULL,
	 KSIG_REFUSAL_TAMPERED, "kpatch-patch-1-1-1.noarch.rpm: not what key live signed"},
	{R("module altered", "vendor", "live", "live", "repo", "module"), "module", NULL,
	 KSIG_REFUSAL_TAMPERED, "patch.ko: not the module that key live signed"},
	{R("another module's name", "vendor", "live", "live", "repo", "module"), "module-name", NULL,
	 KSIG_REFUSAL_TAMPERED, "other.ko: not among the files"},
	{R("module unsigned", "vendor", "live", "live", "repo", "-"), NULL, NULL, KSIG_REFUSAL_UNSIGNED,
	 "patch.ko: the module is not signed"},
	{R("module by an unpinned certificate", "vendor", "live", "live", "repo", "module-unknown"), NULL,
	 NULL, KSIG_REFUSAL_UNKNOWN_KEY,
	 "patch.ko: module signed with a certificate that the policy does not name"},
	{R("module by a revoked certificate", "vendor", "live", "live", "repo", "module-gone"), NULL, NULL,
	 KSIG_REFUSAL_KEY_REVOKED, "patch.ko: signed by key module-gone"},
	{R("patch revoked by name", "vendor", "live", "live", "repo", "module"), NULL,
	 "kmods may patch kernels of vendor\npatch kpatch-patch-1 is revoked\n", KSIG_REFUSAL_PATCH_REVOKED,
	 "kpatch-patch-1: the policy revokes this patch"},
	/* the repository's metadata */
	{R("index unsigned", "vendor", "live", "live", "-", "module"), NULL, NULL, KSIG_REFUSAL_UNSIGNED,
	 "index: not signed"},
	{R("index by a livepatch key", "vendor", "live", "live", "live", "module"), NULL, NULL,
	 KSIG_REFUSAL_ROLE, "index: signed by key live, a livepatch key; a repository key is needed"},
	{R("index by a revoked key", "vendor", "live", "live", "gone", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_REVOKED, "index: signed by key gone"},
	{R("index key over", "vendor", "live", "live", "over", "module"), NULL, NULL,
	 KSIG_REFUSAL_KEY_EXPIRED, "index: what the policy granted"},
	{R("index altered", "vendor", "live", "live", "repo", "module"), "index", NULL, KSIG_REFUSAL_TAMPERED,
	 "index: not what key repo signed"},
	{R("index frozen in time", "vendor", "live", "live", "repo", "module"), "index-expired", NULL,
	 KSIG_REFUSAL_EXPIRED, "index: expired on 2025-01-01"},
	{R("index replayed", "vendor", "live", "live", "repo", "module"), "seen-newer-index", NULL,
	 KSIG_REFUSAL_REPLAYED, "index: revision 40, but 41 was seen before"},
	{R("index below the policy's minimum", "vendor", "live", "live", "repo", "module"), NULL,
	 "kmods may patch kernels of vendor\nrepository kmods is at least 99\n", KSIG_REFUSAL_REPLAYED,
	 "the policy's minimum is 99"},
	{R("patch below the index's minimum", "vendor", "live", "live", "repo", "module"), "index-minimum",
	 NULL, KSIG_REFUSAL_REPLAYED, "the repository's minimum is 9"},
};

static char *kernel_unsigned, *patch_unsigned;
static GHashTable *made; /* what was signed already, by what and whom */

static const char *time_for(const char *key)
{
	return g_str_equal(key, "aged") ? OLD_TIME : NULL;
}

static bool is(const struct row *row, const char *damage)
{
	return g_strcmp0(row->damage, damage) == 0;
}

static char *package(const char *unsigned_path, const char *key)
{
	if (g_str_equal(key, "."))
		return NULL;
	g_autofree char *name = g_strconcat(unsigned_path, "|", key, NULL);
	const char *known = g_hash_table_lookup(made, name);
	if (!known) {
		char *path = fixture_sign_package(unsigned_path, g_str_equal(key, "-") ? NULL : key,
						  time_for(key));
		g_hash_table_insert(made, g_steal_pointer(&name), path);
		known = path;
	}
	return g_strdup(known);
}

static GBytes *module_make(const char *key)
{
	g_autoptr(GBytes) plain = g_bytes_new_static("\177ELF not really", 16);
	g_autoptr(GError) error = NULL;

	if (g_str_equal(key, ".") || g_str_equal(key, "-"))
		return g_steal_pointer(&plain);
	g_autofree char *secret = g_strdup_printf("%s/%s.key", fixture_folder(), key);
	g_autofree char *certificate = g_strdup_printf("%s/%s.pem", fixture_folder(), key);
	GBytes *whole = ksig_trust_sign_module(secret, certificate, plain, &error);
	g_assert_no_error(error);
	return whole;
}

static GBytes *module(const char *key)
{
	static GHashTable *known;

	if (!known)
		known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_bytes_unref);
	if (!g_hash_table_contains(known, key))
		g_hash_table_insert(known, (char *) key, module_make(key));
	return g_bytes_ref(g_hash_table_lookup(known, key));
}

static GBytes *manifest_of(const struct row *row, GBytes *content)
{
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, content);
	const char *provider = g_str_equal(row->manifest, "both") && row->policy ? "acme" : "kmods";

	if (is(row, "manifest-text"))
		return g_bytes_new_static("kind: x", 7);
	char *text = g_strdup_printf("{\"kind\": \"%s\", \"name\": \"kpatch-patch-1\", \"provider\": \"%s\", "
				     "\"revision\": 3, \"issued\": "
				     "\"2024-06-01T00:00:00Z\", \"expires\": \"%s\", \"build_id\": \"%s\", "
				     "\"files\": {\"patch.ko\": \"%s\"}}",
				     is(row, "manifest-kind") ? "livepatch-index" : "livepatch-manifest",
				     provider,
				     is(row, "manifest-expired") ? "2025-01-01" : "2027-01-01T00:00:00Z",
				     is(row, "manifest-build") ? OTHER_BUILD : BUILD, digest);
	return g_bytes_new_take(text, strlen(text));
}

static GBytes *index_of(const struct row *row)
{
	const char *provider = g_str_equal(row->index, "both") ? "acme" : "kmods";
	char *text = g_strdup_printf(
		"{\"kind\": \"livepatch-index\", \"name\": \"stable\", \"provider\": \"%s\", "
		"\"revision\": 40, \"minimum_revision\": %d, \"issued\": \"2024-06-01\", "
		"\"expires\": \"%s\"}",
		provider, is(row, "index-minimum") ? 9 : 1,
		is(row, "index-expired") ? "2025-01-01" : "2027-01-01");

	return g_bytes_new_take(text, strlen(text));
}

static GBytes *sign(const char *key, GBytes *data)
{
	if (g_str_equal(key, "-") || g_str_equal(key, "."))
		return NULL;
	return fixture_sign(key, time_for(key), data);
}

static GBytes *alter(GBytes *bytes)
{
	gsize length = 0;
	char *data = g_memdup2(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

	length = g_bytes_get_size(bytes);
	g_bytes_unref(bytes);
	data[length / 2] ^= 1;
	return g_bytes_new_take(data, length);
}

static void damage_package(const struct row *row, const char *what, char **path)
{
	g_autofree char *payload = g_strconcat(what, "-payload", NULL);
	g_autofree char *header = g_strconcat(what, "-header", NULL);
	g_autofree char *cut = g_strconcat(what, "-cut", NULL);
	char *damaged = NULL;

	if (is(row, payload))
		damaged = fixture_damage(*path, -20);
	else if (is(row, header))
		damaged = fixture_damage(*path, fixture_find(*path, "marker-of-the-summary"));
	else if (is(row, cut)) {
		damaged = fixture_damage(*path, -1);
		g_assert_true(g_file_set_contents(damaged, "\355\253\356\333 no", 7, NULL));
	}
	if (damaged) {
		g_free(*path);
		*path = damaged;
	}
}

static void write_policy(const char *folder, const struct row *row)
{
	g_autofree char *path = g_build_filename(folder, "policy", NULL);
	g_autofree char *text = g_strconcat(base_policy, row->policy ? row->policy : allow, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void judge(const struct row *row, const struct ksig_trust_evidence *evidence)
{
	g_autofree char *folder = g_build_filename(fixture_folder(), "trust", NULL);
	g_autoptr(GError) error = NULL;
	struct ksig_trust_verdict verdict = {0};

	write_policy(folder, row);
	g_autoptr(ksig_trust) trust = ksig_trust_open(folder, &error);
	g_assert_no_error(error);
	ksig_trust_set_time(trust, LATER);
	const bool accepted = ksig_trust_accept(trust, evidence, &verdict, &error);
	g_test_message("%s: %s", ksig_trust_refusal_name(verdict.refusal),
		       error ? error->message : "accepted");
	g_assert_cmpstr(ksig_trust_refusal_name(verdict.refusal), ==, ksig_trust_refusal_name(row->refusal));
	g_assert_cmpint(accepted, ==, row->refusal == KSIG_REFUSAL_NONE);
	if (row->words)
		g_assert_nonnull(strstr(error->message, row->words));
	if (!accepted)
		g_assert_cmpint(ksig_error_exit_status(error), <=, KSIG_ERROR_INPUT);
	ksig_trust_verdict_clear(&verdict);
}

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	g_autofree char *kernel = package(kernel_unsigned, row->kernel);
	g_autofree char *patch = package(patch_unsigned, row->patch);
	g_autoptr(GBytes) content = module(row->module);
	g_autoptr(GBytes) manifest = manifest_of(row, content);
	g_autoptr(GBytes) manifest_signature = sign(row->manifest, manifest);
	g_autoptr(GBytes) index = index_of(row);
	g_autoptr(GBytes) index_signature = sign(row->index, index);

	damage_package(row, "kernel", &kernel);
	damage_package(row, "patch", &patch);
	if (is(row, "manifest"))
		manifest = alter(manifest);
	if (is(row, "index"))
		index = alter(index);
	if (is(row, "module"))
		content = alter(content);
	const struct ksig_trust_evidence evidence = {
		.kernel_package = kernel,
		.kernel_build_id = BUILD,
		.running_build_id = is(row, "running") ? OTHER_BUILD : BUILD,
		.patch_package = patch,
		.module = content,
		.module_name = is(row, "module-name") ? "other.ko" : "patch.ko",
		.manifest = manifest,
		.manifest_signature = manifest_signature,
		.index = g_str_equal(row->index, ".") ? NULL : index,
		.index_signature = index_signature,
		.seen_index = is(row, "seen-newer-index") ? 41
			      : is(row, "seen-same")      ? 40
							  : 0,
		.seen_patch = is(row, "seen-newer-patch") ? 4
			      : is(row, "seen-same")      ? 3
							  : 0,
		.module_signature_needed = !g_str_equal(row->module, "."),
	};
	judge(row, &evidence);
}

static void install_keys(void)
{
	static const char *const names[] = {"vendor", "vendor-new", "live",   "live-new",
					    "repo",   "both",       "over",   "aged",
					    "gone",   "lost",       "narrow", "stranger-live"};
	static const char *const certificates[] = {"module", "module-gone"};
	g_autofree char *keys = g_build_filename(fixture_folder(), "trust", "keys", NULL);

	g_assert_true(ksig_directory_make(keys, NULL));
	fixture_key("unknown", NULL, "0");
	fixture_certificate("module-unknown");
	for (size_t i = 0; i < G_N_ELEMENTS(names) + G_N_ELEMENTS(certificates); i++) {
		const bool pgp = i < G_N_ELEMENTS(names);
		const char *name = pgp ? names[i] : certificates[i - G_N_ELEMENTS(names)];
		if (pgp)
			fixture_key(name, time_for(name) ? "20200101T000000" : NULL,
				    time_for(name) ? "1y" : "0");
		else
			fixture_certificate(name);
	}
}

static void copy_keys(void)
{
	g_autoptr(GDir) directory = g_dir_open(fixture_folder(), 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(directory))) {
		g_autofree char *from = g_build_filename(fixture_folder(), name, NULL);
		g_autofree char *to = g_build_filename(fixture_folder(), "trust", "keys", name, NULL);
		const char *const argv[] = {"cp", from, to, NULL};
		if (g_str_has_suffix(name, ".asc") || g_str_has_suffix(name, ".pem"))
			fixture_run(argv);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (fixture_missing()) {
		g_print("1..0 # SKIP %s is not installed\n", fixture_missing());
		return 0;
	}
	made = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	install_keys();
	kernel_unsigned = fixture_package("kernel-core", "/lib/modules/vmlinuz", "a kernel", -1);
	patch_unsigned = fixture_package("kpatch-patch-1", "/usr/lib/kpatch/patch.ko", "a patch", -1);
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/matrix/%02u %s", i + 1, rows[i].name);
		g_strdelimit(path + 8, "/", '-');
		g_test_add_data_func(path, &rows[i], test_row);
	}
	fixture_revoke("lost");
	copy_keys();
	const int status = g_test_run();
	fixture_remove();
	g_hash_table_unref(made);
	g_free(kernel_unsigned);
	g_free(patch_unsigned);
	return status;
}
