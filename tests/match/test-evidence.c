/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a candidate's lines, where they stand, and how rare they are: one idea a test. */
#include "match/evidence.h"
#include "small.h"

#include <math.h>

/* Two functions that differ in name only. */
#define TWIN(name, extra)                                                                                    \
	"static int " name "(struct dev *dev, int len)\n{\n\tint ret;\n\n\tmutex_lock(&dev->lock);\n"        \
	"\tret = dev_wait(dev);\n\tif (ret)\n\t\tgoto out;\n" extra "\tret = dev_copy(dev, len);\nout:\n"    \
	"\tmutex_unlock(&dev->lock);\n\treturn ret;\n}\n\n"
#define LIMIT "\tif (len > dev->max)\n\t\tlen = dev->max;\n"

static const char plain[] = TWIN("alpha_read", "") TWIN("beta_read", "") TWIN("gamma_read", "");
static const char in_alpha[] = TWIN("alpha_read", LIMIT) TWIN("beta_read", "") TWIN("gamma_read", "");
static const char in_beta[] = TWIN("alpha_read", "") TWIN("beta_read", LIMIT) TWIN("gamma_read", "");

static const char limits_beta[] = "diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n"
				  "@@ -23,6 +23,8 @@ static int beta_read(struct dev *dev, int len)\n"
				  " \tret = dev_wait(dev);\n \tif (ret)\n \t\tgoto out;\n"
				  "+\tif (len > dev->max)\n+\t\tlen = dev->max;\n"
				  " \tret = dev_copy(dev, len);\n out:\n \tmutex_unlock(&dev->lock);\n";

static float mass(const ksig_evidence_set *set, uint32_t c, int added, enum ksig_line_fate fate)
{
	return set->candidates[c].mass[added][fate];
}

static ksig_evidence_set *collect(struct small *small)
{
	return ksig_match_evidence_collect(small->joined, small->target, &small->model->parameters);
}

static void test_function(void)
{
	static const struct {
		const char *vendor;
		bool hit;
	} rows[] = {{in_beta, true}, {in_alpha, false}};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct small_file old_files[] = {{"x.c", plain}, {NULL, NULL}};
		const struct small_file new_files[] = {{"x.c", rows[i].vendor}, {NULL, NULL}};
		struct small small;
		small_init(&small);
		small_candidate(&small, 1, 1000, "beta: limit the length", limits_beta);
		small_compare(&small, old_files, new_files);
		g_autoptr(ksig_evidence_set) set = collect(&small);
		g_assert_true((mass(set, 0, 1, KSIG_FATE_HIT) > 0) == rows[i].hit);
		g_assert_true((mass(set, 0, 1, KSIG_FATE_MISS) > 0) == !rows[i].hit);
		small_clear(&small);
	}
}

/*
 * A function gets another name and a parameter, and its old name becomes a function of its own behind it. A
 * hunk in it names the old function, and its lines stand in the new one. Those of a third function are
 * elsewhere.
 */
static const char renames_wait[] =
	"diff --git a/w.c b/w.c\n--- a/w.c\n+++ b/w.c\n@@ -1,3 +1,3 @@\n-int wait(int link)\n"
	"+int wait_for(int link, int delay)\n {\n \tasks(link);\n"
	"@@ -4,5 +4,10 @@ int wait(int link)\n \tlooks(link);\n-\tsleeps(100);\n+\tsleeps(delay);\n"
	" \treturn tells(link);\n }\n \n+int wait(int link)\n+{\n+\treturn wait_for(link, 100);\n+}\n+\n";

static void test_renamed_function(void)
{
	static const char before[] =
		"int wait(int link)\n{\n\tasks(link);\n\tlooks(link);\n\tsleeps(100);\n"
		"\treturn tells(link);\n}\n\nint other(int link)\n{\n\tworks(link);\n}\n";
	static const char after[] = "int wait_for(int link, int delay)\n{\n\tasks(link);\n\tlooks(link);\n"
				    "\tsleeps(delay);\n\treturn tells(link);\n}\n\n"
				    "int wait(int link)\n{\n\treturn wait_for(link, 100);\n}\n\n"
				    "int other(int link)\n{\n\tworks(link);\n}\n";
	static const char third[] =
		"int wait(int link, int how)\n{\n\tasks(link);\n\tlooks(link);\n\tsleeps(100);\n"
		"\treturn tells(link);\n}\n\nint other(int link)\n{\n\tworks(link);\n}\n"
		"int a_third(int link)\n{\n\tsleeps(delay);\n}\n";
	const struct small_file old_files[] = {{"w.c", before}, {NULL, NULL}};

	for (int is_third = 0; is_third < 2; is_third++) {
		const struct small_file new_files[] = {{"w.c", is_third ? third : after}, {NULL, NULL}};
		struct small small;
		small_init(&small);
		small_candidate(&small, 1, 1000, "wait: allow another delay", renames_wait);
		small_compare(&small, old_files, new_files);
		g_autoptr(ksig_evidence_set) set = collect(&small);
		const float missed = mass(set, 0, 1, KSIG_FATE_MISS);
		if (is_third)
			g_assert_cmpfloat(missed, >,
					  2); /* wait_for() is nowhere, and sleeps() is in another */
		else
			g_assert_cmpfloat(missed, ==, 0);
		g_assert_true((mass(set, 0, 1, KSIG_FATE_HIT) > 0) == !is_third);
		small_clear(&small);
	}
}

/* Each of the fates. */
static const char fates_diff[] =
	"diff --git a/f.c b/f.c\n--- a/f.c\n+++ b/f.c\n@@ -1,5 +1,6 @@\n first line\n"
	"-taken_away(1);\n-left_alone(2);\n-never_there(3);\n"
	"+put_there(4);\n+not_put(5);\n+there_before(6);\n last line\n";

static void test_fates(void)
{
	const struct small_file old_files[] = {
		{"f.c", "first line\ntaken_away(1);\nleft_alone(2);\nthere_before(6);\nlast line\n"},
		{NULL, NULL}};
	const struct small_file new_files[] = {
		{"f.c", "first line\nleft_alone(2);\nput_there(4);\nthere_before(6);\nlast line\n"},
		{NULL, NULL}};
	struct small small;

	small_init(&small);
	small_candidate(&small, 1, 1000, "f: change", fates_diff);
	small_compare(&small, old_files, new_files);
	g_autoptr(ksig_evidence_set) set = collect(&small);
	static const struct {
		int added;
		enum ksig_line_fate fate;
	} rows[] = {{0, KSIG_FATE_HIT}, {0, KSIG_FATE_STILL}, {0, KSIG_FATE_GONE},
		    {1, KSIG_FATE_HIT}, {1, KSIG_FATE_MISS},  {1, KSIG_FATE_SAME}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_cmpfloat(mass(set, 0, rows[i].added, rows[i].fate), >, 0.5F);
	small_clear(&small);
}

/* A line that the pool changes often weighs less than one that it changes once. */
static void test_rarity(void)
{
	static const char diff[] = "diff --git a/f.c b/f.c\n--- a/f.c\n+++ b/f.c\n@@ -1,2 +1,4 @@\n one\n"
				   "+common(x);\n+rare_%u(x);\n two\n";
	const struct small_file old_files[] = {{"f.c", "one\ntwo\n"}, {NULL, NULL}};
	const struct small_file new_files[] = {{"f.c", "one\ncommon(x);\nrare_0(x);\ntwo\n"}, {NULL, NULL}};
	struct small small;

	small_init(&small);
	for (unsigned i = 0; i < 64; i++) {
		g_autofree char *text = g_strdup_printf(diff, i);
		small_candidate(&small, i + 1, 1000, "f", text);
	}
	small_compare(&small, old_files, new_files);
	g_autoptr(ksig_evidence_set) set = collect(&small);
	const struct ksig_claim *claims = &g_array_index(set->claims, struct ksig_claim, 0);
	g_assert_cmpuint(claims[1].rarity, >, 200);
	/* 1 / (1 + slope * log2 (64 / 2 + a place)) */
	const float expected = 255 / (1 + small.model->parameters.rarity_slope * log2f(33));
	g_assert_cmpfloat(fabsf((float) claims[0].rarity - expected), <, 2);
	small_clear(&small);
}

/* The place of a line is the share of its neighbours that stand around it. */
static void test_place(void)
{
	static const char diff[] =
		"diff --git a/f.c b/f.c\n--- a/f.c\n+++ b/f.c\n@@ -1,4 +1,5 @@\n aa1\n aa2\n"
		"+new_line(1);\n aa3\n aa4\n";
	static const struct {
		const char *text;
		unsigned found; /* of 4 neighbours */
	} rows[] = {{"aa1\naa2\nnew_line(1);\naa3\naa4\n", 4},
		    {"aa1\naa2\nnew_line(1);\nzz3\nzz4\n", 2},
		    {"zz1\nzz2\nnew_line(1);\nzz3\naa4\n", 1},
		    {"aa3\naa4\nnew_line(1);\naa1\naa2\n", 0}};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct small_file old_files[] = {{"f.c", "zz\n"}, {NULL, NULL}};
		const struct small_file new_files[] = {{"f.c", rows[i].text}, {NULL, NULL}};
		struct small small;
		small_init(&small);
		small_candidate(&small, 1, 1000, "f", diff);
		small_compare(&small, old_files, new_files);
		g_autoptr(ksig_evidence_set) set = collect(&small);
		g_assert_cmpuint(g_array_index(set->claims, struct ksig_claim, 0).place, ==,
				 255 * rows[i].found / 4);
		small_clear(&small);
	}
}

/* The vendor has the lines in another file than upstream. */
static void test_moved(void)
{
	static const char diff[] =
		"diff --git a/old.c b/old.c\n--- a/old.c\n+++ b/old.c\n@@ -1,2 +1,5 @@\n one\n"
		"+moved_a(1);\n+moved_b(2);\n+moved_c(3);\n two\n";
	const struct small_file old_files[] = {{"old.c", "one\ntwo\n"}, {"new.c", "start\n"}, {NULL, NULL}};
	const struct small_file new_files[] = {{"old.c", "one\ntwo\n"},
					       {"new.c", "start\nmoved_a(1);\nmoved_b(2);\nmoved_c(3);\n"},
					       {NULL, NULL}};
	struct small small;

	small_init(&small);
	/* one of its files has to be changed or absent for it to be looked at: so another hunk is */
	g_autofree char *both = g_strconcat(diff,
					    "diff --git a/new.c b/new.c\n--- a/new.c\n+++ b/new.c\n"
					    "@@ -1,1 +1,2 @@\n start\n+elsewhere(9);\n",
					    NULL);
	small_candidate(&small, 1, 1000, "old: add", both);
	small_compare(&small, old_files, new_files);
	g_autoptr(ksig_evidence_set) set = collect(&small);
	g_assert_cmpfloat(set->candidates[0].moved, >, 2);
	g_assert_cmpfloat(ksig_match_evidence_hits(&set->candidates[0]), >, 2);
	small_clear(&small);
}

/* What is missing of the first is what the second took away: they are partners. */
static void test_partners(void)
{
	static const char adds[] = "diff --git a/f.c b/f.c\n--- a/f.c\n+++ b/f.c\n@@ -1,2 +1,3 @@\n one\n"
				   "+draft(1);\n two\n";
	static const char replaces[] = "diff --git a/f.c b/f.c\n--- a/f.c\n+++ b/f.c\n@@ -1,3 +1,3 @@\n one\n"
				       "-draft(1);\n+final(1);\n two\n";
	const struct small_file old_files[] = {{"f.c", "one\ntwo\n"}, {NULL, NULL}};
	const struct small_file new_files[] = {{"f.c", "one\nfinal(1);\ntwo\n"}, {NULL, NULL}};
	struct small small;

	small_init(&small);
	small_candidate(&small, 1, 1000, "f: draft", adds);
	small_candidate(&small, 2, 2000, "f: final", replaces);
	small_compare(&small, old_files, new_files);
	g_autoptr(ksig_evidence_set) set = collect(&small);
	const struct ksig_claim *first = &g_array_index(set->claims, struct ksig_claim, 0);
	g_assert_cmpuint(first->fate, ==, KSIG_FATE_MISS);
	g_assert_cmpuint(first->partner, ==, 1);
	small_clear(&small);
}

/* An upstream commit that does nothing but rename is in a vendor's tree that has the new names. */
static void test_rename(void)
{
	static const char diff[] = "diff --git a/net/a.c b/network/a.c\nsimilarity index 100%\n"
				   "rename from net/a.c\nrename to network/a.c\n";
	const struct small_file old_files[] = {{"net/a.c", plain}, {NULL, NULL}};
	const struct small_file new_files[] = {{"network/a.c", plain}, {NULL, NULL}};
	struct small small;

	small_init(&small);
	small_candidate(&small, 1, 1000, "net: call it network", diff);
	small_compare(&small, old_files, new_files);
	g_autoptr(ksig_evidence_set) set = collect(&small);
	g_assert_cmpuint(set->candidates[0].reached, ==, 1);
	g_assert_cmpuint(set->candidates[0].n_told, >, 0);
	small_clear(&small);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/match/evidence/fates", test_fates);
	g_test_add_func("/match/evidence/rarity", test_rarity);
	g_test_add_func("/match/evidence/place", test_place);
	g_test_add_func("/match/evidence/another-function", test_function);
	g_test_add_func("/match/evidence/renamed-function", test_renamed_function);
	g_test_add_func("/match/evidence/moved-code", test_moved);
	g_test_add_func("/match/evidence/partners", test_partners);
	g_test_add_func("/match/evidence/pure-rename", test_rename);
	return g_test_run();
}
