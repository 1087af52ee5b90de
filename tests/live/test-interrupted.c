/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/client.h"
/* What is on disk and what is in the kernel agree, whatever went wrong on the way. Each row begins anew. */
#include "machine.h"

#include <string.h>

static int boots;

/* A freshly booted machine with revisions 1 (confirmed, applied) and 2 (in the store) and nothing on record.
 */
static void begin(void)
{
	g_autofree char *id = g_strdup_printf("boot-%d", ++boots);
	g_autofree char *next = g_strdup_printf("boot-%d", ++boots);

	configure(NULL);
	boot(id);
	erase("var/lib/ksig-live/state.json");
	erase("var/lib/ksig-live/patches");
	erase("var/lib/ksig-live/indexes");
	fetch(NAME "-2");
	apply(NAME "-1", NULL);
	age_trial();
	assert_status("\"probation\" : null", false); /* a look at it confirms it */
	do_boot(next);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt1"));
}

static void next_boot(void)
{
	g_autofree char *id = g_strdup_printf("boot-%d", ++boots);

	do_boot(id);
}

/* The bug that there was: a transition that neither ends nor turns around was forgotten. */
static void test_reversal_fails(void)
{
	begin();
	stall = stubborn = true;
	apply(NAME "-2", "NOT reversed");
	assert_status("\"loading\" : true", false);
	assert_status("\"probation\" : \"" NAME "-2\"", false);
	assert_status("\"" NAME "-2\" : \"its transition did not end and could not be reversed\"", false);
	assert_status("\"wanted\" : \"" NAME "-1\"", false);
	/* Nothing else is begun meanwhile; each run tries to get it out of the way. */
	apply(NAME "-1", "NOT reversed");
	rollback(NULL, "NOT reversed");
	assert_status("\"loading\" : true", false);
}

static void test_reversal_fails_then_boot(void)
{
	test_reversal_fails();
	next_boot();
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt1"));
	g_assert_false(is_there("sys/module/lp_fcnt2"));
	assert_status("\"loading\" : false", false);
	apply(NAME "-2", "in quarantine");
}

static void test_reversal_late(void)
{
	test_reversal_fails();
	/* The task that was in the way goes on at last. */
	stubborn = stall = false;
	erase("sys/kernel/livepatch/lp_fcnt2");
	apply(NAME "-2", "in quarantine");
	g_assert_false(is_there("sys/module/lp_fcnt2"));
	assert_status("\"loading\" : false", false);
	assert_status("\"probation\" : null", false);
	g_autoptr(ksig_client) client = open_client();
	g_assert_true(ksig_client_release(client, NAME "-2", NULL));
	g_assert_false(ksig_client_release(client, NAME "-2", NULL));
	g_assert_true(ksig_client_apply(client, NAME "-2", NULL));
}

/* The reversal was refused, and then the transition went forward: it is applied, and still not trusted. */
static void test_forward_after_all(void)
{
	test_reversal_fails();
	stubborn = stall = false;
	erase("sys/kernel/livepatch/lp_fcnt1");
	put("sys/kernel/livepatch/lp_fcnt2/enabled", "1", -1);
	put("sys/kernel/livepatch/lp_fcnt2/transition", "0", -1);
	rollback(NAME "-1", NULL);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt1"));
	g_assert_false(is_there("sys/kernel/livepatch/lp_fcnt2"));
	assert_status("\"wanted\" : \"" NAME "-1\"", false);
}

static void test_killed_before_load(void)
{
	begin();
	apply_and_die(NAME "-2", 1);
	assert_status("\"loading\" : true", false);
	apply(NAME "-2", NULL);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
	assert_status("\"probation\" : \"" NAME "-2\"", false);
}

static void test_killed_after_load(void)
{
	begin();
	apply_and_die(NAME "-2", 2);
	assert_status("\"wanted\" : \"" NAME "-1\"", false);
	apply(NAME "-2", NULL);
	assert_status("\"wanted\" : \"" NAME "-2\"", false);
	assert_status("\"probation\" : \"" NAME "-2\"", false);
	next_boot(); /* without a word */
	assert_status("before it was confirmed", false);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt1"));
}

static void test_killed_in_transition(void)
{
	begin();
	stall = true;
	apply_and_die(NAME "-2", 2);
	assert_status("\"transition\" : true", false);
	stall = false;
	apply(NAME "-2", NULL); /* the one left over is turned around first */
	assert_status("\"wanted\" : \"" NAME "-2\"", false);
}

static void test_killed_then_down(void)
{
	begin();
	apply_and_die(NAME "-2", 2);
	next_boot();
	assert_status("went down while it was being loaded", false);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt1"));
}

/* What was confirmed long ago brings a boot down: the next boot does not try it again. */
static void test_confirmed_kills_boot(void)
{
	begin();
	g_autofree char *id = g_strdup_printf("boot-%d", ++boots);
	boot(id);
	apply_and_die(NAME "-1", 2);
	next_boot();
	assert_status("\"" NAME "-1\" : \"the machine went down while it was being loaded\"", false);
	g_assert_false(is_there("sys/kernel/livepatch/lp_fcnt1"));
}

static void test_refused_keeps_probation(void)
{
	begin();
	apply(NAME "-2", NULL);
	publish(3, "live", KERNEL_BUILD, 0);
	publish_index(3, NULL, NULL);
	fetch(NAME "-3");
	load_errno = 22;
	apply(NAME "-3", "is not in this kernel");
	assert_status("\"probation\" : \"" NAME "-2\"", false);
	assert_status("\"failed\" : {\n    \"" NAME "-3\"", false);
	load_errno = 0;
	apply(NAME "-3", NULL);
	assert_not_in_status("is not in this kernel");
}

static void test_oops(void)
{
	begin();
	apply(NAME "-2", NULL);
	put("proc/sys/kernel/tainted", "36992", -1); /* 36864 and TAINT_DIE */
	assert_status("the kernel had an oops while it was on probation", false);
	next_boot();
	g_assert_false(is_there("sys/kernel/livepatch/lp_fcnt2"));
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt1"));
}

static void test_old_oops(void)
{
	begin();
	put("proc/sys/kernel/tainted", "36992", -1);
	apply(NAME "-2", NULL); /* the oops was there before */
	assert_not_in_status("had an oops");
}

static void test_disable_stalls(void)
{
	begin();
	stubborn = true;
	rollback(NULL, "could NOT be put back");
	assert_status("\"wanted\" : \"" NAME "-1\"", false);
	assert_status("\"transition\" : true", false);
}

static void test_forced(void)
{
	begin();
	put("sys/kernel/livepatch/lp_fcnt1/transition", "1", -1);
	g_autoptr(GError) error = NULL;
	{
		g_autoptr(ksig_client) client = open_client();
		g_assert_false(ksig_client_force(client, "please", &error));
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_USAGE);
		g_clear_error(&error);
		g_assert_false(ksig_client_force(client, "I will reboot this machine", &error));
		g_assert_nonnull(strstr(error->message, "does not permit"));
	}
	put("var/lib/ksig-live/state.json", "{\"forced_boot\": \"x\"}", -1);
	boot("x");
	assert_status("\"forced\" : true", false);
	apply(NAME "-1", "reboot it before the next live patch");
}

static void test_damaged_state(void)
{
	begin();
	put("var/lib/ksig-live/state.json", "[]", -1);
	const struct ksig_client_options options = {.root = machine, .trust = trust};
	g_autoptr(GError) error = NULL;
	g_assert_null(ksig_client_open(&options, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (fixture_missing()) {
		g_print("1..0 # SKIP %s is not installed\n", fixture_missing());
		return 0;
	}
	prepare();
	publish(1, "live", KERNEL_BUILD, 0);
	publish(2, "live", KERNEL_BUILD, 0);
	publish_index(1, NULL, NULL);
	g_test_add_func("/interrupted/reversal fails", test_reversal_fails);
	g_test_add_func("/interrupted/reversal fails, then a boot", test_reversal_fails_then_boot);
	g_test_add_func("/interrupted/reversal comes late", test_reversal_late);
	g_test_add_func("/interrupted/goes forward after all", test_forward_after_all);
	g_test_add_func("/interrupted/killed before loading", test_killed_before_load);
	g_test_add_func("/interrupted/killed after loading", test_killed_after_load);
	g_test_add_func("/interrupted/killed in the transition", test_killed_in_transition);
	g_test_add_func("/interrupted/killed, then the machine went down", test_killed_then_down);
	g_test_add_func("/interrupted/a confirmed patch brings a boot down", test_confirmed_kills_boot);
	g_test_add_func("/interrupted/an oops on probation", test_oops);
	g_test_add_func("/interrupted/an oops before", test_old_oops);
	g_test_add_func("/interrupted/taking out stalls", test_disable_stalls);
	g_test_add_func("/interrupted/forced", test_forced);
	g_test_add_func("/interrupted/damaged state", test_damaged_state);
	g_test_add_func("/interrupted/a refusal keeps the probation before", test_refused_keeps_probation);
	const int status = g_test_run();
	machine_free();
	return status;
}
