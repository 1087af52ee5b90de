/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a machine must not lose or take: halts, good modules, time; and what it gives back when it is
 * withdrawn. */
#include "machine.h"
#include "client/client.h"

#include <string.h>

static int boots, revision;

static void begin(void)
{
	g_autofree char *id = g_strdup_printf("boot-%d", ++boots);

	configure(NULL);
	boot(id);
	erase("var/lib/ksig-live/state.json");
	erase("var/lib/ksig-live/patches");
	erase("var/lib/ksig-live/indexes");
}

/* The one index that is kept. */
static char *kept(void)
{
	g_autofree char *folder = g_build_filename(machine, "var/lib/ksig-live/indexes", NULL);
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *name = directory ? g_dir_read_name(directory) : NULL;

	g_assert_nonnull(name);
	return g_build_filename("var/lib/ksig-live/indexes", name, NULL);
}

static void halt_both(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	publish_index(++revision, NULL, (const char *[]){NAME "-1", NAME "-2", NULL});
	fetch(NULL);
	apply(NAME "-2", "halted by kmods");
}

static void test_index_cut(void)
{
	halt_both();
	g_autofree char *path = kept();
	g_autofree char *text = get(path);
	put(path, text, (gssize) strlen(text) / 2);
	apply(NAME "-2", "missing or damaged");
	apply(NULL, "none of the live patches");
}

static void test_index_gone(void)
{
	halt_both();
	g_autofree char *path = kept();
	erase(path);
	apply(NAME "-2", "missing or damaged");
}

static void test_index_older(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	g_autofree char *path = kept();
	g_autofree char *old = get(path);
	publish_index(++revision, NULL, (const char *[]){NAME "-1", NAME "-2", NULL});
	fetch(NULL);
	put(path, old, -1);
	apply(NAME "-2", "missing or damaged");
}

/* It is fetched again, and all is as the provider says. */
static void test_index_again(void)
{
	halt_both();
	g_autofree char *path = kept();
	erase(path);
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	apply(NAME "-2", NULL);
}

/* A folder with the genuine manifest and another module. */
static void test_module_stays(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	g_autofree char *folder = g_build_filename(source, NAME "-2", NULL);
	g_autofree char *module = g_build_filename(folder, "module.ko", NULL);
	g_autofree char *good = NULL, *id = NULL;
	g_autoptr(GError) error = NULL;
	gsize length = 0;
	g_assert_true(g_file_get_contents(module, &good, &length, NULL));
	g_assert_true(g_file_set_contents(module, "garbage", -1, NULL));
	g_autoptr(ksig_client) client = open_client();
	g_assert_false(ksig_client_fetch(client, folder, &id, &error));
	g_assert_nonnull(strstr(error->message, "not the one that manifest"));
	g_clear_pointer(&client, ksig_client_free);
	g_assert_true(g_file_set_contents(module, good, (gssize) length, NULL));
	apply(NAME "-2", NULL);
}

/* A clock that went back: what had expired by the time of the last good index stays so. */
static void test_clock(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	g_autofree char *state = get("var/lib/ksig-live/state.json");
	g_auto(GStrv) halves = g_regex_split_simple("\"clock index\" : [0-9]+", state, 0, 0);
	g_assert_cmpuint(g_strv_length(halves), ==, 2);
	g_autofree char *later = g_strjoinv("\"clock index\" : 4102444801", halves); /* 2100 */
	put("var/lib/ksig-live/state.json", later, -1);
	apply(NAME "-2", "expired");
}

/* ---- what is withdrawn --------------------------------------------------------------------------- */

static char *say(const char *sentence)
{
	g_autofree char *path = g_build_filename(trust, "policy", NULL);
	char *before = NULL;

	g_assert_true(g_file_get_contents(path, &before, NULL, NULL));
	g_autofree char *longer = g_strconcat(before, sentence, "\n", NULL);
	g_assert_true(g_file_set_contents_full(path, longer, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL));
	return before;
}

static void unsay(char *before)
{
	g_autofree char *path = g_build_filename(trust, "policy", NULL);

	g_assert_true(g_file_set_contents_full(path, before, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL));
	g_free(before);
}

static const struct word {
	const char *name, *word;
	bool revokes;
} words[] = {
	{"its id", NAME "-2", true},
	{"another id", NAME "-1", false},
	{"a longer id", NAME "-22", false},
	{"its name", NAME, true},
	{"a pattern", "kpatch-patch-*", true},
	{"a pattern of ids", "*-2", true},
	{"its package", NAME "-1-2", true},
	{"its package's file", NAME "-1-2.el8.x86_64", true},
	{"another package", NAME "-1-1", false},
	{"its package as dnf writes it", NAME "-0:1-2.el8.x86_64", true},
	{"its package with an epoch first", "0:" NAME "-1-2.el8.x86_64", true},
	{"its package's file name", NAME "-1-2.el8.x86_64.rpm", true},
	{"its id in large letters", "KPATCH-PATCH-6_1_0-54-2", true},
	{"a pattern of packages", NAME "-1-2*", true},
	{"a pattern of CVEs", "CVE-2026-*", true},
	{"one in small letters", "cve-202?-0002", true},
	{"a pattern of other CVEs", "CVE-2025-*", false},
};

static void test_word(gconstpointer data)
{
	const struct word *word = data;
	g_autofree char *sentence = g_strdup_printf("patch %s is revoked", word->word);

	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	char *before = say(sentence);
	apply(NAME "-2", word->revokes ? "the policy revokes this patch" : NULL);
	unsay(before);
}

static void apply_then_withdraw(const char *sentence, const char *halted, const char *says)
{
	g_autofree char *lines = g_strdup_printf("source=%s\napply=manual", source);

	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	apply(NAME "-2", NULL);
	publish_index(++revision, NULL, (const char *[]){halted, NULL});
	configure(lines);
	char *before = say(sentence);
	do_auto(says);
	unsay(before);
}

static void test_halted_is_rolled_back(void)
{
	apply_then_withdraw("withdrawn patches are rolled back", NAME "-2",
			    NAME "-2 rolled back: halted by kmods");
	g_assert_false(is_there("sys/kernel/livepatch/lp_fcnt2"));
}

static void test_revoked_is_rolled_back(void)
{
	apply_then_withdraw("withdrawn patches are rolled back\npatch " NAME "-2 is revoked", NULL,
			    NAME "-2 rolled back: the policy revokes it");
}

/* What the one before fixes stays fixed; and the next runs have nothing to say about it. */
static void test_the_one_before(void)
{
	begin();
	publish_index(++revision, NULL, (const char *[]){NAME "-2", NULL});
	fetch(NAME "-1");
	apply(NAME "-1", NULL);
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	apply(NAME "-2", NULL);
	publish_index(++revision, NULL, (const char *[]){NAME "-2", NULL});
	g_autofree char *lines = g_strdup_printf("source=%s\napply=automatic", source);
	configure(lines);
	char *before = say("withdrawn patches are rolled back");
	do_auto(NAME "-2 rolled back: halted by kmods; " NAME "-1 in its place; nothing newer is due");
	assert_status("\"applied\" : \"" NAME "-1\"", false);
	do_auto("nothing newer is due");
	unsay(before);
}

/* The owner took it out by hand: what is left is below what was seen, and no error. */
static void test_below_what_was_seen(void)
{
	g_autofree char *lines = g_strdup_printf("source=%s\napply=automatic", source);

	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	apply(NAME "-2", NULL);
	rollback(NULL, NULL);
	publish_index(++revision, NULL, (const char *[]){NAME "-2", NULL});
	configure(lines);
	do_auto("nothing newer is due");
}

static void test_stays_unless_said(void)
{
	apply_then_withdraw("# nothing", NAME "-2", "");
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (fixture_missing()) {
		g_print("1..0 # SKIP %s is missing\n", fixture_missing());
		return 0;
	}
	prepare();
	publish(1, "live", KERNEL_BUILD, 0);
	publish(2, "live", KERNEL_BUILD, 0);
	g_test_add_func("/closed/an index cut short", test_index_cut);
	g_test_add_func("/closed/an index that is gone", test_index_gone);
	g_test_add_func("/closed/an older index", test_index_older);
	g_test_add_func("/closed/an index fetched again", test_index_again);
	g_test_add_func("/closed/a module stays", test_module_stays);
	g_test_add_func("/closed/the clock", test_clock);
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autofree char *path = g_strdup_printf("/revoked/%s", words[i].name);
		g_test_add_data_func(path, &words[i], test_word);
	}
	g_test_add_func("/withdrawn/halted", test_halted_is_rolled_back);
	g_test_add_func("/withdrawn/revoked", test_revoked_is_rolled_back);
	g_test_add_func("/withdrawn/the one before", test_the_one_before);
	g_test_add_func("/withdrawn/below what was seen", test_below_what_was_seen);
	g_test_add_func("/withdrawn/stays unless said", test_stays_unless_said);
	const int status = g_test_run();
	machine_free();
	return status;
}
