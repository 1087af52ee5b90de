/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/client.h"
#include "live/index.h"
/* Which patch a machine takes of its own accord: the owner's live.conf, rings, halts; what the timer does. */
#include "machine.h"

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

/* ---- what is due, by live.conf and the index ------------------------------------------------------ */

static const struct due {
	const char *name, *lines, *release, *halt;
	const char *words; /* what the timer says */
	const char *held;  /* what status says of revision 2; NULL: nothing */
	const char *
		ring; /* how the index has a ring that is called otherwise then; NULL: as it is released to */
} dues[] = {
	{"nothing said", "", NULL, NULL, NAME "-2 applied", NULL},
	{"automatic", "apply=automatic", NULL, NULL, NAME "-2 applied", NULL},
	{"by hand", "apply=manual", NULL, NULL, NAME "-2 is due; live.conf says that it is applied by hand",
	 NULL},
	{"held back", "hold-back-days=3", NULL, NULL, "nothing newer is due", "held back until"},
	{"held back no day", "hold-back-days=0", NULL, NULL, NAME "-2 applied", NULL},
	{"past the cut-off", "cut-off=2020-01-01", NULL, NULL, "nothing newer is due",
	 "issued after the cut-off of 2020-01-01"},
	{"before the cut-off", "cut-off=2098-01-01", NULL, NULL, NAME "-2 applied", NULL},
	{"pinned to the older", "pin=" NAME "-1", NULL, NULL, NAME "-1 applied", "pinned to " NAME "-1"},
	{"pinned to what is not there", "pin=" NAME "-9", NULL, NULL, "nothing newer is due", "pinned to"},
	{"blocked by name", "block=" NAME "-2", NULL, NULL, NAME "-1 applied", "on the block list"},
	{"blocked by pattern", "block=other-*;kpatch-*", NULL, NULL, "nothing newer is due",
	 "on the block list"},
	{"a window that is not open now", "window=DAY 00:00-00:00", NULL, NULL, "no window is open now",
	 NULL},
	{"a window that is always open", "window=00:00-24:00", NULL, NULL, NAME "-2 applied", NULL},
	{"a test is asked for", "test-needed=yes", NULL, NULL, "nothing newer is due", "release gate"},
	{"released to nobody", "", NAME "-2=nobody", NULL, NAME "-1 applied", NULL},
	{"released to all", "", NAME "-2=all", NULL, NAME "-2 applied", NULL},
	{"released to a ring that is not there", "", NAME "-2=all", NULL, NAME "-1 applied", NULL,
	 "\"all\" : "},
	{"halted", "", NULL, NAME "-2", NAME "-1 applied", NULL},
};

/* LINES with DAY as one that is neither today nor tomorrow. */
static char *with_day(const char *lines)
{
	static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	GString *text = g_string_new(lines);

	g_string_replace(text, "DAY", names[(g_date_time_get_day_of_week(now) + 2) % 7], 0);
	return g_string_free(text, FALSE);
}

static void test_due(gconstpointer data)
{
	const struct due *due = data;

	begin();
	publish_index(++revision, (const char *[]){due->release, NULL}, (const char *[]){due->halt, NULL});
	if (due->ring)
		publish_otherwise(due->ring, "\"most\" : ");
	g_autofree char *due_lines = with_day(due->lines);
	g_autofree char *lines = g_strdup_printf("source=%s\n%s", source, due_lines);
	configure(lines);
	do_auto(due->words);
	if (due->held)
		assert_status(due->held, false);
}

/* Halted after it was fetched: the copy in the store is not applied either, and what is applied stays. */
static void test_halted_later(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	publish_index(++revision, NULL, (const char *[]){NAME "-2", NULL});
	fetch(NAME "-1");
	apply(NAME "-2", "halted by kmods");
	apply(NULL, NULL);
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt1"));
	assert_status("\"" NAME "-2\" : \"halted by kmods\"", false);
}

/* N machines report revision 2: BAD of them that it failed. */
static char *report(unsigned n, unsigned bad)
{
	char *folder = g_strdup_printf("%s/reports-%u-%u", fixture_folder(), n, bad);

	g_assert_true(ksig_directory_make(folder, NULL));
	for (unsigned i = 0; i < n; i++) {
		g_autofree char *path = g_strdup_printf("%s/%u.json", folder, i);
		const char *text = i < bad ? "{\"applied\": null, \"failed\": {\"" NAME "-2\": \"stalled\"}}"
					   : "{\"applied\": \"" NAME
					     "-2\", \"failed\": {}, \"quarantine\": {}}";
		g_assert_true(g_file_set_contents(path, text, -1, NULL));
	}
	return folder;
}

static bool halted_by(unsigned n, unsigned bad, gint64 limit)
{
	g_autofree char *reports = report(n, bad);
	const struct ksig_live_index_options options = {.name = "stable",
							.provider = "kmods",
							.expires = "2099-01-01",
							.revision = ++revision,
							.resumed = (const char *[]){NAME "-2", NULL},
							.reports = reports,
							.failure_limit_percent = limit,
							.untested = "I publish what was not tested",
							.key = "repo",
							.home = fixture_home()};
	g_auto(GStrv) halted = ksig_live_index_write(source, &options, NULL);

	g_assert_nonnull(halted);
	return g_strv_contains((const char *const *) halted, NAME "-2");
}

/* Promotion stops by itself when too many machines say that the patch failed; and stays stopped. */
static void test_reports(void)
{
	begin();
	g_assert_false(halted_by(100, 2, 2));
	g_assert_true(halted_by(1, 1, 2));
	g_assert_false(halted_by(10, 1, 10));
	g_assert_true(halted_by(100, 3, 2));
	const struct ksig_live_index_options options = {.name = "stable",
							.provider = "kmods",
							.expires = "2099-01-01",
							.revision = ++revision,
							.untested = "I publish what was not tested",
							.key = "repo",
							.home = fixture_home()};
	g_strfreev(ksig_live_index_write(source, &options, NULL));
	fetch(NAME "-1");
	apply(NAME "-2", "no such patch in the store");
	publish_index(++revision, NULL, NULL);
}

/* What is asked for by name goes ahead of rings and days, never ahead of a block. */
static void test_by_name(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	configure("hold-back-days=3\npin=" NAME "-9");
	apply(NULL, "is for this machine now");
	apply(NAME "-1", NULL);
	configure("block=" NAME "-2");
	apply(NAME "-2", "on the block list");
	rollback(NAME "-2", "on the block list");
}

static void test_never_back(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	g_autofree char *lines = g_strdup_printf("source=%s", source);
	configure(lines);
	do_auto(NAME "-2 applied");
	do_auto("nothing newer is due");
	/* It goes to fewer machines now: who has it keeps it. */
	publish_index(++revision, (const char *[]){NAME "-2=nobody", NULL}, NULL);
	do_auto("nothing newer is due");
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
}

static void test_sources(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	do_auto("a source expected");
	g_autofree char *lines = g_strdup_printf("source=/nowhere;%s", source);
	configure(lines);
	do_auto("/nowhere"); /* says what failed, and still: */
	g_assert_true(is_there("sys/kernel/livepatch/lp_fcnt2"));
}

static void test_other_series(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	apply(NAME "-1", NULL);
	/* Another series in the store, of the same kernel. */
	g_autofree char *text = get("var/lib/ksig-live/patches/" NAME "-2/manifest.json");
	g_autoptr(GRegex) regex = g_regex_new("kpatch-patch-6_1_0-54", 0, 0, NULL);
	g_autofree char *other = g_regex_replace_literal(regex, text, -1, 0, "kpatch-patch-other", 0, NULL);
	g_autoptr(GBytes) bytes = g_bytes_new(other, strlen(other));
	g_autoptr(GBytes) signature = fixture_sign("live", NULL, bytes);
	g_autofree char *module = g_strdup_printf("%s/" NAME "-2/module.ko", source);
	g_autofree char *content = NULL;
	gsize length = 0;
	g_assert_true(g_file_get_contents(module, &content, &length, NULL));
	put("var/lib/ksig-live/patches/kpatch-patch-other-2/manifest.json", other, -1);
	put("var/lib/ksig-live/patches/kpatch-patch-other-2/manifest.json.asc",
	    g_bytes_get_data(signature, NULL), (gssize) g_bytes_get_size(signature));
	put("var/lib/ksig-live/patches/kpatch-patch-other-2/module.ko", content, (gssize) length);
	apply("kpatch-patch-other-2", NAME " (module lp_fcnt1) is applied, and would be lost");
	rollback(NULL, NULL);
	apply("kpatch-patch-other-2", NULL);
}

static void test_stale_index(void)
{
	begin();
	publish_index(++revision, NULL, NULL);
	fetch(NAME "-2");
	assert_status("\"stale\" : false", false);
	g_autofree char *name = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "kmods", -1);
	g_autofree char *path = g_strdup_printf("var/lib/ksig-live/indexes/%s.json", name);
	g_autofree char *text = get(path);
	g_autoptr(GRegex) regex = g_regex_new("2099", 0, 0, NULL);
	g_autofree char *old = g_regex_replace_literal(regex, text, -1, 0, "2020", 0, NULL);
	put(path, old, -1);
	assert_status("\"stale\" : true", false);
}

/* ---- live.conf ------------------------------------------------------------------------------------ */

static const struct conf {
	const char *lines, *words;
} confs[] = {
	{"aply=manual", "aply: not known; apply?"},
	{"apply=sometimes", "apply: automatic or manual expected"},
	{"hold-back-days=-1", "hold-back-days: a number up to 3650 expected"},
	{"hold-back-days=99999", "hold-back-days: a number up to 3650 expected"},
	{"cut-off=tomorrow", "cut-off: a date such as"},
	{"window=Sat", "window: Sat: such as Sat,Sun 02:00-05:00 expected"},
	{"window=Foo 02:00-03:00", "such as Sat,Sun"},
	{"window=02:00-25:00", "such as Sat,Sun"},
	{"window=02:60-03:00", "such as Sat,Sun"},
	{"window=Mon Tue 02:00-03:00", "such as Sat,Sun"},
	{"test-needed=maybe", "test-needed: no or yes expected"},
	{"deadline-seconds=x", "deadline-seconds: a number"},
	{"[other]\nx=y", "[other]: [live] expected"},
	{"no equals sign", "live.conf: "},
};

static void test_conf(gconstpointer data)
{
	const struct conf *conf = data;
	const struct ksig_client_options options = {.root = machine, .trust = trust};
	g_autoptr(GError) error = NULL;

	configure(conf->lines);
	g_assert_null(ksig_client_open(&options, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	if (!strstr(error->message, conf->words))
		g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, conf->words));
	configure(NULL);
}

/* A root that was mistyped is refused, and not made. */
static void test_no_root(void)
{
	g_autofree char *root = g_strconcat(machine, "-mistyped", NULL);
	const struct ksig_client_options options = {.root = root, .trust = trust};
	g_autoptr(GError) error = NULL;

	g_assert_null(ksig_client_open(&options, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_USAGE);
	g_assert_false(g_file_test(root, G_FILE_TEST_EXISTS));
}

/* ---- rings ---------------------------------------------------------------------------------------- */

enum { MACHINES = 10000 };

static unsigned place_of(int i)
{
	g_autofree char *seed = g_strdup_printf("machine %d", i);
	g_autofree char *id = g_compute_checksum_for_string(G_CHECKSUM_MD5, seed, -1);

	return ksig_live_ring_place(id);
}

/* Each per cent is as good as another: the shares of any set of rings are met within 2 % of all machines. */
static void test_shares(void)
{
	unsigned below[101] = {0};

	for (int i = 0; i < MACHINES; i++) {
		const unsigned place = place_of(i);
		g_assert_cmpuint(place, <, 10000);
		g_assert_cmpuint(place, ==, place_of(i));
		for (unsigned percent = place / 100 + 1; percent <= 100; percent++)
			below[percent]++;
	}
	for (int percent = 0; percent <= 100; percent++)
		g_assert_cmpint(ABS((int) below[percent] - percent * MACHINES / 100), <=, MACHINES * 2 / 100);
}

/* The machine MACHINE_ID asks an index with RINGS whether it takes what is released to RING. */
static bool reaches(unsigned place, const char *const *rings, const char *ring)
{
	for (; *rings; rings++) {
		g_auto(GStrv) halves = g_strsplit(*rings, "=", 2);
		if (g_str_equal(halves[0], ring))
			return place < 100 * (unsigned) atoi(halves[1]);
	}
	return false;
}

/* A ring more: no machine that was in a ring is out of it, and none moves behind another. */
static void test_ring_added(void)
{
	static const char *const before[] = {"canary=1", "early=10", "half=50", "all=100", NULL};
	static const char *const after[] = {"canary=1", "beta=5",  "early=10", "half=50",
					    "most=80",  "all=100", NULL};
	static const char *const names[] = {"canary", "early", "half", "all"};

	for (int i = 0; i < MACHINES; i++) {
		const unsigned place = place_of(i);
		for (size_t j = 0; j < G_N_ELEMENTS(names); j++)
			g_assert_true(reaches(place, before, names[j]) == reaches(place, after, names[j]));
	}
}

/* What is released to a ring, through the client: the machine is in it exactly if its place is. */
static void test_rings_by_client(void)
{
	static const char *const machines[] = {
		"00000000000000000000000000000001", "0000000000000000000000000000000b",
		"0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff"};
	g_autoptr(GError) error = NULL;

	for (unsigned percent = 0; percent <= 100; percent += 20) {
		g_autofree char *ring = g_strdup_printf("some=%u", percent);
		const char *const rings[] = {ring, NULL}, *const releases[] = {NAME "-2=some", NULL};
		const struct ksig_live_index_options options = {.name = "stable",
								.provider = "kmods",
								.expires = "2099-01-01",
								.untested = "I publish what was not tested",
								.revision = ++revision,
								.rings = rings,
								.releases = releases,
								.resumed = (const char *[]){NAME "-2", NULL},
								.key = "repo",
								.home = fixture_home()};
		g_strfreev(ksig_live_index_write(source, &options, &error));
		g_assert_no_error(error);
		for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
			put("etc/machine-id", machines[i], -1);
			const bool in = ksig_live_ring_place(machines[i]) < percent * 100;
			fetch(in ? NAME "-2" : NAME "-1");
		}
	}
	put("etc/machine-id", "0123456789abcdef0123456789abcdef", -1);
}

static char *in_source(const char *name)
{
	return g_build_filename(source, name, NULL);
}

static GBytes *take_file(const char *name)
{
	g_autofree char *path = in_source(name);
	GBytes *bytes = ksig_bytes_read(path, 1 << 20, NULL);

	g_assert_nonnull(bytes);
	return bytes;
}

static void put_file(const char *name, GBytes *bytes)
{
	g_autofree char *path = in_source(name);

	g_assert_true(ksig_file_write(path, g_bytes_get_data(bytes, NULL), (gssize) g_bytes_get_size(bytes),
				      0644, NULL));
}

static void publish_again(void)
{
	const struct ksig_live_index_options options = {.name = "stable",
							.provider = "kmods",
							.expires = "2099-01-01",
							.revision = ++revision,
							.untested = "I publish what was not tested",
							.key = "repo",
							.home = fixture_home()};
	g_auto(GStrv) halted = ksig_live_index_write(source, &options, NULL);

	g_assert_nonnull(halted);
}

/* A reader, or a copy, between two publications: each index has its signature, whichever is there. */
static void test_two_publications(void)
{
	begin();
	publish_again();
	g_autoptr(GBytes) index = take_file("index.json"), signature = take_file("index.json.asc");
	publish_again();
	g_autoptr(GBytes) next = take_file("index.json"), next_signature = take_file("index.json.asc");
	g_assert_false(g_bytes_equal(index, next));
	put_file("index.json", index);
	fetch(NAME "-2");
	put_file("index.json", next);
	put_file("index.json.asc", signature);
	fetch(NAME "-2");
	put_file("index.json.asc", next_signature);
}

/* The signatures of this index and of the one before are there, and what killed runs left is not. */
static void test_nothing_left(void)
{
	g_autoptr(GBytes) litter = g_bytes_new_static("x", 1);
	g_autofree char *name = ksig_live_index_signature_name(litter);
	g_autofree char *unused = in_source(name), *unfinished = in_source("index.json.new");
	unsigned left = 0;

	put_file(name, litter);
	publish_again();
	put_file("index.json.new", litter);
	publish_again();
	g_assert_false(g_file_test(unused, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(unfinished, G_FILE_TEST_EXISTS));
	g_autoptr(GPtrArray) signatures = ksig_directory_find(source, ".asc");
	for (guint i = 0; i < signatures->len; i++) {
		g_autofree char *base = g_path_get_basename(signatures->pdata[i]);
		left += g_str_has_prefix(base, "index.");
	}
	g_assert_cmpuint(left, ==, 3);
}

static void add_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(dues); i++) {
		g_autofree char *path = g_strconcat("/choice/due/", dues[i].name, NULL);
		g_test_add_data_func(path, &dues[i], test_due);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(confs); i++) {
		g_autofree char *path = g_strdup_printf("/choice/conf/%zu %s", i, confs[i].words);
		g_strdelimit(path + strlen("/choice/conf/"), "/", '-');
		g_test_add_data_func(path, &confs[i], test_conf);
	}
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
	add_rows();
	g_test_add_func("/choice/halted later", test_halted_later);
	g_test_add_func("/choice/reports", test_reports);
	g_test_add_func("/choice/by name", test_by_name);
	g_test_add_func("/choice/never back", test_never_back);
	g_test_add_func("/choice/sources", test_sources);
	g_test_add_func("/choice/another series", test_other_series);
	g_test_add_func("/choice/two publications", test_two_publications);
	g_test_add_func("/choice/nothing left", test_nothing_left);
	g_test_add_func("/choice/stale index", test_stale_index);
	g_test_add_func("/choice/no root", test_no_root);
	g_test_add_func("/rings/shares", test_shares);
	g_test_add_func("/rings/one more", test_ring_added);
	g_test_add_func("/rings/by the client", test_rings_by_client);
	const int status = g_test_run();
	machine_free();
	return status;
}
