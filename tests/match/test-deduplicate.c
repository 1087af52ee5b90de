/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of several versions of one patch the one that fits is a candidate, and the others say nothing any more. */
#include "match/deduplicate-internal.h"
#include "small.h"

enum { CANDIDATES = 3, TIME = 1500000000 };

struct sample {
	struct small small;
	struct ksig_match_evidence evidence[CANDIDATES];
	ksig_evidence_set set;
};

/* Candidates 0 and 1 are versions of a patch, and the second fits; candidate 2 is a patch of its own. */
static void sample_init(struct sample *sample)
{
	static const struct small_file files[] = {{"a.c", "a\n"}, {NULL, NULL}};
	static const uint32_t groups[CANDIDATES] = {1, 1, 0};

	*sample = (struct sample){
		.evidence = {{.n_told = 5, .place = 1}, {.n_told = 5, .place = 1}, {.n_told = 2}}};
	small_init(&sample->small);
	for (unsigned c = 0; c < CANDIDATES; c++)
		small_candidate(&sample->small, c + 1, TIME, "a: change", "");
	small_compare(&sample->small, files, files);
	sample->small.joined->version_groups = g_memdup2(groups, sizeof groups);
	sample->evidence[0].mass[1][KSIG_FATE_HIT] = 2;
	sample->evidence[0].mass[1][KSIG_FATE_MISS] = 3;
	sample->evidence[1].mass[1][KSIG_FATE_HIT] = 5;
	sample->set.pool = sample->small.joined;
	sample->set.candidates = sample->evidence;
}

static void test_best_stays(void)
{
	struct sample sample;

	sample_init(&sample);
	deduplicate_versions(&sample.set, NULL);
	g_assert_cmpuint(sample.evidence[0].n_told, ==, 0);
	g_assert_cmpuint(sample.evidence[1].n_told, ==, 5);
	g_assert_cmpuint(sample.evidence[2].n_told, ==, 2);
	small_clear(&sample.small);
}

/* What changes then is that patch, reworked: no other version comes in beside it. */
static void test_carried_stays(void)
{
	static const uint8_t carried[CANDIDATES] = {1, 0, 0};
	struct sample sample;

	sample_init(&sample);
	deduplicate_versions(&sample.set, carried);
	g_assert_cmpuint(sample.evidence[0].n_told, ==, 5);
	g_assert_cmpuint(sample.evidence[1].n_told, ==, 0);
	small_clear(&sample.small);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/match/deduplicate/best-stays", test_best_stays);
	g_test_add_func("/match/deduplicate/carried-stays", test_carried_stays);
	return g_test_run();
}
