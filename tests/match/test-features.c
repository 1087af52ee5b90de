/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each feature from the evidence that makes it; and what is learnt of a vendor's habits. */
#include "small.h"

#include <math.h>

static const struct ksig_match_evidence evidence = {
	.mass = {{[KSIG_FATE_HIT] = 1.5F,
		  [KSIG_FATE_STILL] = 0.5F,
		  [KSIG_FATE_GONE] = 0.75F,
		  [KSIG_FATE_PAST] = 0.25F},
		 {[KSIG_FATE_HIT] = 3,
		  [KSIG_FATE_SAME] = 1.25F,
		  [KSIG_FATE_MISS] = 2,
		  [KSIG_FATE_PAST] = 0.125F}},
	.place = 0.8F,
	.moved = 0.9F,
	.absent = 1,
	.n_told = 12,
	.files = {[KSIG_PATH_CHANGED] = 3, [KSIG_PATH_UNCHANGED] = 1, [KSIG_PATH_ABSENT] = 2},
	.blobs_reached = 2,
	.reached = 3,
	.passed = 1,
	.hunks_hit = 3,
	.hunks = 4,
};

static const struct ksig_outlook outlook = {
	.own = 3.6F,
	.superseded = 0.3F,
	.still_superseded = 0.2F,
	.prerequisite = 0.4F,
	.prerequisite_missing = 0.6F,
	.prior = 1.1F,
	.series = -1.2F,
	.files = 1.3F,
	.era = -1.4F,
	.words = 1.5F,
	.explained = 0.25F,
	.around = 0.35F,
	.fixes = 0.7F,
	.followed = 0.9F,
};

/* 4.5 lines hit, 2 miss, 0.5 stand still. */
static const struct {
	enum ksig_feature feature;
	float value;
} expected[] = {
	{F_ONE, 1},
	{F_COVERAGE, 4.6F / 7.3F},
	{F_ODDS, 0.5705449F}, /* ln(4.6 / 2.6) */
	{F_HIT, 1.7047481F},  /* ln(1 + 4.5) */
	{F_HIT_ADDED, 1.4170660F},
	{F_HIT_REMOVED, 1.0116009F},
	{F_MISS, 1.0986123F},
	{F_STILL, 0.4054651F},
	{F_GONE, 0.5596158F},
	{F_SAME, 0.8109302F},
	{F_PLACE, 0.8F},
	{F_PLACE_HIT, 0.8F * 1.7047481F},
	{F_MOVED, 0.2F},
	{F_HUNKS_HIT, 0.75F},
	{F_HUNKS, 1.6094379F},
	{F_TOLD, 2.5649494F},
	{F_FILES_UNCHANGED, 0.25F},
	{F_FILES_ABSENT, 2.0F / 6},
	{F_BLOB_REACHED, 1},
	{F_BLOB_BEFORE, 0},
	{F_ABSENT, 1.0F / 8},
	{F_COVERAGE_ALL, 4.6F / 8.3F},
	{F_OWN, 0.8F},
	{F_OWN_HIT, 1.5260563F},
	{F_COVERAGE_LATER, 5.1F / 7.3F},
	{F_SUPERSEDED, 0.4054651F},
	{F_PREREQUISITE, 0.3364722F},
	{F_PREREQUISITE_MISSING, 0.4700036F},
	{F_PRIOR, 1.1F},
	{F_SERIES, -1.2F},
	{F_FILES, 1.3F},
	{F_FIXES_CARRIED, 0.7F},
	{F_FIXES_NOT_CARRIED, 0.3F},
	{F_FIXES_OLD, 0},
	{F_FOLLOWED, 0.9F},
	{F_NO_TRACE, 0},
	{F_TRACE_1, 1},
	{F_TRACE_3, 3},
	{F_ERA, -1.4F},
	{F_WORDS, 1.5F},
	{F_EXPLAINED, 0.25F},
	{F_REACHED, 0.5F},
	{F_PASSED, 1.0F / 6},
	{F_AROUND, 0.35F},
};

static void test_values(void)
{
	g_autoptr(ksig_model) model = ksig_match_model_load(NULL, NULL);
	float features[KSIG_FEATURES_LIMIT];

	G_STATIC_ASSERT(G_N_ELEMENTS(expected) == F_BASE);
	ksig_match_model_features(model, &evidence, &outlook, features);
	for (size_t i = 0; i < F_BASE; i++) {
		g_test_message("%s", ksig_match_model_feature_name(expected[i].feature));
		g_assert_cmpfloat(fabsf(features[expected[i].feature] - expected[i].value), <, 1e-4F);
	}
	for (guint i = F_BASE; i < model->features->len; i++) {
		g_auto(GStrv) factors = g_strsplit(model->features->pdata[i], ".", -1);
		float product = 1;
		for (char **factor = factors; *factor; factor++)
			for (int f = 0; f < F_BASE; f++)
				if (g_str_equal(*factor,
						ksig_match_model_feature_name((enum ksig_feature) f)))
					product *= features[f];
		g_assert_cmpfloat(fabsf(features[i] - product), <, 1e-4F);
	}
}

/* ---- habits -------------------------------------------------------------------------------------- */

enum { CANDIDATES = 400, TIME = 1500000000 };

/*
 * A candidate a file; the vendor took those of the first half of the history, which say "leak" and Cc:
 * stable, but for one, and none of the others, which say "tidy".
 */
static ksig_rounds *ask(struct small *small, GPtrArray *texts, unsigned *out_rounds, ksig_match_watch *watch)
{
	struct small_file *old_files = g_new0(struct small_file, CANDIDATES + 1);
	struct small_file *new_files = g_new0(struct small_file, CANDIDATES + 1);

	for (unsigned i = 0; i < CANDIDATES; i++) {
		char *path = g_strdup_printf("f%u.c", i);
		char *old = g_strdup_printf("a%u\nb%u\nc%u\n", i, i, i);
		const bool taken = i < CANDIDATES / 2;
		char *new = taken ? g_strdup_printf("a%u\nb%u\nnew_%u(x);\nother_%u(y);\nc%u\n", i, i, i, i,
						    i)
				  : g_strdup_printf("a%u\nb%u\nvendor%u\nc%u\n", i, i, i, i);
		g_autofree char *diff = g_strdup_printf(
			"diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n@@ -1,3 +1,5 @@\n"
			" a%u\n b%u\n+new_%u(x);\n+other_%u(y);\n c%u\n",
			path, path, path, path, i, i, i, i, i);
		struct ksig_candidate *candidate = small_candidate(
			small, i + 1, TIME + i, taken ? "net: fix a leak" : "net: tidy it up", diff);
		candidate->flags = taken ? KSIG_CANDIDATE_CC_STABLE : 0;
		old_files[i] = (struct small_file){path, old};
		new_files[i] = (struct small_file){path, new};
		g_ptr_array_add(texts, path);
		g_ptr_array_add(texts, old);
		g_ptr_array_add(texts, new);
	}
	small_compare(small, old_files, new_files);
	const struct ksig_match_question question = small_question(small);
	ksig_rounds *rounds = ksig_match_ask(&question, watch, out_rounds);
	g_free(old_files);
	g_free(new_files);
	return rounds;
}

static void count_rounds(const ksig_rounds *rounds, unsigned round, gpointer data)
{
	(void) rounds;
	*(unsigned *) data = round;
}

static void test_habits(void)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	struct small small;
	unsigned n_rounds = 0;

	small_init(&small);
	g_autoptr(ksig_rounds) rounds = ask(&small, texts, &n_rounds, count_rounds);
	const struct ksig_outlook *taken = &rounds->outlooks[100];
	const struct ksig_outlook *left = &rounds->outlooks[300];
	g_assert_cmpfloat(rounds->probability[100], >, 0.9F);
	g_assert_cmpfloat(rounds->probability[300], <, 0.1F);
	g_assert_cmpfloat(taken->era, >, 1);
	g_assert_cmpfloat(left->era, <, -1);
	g_assert_cmpfloat(taken->words, >, 1);
	g_assert_cmpfloat(left->words, <, -1);
	g_assert_cmpfloat(taken->prior, >, 1);
	g_assert_cmpfloat(left->prior, <, -1);
	g_assert_cmpfloat(taken->series, >, 1);
	g_assert_cmpfloat(left->series, <, -1);
	/* four rounds after the first: what one believes reaches its neighbours' neighbours */
	g_assert_cmpuint(n_rounds, ==, 4);
	small_clear(&small);
}

/* What a changelog that names all that was taken does not name, and what is not plain, is believed less. */
static void test_silence(void)
{
	uint8_t named[CANDIDATES] = {0};
	float odds[2];

	for (int with = 0; with < 2; with++) {
		g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
		struct small small;
		small_init(&small);
		g_autoptr(ksig_rounds) plain = ask(&small, texts, NULL, NULL);
		g_assert_nonnull(plain);
		memset(named, 1, CANDIDATES / 2);
		struct ksig_match_question question = small_question(&small);
		question.named = with ? named : NULL;
		g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
		struct ksig_explanation explanation;
		ksig_match_rounds_explain(rounds, 300, &explanation);
		odds[with] = explanation.changelog;
		if (with) {
			ksig_match_rounds_explain(rounds, 100, &explanation);
			g_assert_cmpfloat(explanation.changelog, >, 1);
		}
		small_clear(&small);
	}
	g_assert_cmpfloat(fabsf(odds[0]), <, 1e-6F);
	g_assert_cmpfloat(odds[1], <, -3);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/match/features/values", test_values);
	g_test_add_func("/match/features/habits", test_habits);
	g_test_add_func("/match/features/silence", test_silence);
	return g_test_run();
}
