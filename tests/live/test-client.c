/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/client.h"
#include "live/index.h"
/* The life of live patches on a machine: found, verified, applied, refused, rolled back. */
#include "machine.h"

#include <errno.h>
#include <string.h>

static void test_story(void)
{
	publish(1, "live", KERNEL_BUILD, 0);
	publish_index(1, NULL, NULL);
	assert_cve("CVE-2026-0001", "unknown");
	fetch(NAME "-1");
	assert_cve("CVE-2026-0001", "open");
	apply(NULL, NULL);
	assert_status("\"probation\" : \"" NAME "-1\"", false);
	assert_cve("CVE-2026-0001", "live " NAME "-1");
	assert_cve("CVE-2025-0001", "kernel");
	assert_cve("CVE-2026-0009", "reboot 6.1.0-99");
	publish(2, "live", KERNEL_BUILD, 0);
	publish_index(2, NULL, NULL);
	fetch(NAME "-2");
	assert_cve("CVE-2026-0002", "open");
	apply(NULL, NULL);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
	g_assert_false(is_there("sys/module/lp_fcnt1"));
	assert_cve("CVE-2026-0002", "live " NAME "-2");
	apply(NAME "-1", "revision 1, but 2 was seen before");
	rollback(NAME "-1", NULL);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt1"));
	assert_cve("CVE-2026-0002", "open");
}

static void test_wrong_signer(void)
{
	publish(3, "vendor", KERNEL_BUILD, 0);
	publish_index(3, NULL, NULL);
	fetch(NAME "-2"); /* the third is passed over */
	g_autofree char *third = g_build_filename(source, NAME "-3", NULL);
	g_assert_true(ksig_directory_remove(third, NULL));
}

static void test_tampered_store(void)
{
	g_autofree char *path = g_build_filename(machine, "var/lib/ksig-live/patches", NAME "-2", "module.ko",
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
	g_autoptr(ksig_client) client = NULL;
	g_autofree char *id = NULL;
	g_autoptr(GError) error = NULL;

	publish_index(2, NULL, NULL);
	client = open_client();
	g_assert_false(ksig_client_fetch(client, source, &id, &error));
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
	/* Turned around in time: nothing of it is left but the word that it failed. */
	g_assert_false(is_there("sys/module/lp_fcnt4"));
	assert_status("\"probation\" : \"" NAME "-1\"", false);
	assert_status("did not get applied in 1 s and was reversed", false);
	erase("proc/77");
	erase("sys/kernel/livepatch");
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

static void test_probation(void)
{
	apply(NAME "-4", NULL);
	do_boot("boot-3"); /* no word of the boot before: it crashed */
	g_assert_false(is_there("sys/kernel/livepatch/lp_fcnt4"));
	assert_status("before it was confirmed", false);
	apply(NAME "-4", "in quarantine");
	apply(NAME "-2", "revision 2, but 4 was seen before");
	rollback(NAME "-2", NULL);
	do_stop();
	do_boot("boot-4");
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
	/* An orderly end of the machine is no end of the probation. */
	assert_status("\"probation\" : \"" NAME "-2\"", false);
	age_trial();
	assert_status("\"probation\" : null", false);
	do_boot("boot-5");
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
	assert_status("\"probation\" : null", false);
}

static void test_mirror(void)
{
	g_autofree char *folder = g_build_filename(fixture_folder(), "mirror", NULL);
	g_autofree char *index = g_build_filename(folder, "index.json", NULL);
	g_autofree char *module = g_build_filename(folder, NAME "-4", "module.ko", NULL);
	g_autoptr(ksig_client) client = open_client();
	g_autoptr(GError) error = NULL;
	g_autofree char *id = NULL;

	ksig_client_mirror(client, source, folder, &error);
	g_assert_no_error(error);
	g_assert_true(g_file_test(index, G_FILE_TEST_EXISTS) && g_file_test(module, G_FILE_TEST_EXISTS));
	g_autoptr(GBytes) bytes = ksig_bytes_read(index, KSIG_LIVE_LIMIT_SMALL_BYTES, &error);
	g_assert_no_error(error);
	g_autofree char *name = ksig_live_index_signature_name(bytes);
	g_autofree char *signature = g_build_filename(folder, name, NULL);
	g_assert_true(g_file_test(signature, G_FILE_TEST_EXISTS));
	g_assert_true(ksig_client_fetch(client, folder, &id, &error));
	g_assert_cmpstr(id, ==, NAME "-4");
}

/* rpm takes the old package's files away before the new one's scriptlet runs. */
static void test_package_upgraded(void)
{
	boot("boot-6");
	rollback(NULL, NULL);
	rollback(NAME "-1", NULL);
	erase("var/lib/ksig-live/patches/" NAME "-1");
	rollback(NAME "-2", NULL);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
	g_assert_false(is_there("sys/module/lp_fcnt1"));
	erase("var/lib/ksig-live/patches/" NAME "-2");
	do_stop();
	do_boot("boot-7");
	g_assert_false(is_there("sys/kernel/livepatch/lp_fcnt2"));
	assert_status("\"loaded\" : []", false);
}

static void test_history(void)
{
	g_autofree char *full = g_strnfill(4 << 20, '\n');
	g_autoptr(ksig_client) client = open_client();

	put("var/lib/ksig-live/history.jsonl", full, -1);
	g_assert_true(ksig_client_rollback(client, NULL, NULL));
	g_assert_true(is_there("var/lib/ksig-live/history.jsonl.1"));
	g_autofree char *last = get("var/lib/ksig-live/history.jsonl");
	g_assert_cmpuint(strlen(last), <, 1000);
	g_autofree char *text = ksig_client_history(client, NULL);
	g_assert_nonnull(strstr(text, last));
	g_assert_cmpuint(strlen(text), >, strlen(full));
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
	g_test_add_func("/client/package upgraded", test_package_upgraded);
	g_test_add_func("/client/history", test_history);
	const int status = g_test_run();
	machine_free();
	return status;
}
