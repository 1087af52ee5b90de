/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client on a machine that is a folder: sysfs, procfs and the loading of modules are fakes, all above is
 * real: keys, packages, manifests, the index.
 */
#include "fixture.h"
#include "live/live.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define NAME "kpatch-patch-6_1_0-54"

static char *machine, *source, *trust;
static bool stall;     /* what is loaded gets stuck in its transition */
static int load_errno; /* what loading gives; 0: it works */

static char *in(const char *first, const char *rest)
{
	return g_build_filename(first, rest, NULL);
}

static void put(const char *path, const char *text, gssize length)
{
	g_autofree char *whole = in(machine, path);
	g_autofree char *folder = g_path_get_dirname(whole);

	g_assert_true(ksig_directory_make(folder, NULL));
	g_assert_true(g_file_set_contents(whole, text, length, NULL));
}

static bool is_there(const char *path)
{
	g_autofree char *whole = in(machine, path);

	return g_file_test(whole, G_FILE_TEST_EXISTS);
}

static void erase(const char *path)
{
	g_autofree char *whole = in(machine, path);

	g_assert_true(ksig_directory_remove(whole, NULL));
}

/* ---- the kernel ---------------------------------------------------------------------------------- */

static void put_note(const char *path, const char *hex)
{
	guint8 note[36] = {4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0};

	for (int i = 0; i < 20; i++)
		note[16 + i] = (guint8) (g_ascii_xdigit_value(hex[2 * i]) * 16 +
					 g_ascii_xdigit_value(hex[2 * i + 1]));
	put(path, (const char *) note, sizeof(note));
}

static int fake_load(const char *path, void *data)
{
	char *content = NULL;
	gsize length = 0;

	(void) data;
	if (load_errno)
		return -load_errno;
	g_assert_true(g_file_get_contents(path, &content, &length, NULL));
	g_autoptr(GBytes) bytes = g_bytes_new_take(content, length);
	g_autoptr(ksig_klp) klp = ksig_klp_read(path, bytes, NULL);
	g_autofree char *module = g_strdup_printf("sys/module/%s", klp->name);
	g_autofree char *note = g_strdup_printf("%s/notes/.note.gnu.build-id", module);
	g_autofree char *enabled = g_strdup_printf("sys/kernel/livepatch/%s/enabled", klp->name);
	g_autofree char *transition = g_strdup_printf("sys/kernel/livepatch/%s/transition", klp->name);
	if (is_there(module))
		return -EEXIST;
	if (!stall)
		erase("sys/kernel/livepatch"); /* it replaces all others at once */
	put(enabled, "1\n", -1);
	put(transition, stall ? "1\n" : "0\n", -1);
	put_note(note, klp->build_id);
	return 0;
}

static int fake_unload(const char *name, void *data)
{
	g_autofree char *module = g_strdup_printf("sys/module/%s", name);

	(void) data;
	erase(module);
	return 0;
}

static const struct ksig_live_kernel fake = {.load = fake_load, .unload = fake_unload};

static ksig_live_client *open_client(void)
{
	const struct ksig_live_client_options options = {
		.root = machine, .trust = trust, .kernel = &fake, .deadline_s = 1, .probation_s = 1000};
	g_autoptr(GError) error = NULL;
	ksig_live_client *client = ksig_live_client_open(&options, &error);

	g_assert_no_error(error);
	return client;
}

static void boot(const char *id)
{
	erase("sys/kernel/livepatch");
	erase("sys/module");
	g_assert_true(g_mkdir_with_parents(machine, 0755) == 0);
	put("proc/sys/kernel/random/boot_id", id, -1);
	put("proc/cmdline", "quiet", -1);
	stall = false;
	load_errno = 0;
}

/* ---- the provider -------------------------------------------------------------------------------- */

static char *data_file(gsize *out_length)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "lp_fcntl.ko", NULL);
	char *data = NULL;

	g_assert_true(g_file_get_contents(path, &data, out_length, NULL));
	return data;
}

#define KERNEL_BUILD "18131f50b1871982b9e17a6de6743f41e747e6ea"

/* The real module under another name and build id, for revision N. */
static char *module_of(int n)
{
	gsize length = 0;
	g_autofree char *data = data_file(&length);
	char *found = data, *path = g_strdup_printf("%s/module-%d.ko", fixture_folder(), n);

	while ((found = memmem(found, length - (gsize) (found - data), "lp_fcntl", 8)))
		found[7] = (char) ('0' + n);
	found = memmem(data, length, "\x18\x13\x1f\x50\xb1\x87", 6);
	g_assert_nonnull(found);
	found[0] = (char) n;
	g_assert_true(g_file_set_contents(path, data, (gssize) length, NULL));
	return path;
}

static void publish(int n, const char *key, const char *build, gint64 minimum)
{
	g_autofree char *module = module_of(n);
	g_autofree char *cve = g_strdup_printf("CVE-2026-%d", n);
	const char *const cves[] = {"CVE-2026-1", n > 1 ? cve : NULL, NULL};
	const char *const unfixable[] = {"CVE-2026-9 6.1.0-99", NULL};
	const char *const fixed[] = {"CVE-2025-1", NULL};
	const struct ksig_live_manifest_options options = {.name = NAME,
							   .provider = "kmods",
							   .module_path = module,
							   .build_id = build,
							   .expires = "2099-01-01",
							   .revision = n,
							   .minimum_revision = minimum,
							   .cves = cves,
							   .unfixable = unfixable,
							   .fixed_by_kernel = fixed,
							   .key = key,
							   .home = fixture_home()};
	g_autoptr(GError) error = NULL;

	ksig_live_manifest_write(source, &options, &error);
	g_assert_no_error(error);
}

static void publish_index(gint64 revision, const char *const *releases, const char *const *halted)
{
	const char *const rings[] = {"nobody=0", "all=100", NULL};
	const struct ksig_live_index_options options = {.name = "stable",
							.provider = "kmods",
							.expires = "2099-01-01",
							.revision = revision,
							.rings = rings,
							.releases = releases,
							.halted = halted,
							.key = "repo",
							.home = fixture_home()};
	g_autoptr(GError) error = NULL;

	ksig_live_index_write(source, &options, &error);
	g_assert_no_error(error);
}

static void grant(const char *name, enum ksig_role role, const char *provider)
{
	static char *all[] = {NULL};
	g_autofree char *file = fixture_public(name);
	g_autoptr(GError) error = NULL;
	const struct ksig_grant sentence = {.role = role, .provider = (char *) provider, .patterns = all};

	fixture_key(name, NULL, "0");
	ksig_trust_add(trust, name, file, &sentence, &error);
	g_assert_no_error(error);
}

static void prepare(void)
{
	gsize length = 0;
	g_autofree char *image = data_file(&length);

	machine = in(fixture_folder(), "machine");
	source = in(fixture_folder(), "source");
	trust = in(fixture_folder(), "trust");
	grant("vendor", KSIG_ROLE_KERNEL, "vendor");
	grant("live", KSIG_ROLE_LIVEPATCH, "kmods");
	grant("repo", KSIG_ROLE_REPOSITORY, "kmods");
	g_assert_true(ksig_trust_say(trust, "kmods may patch kernels of vendor", NULL));
	put("etc/machine-id", "0123456789abcdef0123456789abcdef", -1);
	put("proc/meminfo", "MemTotal: 100000 kB\nMemAvailable: 90000 kB\n", -1);
	put("proc/sys/kernel/osrelease", "6.1.0-54-amd64\n", -1);
	put_note("sys/kernel/notes", KERNEL_BUILD);
	boot("boot-1");
	g_autofree char *unsigned_package = fixture_package("kernel-core", "/lib/modules/vmlinuz-6", image,
							    (gssize) length);
	g_autofree char *package = fixture_sign_package(unsigned_package, "vendor", NULL);
	g_autoptr(ksig_live_client) client = open_client();
	g_autoptr(GError) error = NULL;
	g_assert_false(ksig_live_client_vouch(client, unsigned_package, NULL));
	ksig_live_client_vouch(client, package, &error);
	g_assert_no_error(error);
}

/* ---- what is asked ------------------------------------------------------------------------------- */

static void fetch(const char *wanted)
{
	g_autoptr(ksig_live_client) client = open_client();
	g_autofree char *id = NULL;
	g_autoptr(GError) error = NULL;

	ksig_live_client_fetch(client, source, &id, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(id, ==, wanted);
}

/* Applies ID; a refusal has to hold WORDS. */
static void apply(const char *id, const char *words)
{
	g_autoptr(ksig_live_client) client = open_client();
	g_autoptr(GError) error = NULL;
	const bool good = ksig_live_client_apply(client, id, &error);

	if (!words) {
		g_assert_no_error(error);
		return;
	}
	g_assert_false(good);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, words));
}

static void assert_status(const char *words, bool clean)
{
	g_autoptr(ksig_live_client) client = open_client();
	bool is_clean = false;
	g_autofree char *text = ksig_live_client_status(client, &is_clean, NULL);

	if (!strstr(text, words))
		g_test_message("%s", text);
	g_assert_nonnull(strstr(text, words));
	g_assert_cmpint(is_clean, ==, clean);
}

static void assert_cve(const char *cve, const char *wanted)
{
	g_autoptr(ksig_live_client) client = open_client();
	g_autofree char *state = ksig_live_client_cve(client, cve, NULL);

	g_assert_cmpstr(state, ==, wanted);
}

static void rollback(const char *id, const char *words)
{
	g_autoptr(ksig_live_client) client = open_client();
	g_autoptr(GError) error = NULL;
	const bool good = ksig_live_client_rollback(client, id, &error);

	g_assert_cmpint(good, ==, words == NULL);
	if (words)
		g_assert_nonnull(strstr(error->message, words));
}

static void test_story(void)
{
	publish(1, "live", KERNEL_BUILD, 0);
	publish_index(1, NULL, NULL);
	assert_cve("CVE-2026-1", "unknown");
	fetch(NAME "-1");
	assert_cve("CVE-2026-1", "open");
	apply(NULL, NULL);
	assert_status("\"probation\" : \"" NAME "-1\"", false);
	assert_cve("CVE-2026-1", "live " NAME "-1");
	assert_cve("CVE-2025-1", "kernel");
	assert_cve("CVE-2026-9", "reboot 6.1.0-99");
	publish(2, "live", KERNEL_BUILD, 0);
	publish_index(2, NULL, NULL);
	fetch(NAME "-2");
	assert_cve("CVE-2026-2", "open");
	apply(NULL, NULL);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
	g_assert_false(is_there("sys/module/lp_fcnt1"));
	assert_cve("CVE-2026-2", "live " NAME "-2");
	apply(NAME "-1", "revision 1, but 2 was seen before");
	rollback(NAME "-1", NULL);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt1"));
	assert_cve("CVE-2026-2", "open");
}

static void test_wrong_signer(void)
{
	publish(3, "vendor", KERNEL_BUILD, 0);
	publish_index(3, NULL, NULL);
	fetch(NAME "-2"); /* the third is passed over */
	g_autofree char *third = in(source, NAME "-3");
	g_assert_true(ksig_directory_remove(third, NULL));
}

static void test_tampered_store(void)
{
	g_autofree char *path = g_build_filename(machine, "var/lib/ksig/live/patches", NAME "-2", "module.ko",
						 NULL);
	g_autofree char *damaged = fixture_damage(path, 5000);
	g_autofree char *good = NULL, *bad = NULL;
	gsize length = 0;

	g_assert_true(g_file_get_contents(path, &good, &length, NULL));
	g_assert_true(g_file_get_contents(damaged, &bad, &length, NULL));
	g_assert_true(g_file_set_contents(path, bad, (gssize) length, NULL));
	apply(NAME "-2", "not the module that key live signed");
	g_assert_true(g_file_set_contents(path, good, (gssize) length, NULL));
}

static void test_replayed_index(void)
{
	g_autoptr(ksig_live_client) client = NULL;
	g_autofree char *id = NULL;
	g_autoptr(GError) error = NULL;

	publish_index(2, NULL, NULL);
	client = open_client();
	g_assert_false(ksig_live_client_fetch(client, source, &id, &error));
	g_assert_nonnull(strstr(error->message, "revision 2, but 3 was seen before"));
}

static void test_rings(void)
{
	publish(4, "live", KERNEL_BUILD, 0);
	publish_index(4, (const char *[]){NAME "-4=nobody", NULL}, NULL);
	fetch(NAME "-2");
	publish_index(5, (const char *[]){NAME "-4=all", NULL}, (const char *[]){NAME "-4", NULL});
	fetch(NAME "-2");
	publish_index(6, (const char *[]){NAME "-4=all", NULL}, NULL);
	fetch(NAME "-4");
}

static void test_stall(void)
{
	boot("boot-2");
	put("proc/77/task/77/patch_state", "0\n", -1);
	put("proc/77/task/77/comm", "sleeper\n", -1);
	put("proc/77/task/77/stat", "77 (sleeper) D 1", -1);
	put("proc/77/task/77/stack", "[<0>] schedule+0x5a/0xd0\n[<0>] do_fcntl+0x1/0x2\n", -1);
	stall = true;
	apply(NAME "-4", "task 77 (sleeper) state D, sits in patched function do_fcntl");
	erase("proc/77");
	erase("sys/kernel/livepatch");
	erase("sys/module");
	stall = false;
}

static void test_refused_by_kernel(void)
{
	load_errno = EKEYREJECTED;
	apply(NAME "-4", "does not trust its signature");
	load_errno = EBUSY;
	apply(NAME "-4", "another transition is under way");
	load_errno = 0;
	put("sys/kernel/livepatch/foreign/enabled", "1\n", -1);
	apply(NAME "-4", "foreign: a live patch that ksig did not load");
	erase("sys/kernel/livepatch");
	put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n", -1);
	apply(NAME "-4", "module.ko: the module is not signed");
	erase("sys/kernel/security");
	put("proc/meminfo", "MemAvailable: 100 kB\n", -1);
	apply(NAME "-4", "memory: ");
	put("proc/meminfo", "MemAvailable: 100000 kB\n", -1);
	put("proc/cmdline", "quiet ksig.live=0", -1);
	apply(NAME "-4", "ksig.live=0");
	put("proc/cmdline", "quiet", -1);
}

static void do_boot(const char *id)
{
	g_autoptr(GError) error = NULL;

	boot(id);
	g_autoptr(ksig_live_client) client = open_client();
	ksig_live_client_boot(client, &error);
	g_assert_no_error(error);
}

static void test_probation(void)
{
	apply(NAME "-4", NULL);
	do_boot("boot-3"); /* no word of the boot before: it crashed */
	g_assert_false(is_there("sys/kernel/livepatch/lp_fcnt4"));
	assert_status("before it was confirmed", false);
	apply(NAME "-4", "in quarantine");
	apply(NAME "-2", "revision 2, but 4 was seen before");
	rollback(NAME "-2", NULL);
	{
		g_autoptr(ksig_live_client) client = open_client();
		g_assert_true(ksig_live_client_stop(client, NULL));
	}
	do_boot("boot-4");
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
	assert_status("\"probation\" : null", false);
}

static void test_mirror(void)
{
	g_autofree char *folder = in(fixture_folder(), "mirror");
	g_autofree char *index = in(folder, "index.json"), *module = in(folder, NAME "-4/module.ko");
	g_autoptr(ksig_live_client) client = open_client();
	g_autoptr(GError) error = NULL;
	g_autofree char *id = NULL;

	ksig_live_client_mirror(client, source, folder, &error);
	g_assert_no_error(error);
	g_assert_true(g_file_test(index, G_FILE_TEST_EXISTS) && g_file_test(module, G_FILE_TEST_EXISTS));
	g_assert_true(ksig_live_client_fetch(client, folder, &id, &error));
	g_assert_cmpstr(id, ==, NAME "-4");
}

/* 10,000 machines fall into their rings within 2 % of the shares, and each stays where it is. */
static void test_shares(void)
{
	unsigned counts[3] = {0};

	for (int i = 0; i < 10000; i++) {
		g_autofree char *seed = g_strdup_printf("machine %d", i);
		g_autofree char *id = g_compute_checksum_for_string(G_CHECKSUM_MD5, seed, -1);
		const unsigned place = ksig_live_ring_place(id);
		g_assert_cmpuint(place, <, 10000);
		g_assert_cmpuint(place, ==, ksig_live_ring_place(id));
		counts[0] += place < 1000;
		counts[1] += place < 3000;
		counts[2] += place < 5000;
	}
	g_assert_cmpint(ABS((int) counts[0] - 1000), <=, 200);
	g_assert_cmpint(ABS((int) counts[1] - 3000), <=, 200);
	g_assert_cmpint(ABS((int) counts[2] - 5000), <=, 200);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (fixture_missing()) {
		g_print("1..0 # SKIP %s is not installed\n", fixture_missing());
		return 0;
	}
	prepare();
	g_test_add_func("/client/story", test_story);
	g_test_add_func("/client/wrong signer", test_wrong_signer);
	g_test_add_func("/client/tampered store", test_tampered_store);
	g_test_add_func("/client/replayed index", test_replayed_index);
	g_test_add_func("/client/rings", test_rings);
	g_test_add_func("/client/stall", test_stall);
	g_test_add_func("/client/refused by the kernel", test_refused_by_kernel);
	g_test_add_func("/client/probation", test_probation);
	g_test_add_func("/client/mirror", test_mirror);
	g_test_add_func("/client/shares", test_shares);
	const int status = g_test_run();
	fixture_remove();
	return status;
}
