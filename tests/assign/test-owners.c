/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who owns a line that several claim, and who is believed though he owns none. */
#include "assign/assign.h"
#include "../match/small.h"

enum { TIME = 1500000000 };

static const float BELIEVED = 0.9F;

static ksig_assignment *assign(struct small *small, ksig_rounds *rounds)
{
	g_autoptr(ksig_import_set) imports = ksig_match_imports_find(rounds, 1);
	const struct ksig_claimants claimants = {.imports = imports};
	ksig_assignment *assignment = ksig_assign_make(rounds, &claimants, small->model->parameters.threshold,
						       NULL);

	g_assert_nonnull(assignment);
	return assignment;
}

/* ---- lines that two claim with equal right ------------------------------------------------------- */

#define ABOVE "\tprobe_first(device, 1001);\n\tprobe_second(device, 1002);\n\tprobe_third(device, 1003);\n"
#define BELOW "\tprobe_fourth(device, 1004);\n\tprobe_fifth(device, 1005);\n\tprobe_sixth(device, 1006);\n"
#define OLD "\tdisable_clock(device, 4711);\n"
#define NEW "\tkeep_clock_running(device, 4712);\n"
#define DIFF                                                                                                 \
	"diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1,7 +1,7 @@\n \tprobe_first(device, 1001);\n"     \
	" \tprobe_second(device, 1002);\n \tprobe_third(device, 1003);\n-" OLD "+" NEW                       \
	" \tprobe_fourth(device, 1004);\n \tprobe_fifth(device, 1005);\n \tprobe_sixth(device, 1006);\n"
#define ELSEWHERE(number)                                                                                    \
	"diff --git a/" number ".c b/" number ".c\n--- a/" number ".c\n+++ b/" number                        \
	".c\n@@ -1,1 +1,2 @@\n \tfile_" number "(device, 77" number ");\n+\tcount_" number                   \
	"(device, 66" number ");\n"

static const struct small_file before[] = {
	{"a.c", ABOVE OLD BELOW},
	{"1.c", "\tfile_1(device, 771);\n"},
	{"2.c", "\tfile_2(device, 772);\n"},
	{NULL, NULL},
};
static const struct small_file after[] = {
	{"a.c", ABOVE NEW BELOW},
	{"1.c", "\tfile_1(device, 771);\n\tcount_1(device, 661);\n"},
	{"2.c", "\tfile_2(device, 772);\n\tcount_2(device, 662);\n"},
	{NULL, NULL},
};

/* The commit whose probability is FIRST took the line away before the one with SECOND. */
static const struct {
	const char *name;
	float first, second;
	uint32_t owner[2]; /* of the removed line, and of the added one */
} rivals[] = {
	{"equals", 0.9F, 0.9F, {0, 1}},
	{"the earlier is likelier", 0.95F, 0.9F, {0, 0}},
	{"the later is likelier", 0.9F, 0.95F, {1, 1}},
};

static void test_rivals(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);
	struct small small;

	small_init(&small);
	small_candidate(&small, 1, TIME, "a: keep the clock", DIFF ELSEWHERE("1"));
	small_candidate(&small, 2, TIME + 1, "a: keep the clock, again", DIFF ELSEWHERE("2"));
	small_compare(&small, before, after);
	struct ksig_match_question question = small_question(&small);
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
	rounds->probability[0] = rivals[i].first;
	rounds->probability[1] = rivals[i].second;
	g_autoptr(ksig_assignment) assignment = assign(&small, rounds);
	g_assert_cmpuint(assignment->parts->len, ==, 2);
	const uint32_t file = rounds->set->paths[0].file;
	g_assert_cmpuint(ksig_assign_owner(assignment, 0, file, 3), ==, rivals[i].owner[0]);
	g_assert_cmpuint(ksig_assign_owner(assignment, 1, file, 3), ==, rivals[i].owner[1]);
	small_clear(&small);
}

/* ---- lines that tell nothing ----------------------------------------------------------------------- */

#define OPEN_FIRST "\tvendor_begins(device, 2001);\n\tvendor_goes_on(device, 2002);\n"
#define OPEN_LAST "\tvendor_ends(device, 2003);\n\tvendor_is_gone(device, 2004);\n"

/* Of a new file a commit has written one line, NEW; whose is the brace? Part 1 is the vendor's. */
static const struct {
	const char *name;
	const char *lines;
	uint32_t brace;
	uint32_t owner;
} braces[] = {
	{"next to the commit's line", OPEN_FIRST NEW "\t}\n" OPEN_LAST, 3, 0},
	{"below the vendor's line", OPEN_FIRST "\t}\n" OPEN_LAST NEW, 2, 1},
	{"between both", OPEN_FIRST "\t}\n" NEW OPEN_LAST, 2, 1},
	{"nearer to the commit's", OPEN_FIRST "\n\t{\n" NEW OPEN_LAST, 3, 0},
	{"at the beginning", "\t{\n" NEW OPEN_FIRST OPEN_LAST, 0, 0},
	{"at the end", NEW OPEN_FIRST OPEN_LAST "\t}\n", 5, 1},
	{"far from all", NEW OPEN_FIRST OPEN_LAST "\t}\n\t}\n\t}\n\t}\n", 8, 1},
};

/* Nobody knows what stands on the other lines of the commit's file: it added one line to it. */
#define ONE_LINE                                                                                             \
	"diff --git a/new.c b/new.c\n--- a/new.c\n+++ b/new.c\n@@ -1,2 +1,3 @@\n \tone(device, "             \
	"3001);\n+" NEW " \ttwo(device, 3002);\n"

static void test_brace(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);
	const struct small_file with_new[] = {
		{"a.c", ABOVE OLD BELOW}, {"new.c", braces[i].lines}, {NULL, NULL}};
	const struct small_file without[] = {{"a.c", ABOVE OLD BELOW}, {NULL, NULL}};
	struct small small;

	small_init(&small);
	small_candidate(&small, 1, TIME, "new: keep the clock", ONE_LINE);
	small_compare(&small, without, with_new);
	struct ksig_match_question question = small_question(&small);
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
	rounds->probability[0] = BELIEVED;
	g_autoptr(ksig_assignment) assignment = assign(&small, rounds);
	g_assert_cmpuint(assignment->parts->len, ==, 2);
	const uint32_t file = rounds->set->paths[0].file;
	g_assert_cmpuint(ksig_assign_owner(assignment, 1, file, braces[i].brace), ==, braces[i].owner);
	small_clear(&small);
}

/* ---- patches that own nothing -------------------------------------------------------------------- */

#define ADDED "\tread_back(device, 4713);\n"
/* The upstream commit's lines, and one more that is not there. */
#define LIKE_IT                                                                                              \
	"diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1,7 +1,8 @@\n \tprobe_first(device, 1001);\n"     \
	" \tprobe_second(device, 1002);\n \tprobe_third(device, 1003);\n-" OLD "+" NEW "+" ADDED             \
	" \tprobe_fourth(device, 1004);\n \tprobe_fifth(device, 1005);\n \tprobe_sixth(device, 1006);\n"

/* Candidates: the commit, the patch like it, and two of the same series that are there or are not. */
static const struct {
	const char *name;
	bool commit; /* the patch like it is a commit as well */
	float others;
	const char *contained; /* as what the patch is said to be in the kernel; NULL: it is not */
} doubts[] = {
	{"of a series that is carried", false, 0.9F, "series"},
	{"of a series that is not carried", false, 0, NULL},
	{"of a history", true, 0, "superseded"},
};

static void write_candidates(struct small *small, bool commit)
{
	small_candidate(small, 1, TIME, "a: keep the clock", DIFF);
	if (commit)
		small_candidate(small, 2, TIME + 1, "a: keep the clock, and read", LIKE_IT);
	else
		small_patch(small, 2, "a: keep the clock, and read", LIKE_IT);
	small_patch(small, 3, "1: count", ELSEWHERE("1"));
	small_patch(small, 4, "2: count", ELSEWHERE("2"));
}

static void test_doubt(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);
	struct small small;

	small_init(&small);
	write_candidates(&small, doubts[i].commit);
	small_compare(&small, before, after);
	struct ksig_match_question question = small_question(&small);
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
	rounds->probability[0] = 0.95F;
	rounds->probability[1] = BELIEVED;
	rounds->probability[2] = rounds->probability[3] = doubts[i].others;
	/* what it lacks was rewritten: that would account for it, if it were believed */
	rounds->outlooks[1].superseded = 100;
	rounds->outlooks[1].replayed = false;
	g_autoptr(ksig_assignment) assignment = assign(&small, rounds);
	if (doubts[i].contained) {
		g_assert_cmpfloat(rounds->probability[1], >=, BELIEVED);
		g_assert_cmpuint(assignment->contained->len, ==, 1);
		const struct ksig_contained_part *part = &g_array_index(assignment->contained,
									struct ksig_contained_part, 0);
		g_assert_cmpuint(part->candidate, ==, 1);
		g_assert_cmpstr(part->kind, ==, doubts[i].contained);
	} else {
		g_assert_cmpfloat(rounds->probability[1], <=, 0);
		g_assert_cmpuint(assignment->contained->len, ==, 0);
	}
	small_clear(&small);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rivals); i++) {
		g_autofree char *name = g_strdup_printf("/owners/rivals/%s", rivals[i].name);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_rivals);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(braces); i++) {
		g_autofree char *name = g_strdup_printf("/owners/brace/%s", braces[i].name);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_brace);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(doubts); i++) {
		g_autofree char *name = g_strdup_printf("/owners/doubt/%s", doubts[i].name);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_doubt);
	}
	return g_test_run();
}
