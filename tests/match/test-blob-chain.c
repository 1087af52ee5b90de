/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Upstream's blobs followed to the vendor's, in a joined pool whose twins left files that are no candidate's.
 */
#include "match/blob-chain-internal.h"
#include "match/superseding-internal.h"

#include <glib.h>
#include <string.h>

enum { A = 0x11, B = 0x22, C = 0x33, D = 0x44 }; /* the first byte of a blob */

static uint64_t blob(uint8_t first)
{
	return (uint64_t) first << 56;
}

/* The vendor brought file 0 from blob A to C and file 1 from B to D. */
static const struct ksig_change changes[] = {
	{.path = (char *) "0",
	 .old_mode = GIT_FILEMODE_BLOB,
	 .new_mode = GIT_FILEMODE_BLOB,
	 .old_blob = {{A}},
	 .new_blob = {{C}}},
	{.path = (char *) "1",
	 .old_mode = GIT_FILEMODE_BLOB,
	 .new_mode = GIT_FILEMODE_BLOB,
	 .old_blob = {{B}},
	 .new_blob = {{D}}},
};

/*
 * Two pools joined: the second one's only candidate is a twin of candidate 0, so it has no files, and files 2
 * and 3 are nobody's. They stand between those of candidates 1 and 3.
 */
enum { CANDIDATES = 4, FILES = 5 };

struct sample {
	struct ksig_candidate candidates[CANDIDATES];
	struct ksig_candidate_file files[FILES];
	struct ksig_path_target paths[FILES];
	struct ksig_match_evidence evidence[CANDIDATES];
	struct ksig_target_file target_files[2];
	struct ksig_pool pool;
	ksig_target target;
	ksig_evidence_set set;
};

static void file_is(struct sample *sample, uint32_t f, uint32_t target, uint8_t old_blob, uint8_t new_blob)
{
	sample->files[f] = (struct ksig_candidate_file){.old_blob = blob(old_blob),
							.new_blob = blob(new_blob)};
	sample->paths[f] = (struct ksig_path_target){KSIG_PATH_CHANGED, target, target};
}

static void sample_init(struct sample *sample)
{
	memset(sample, 0, sizeof *sample);
	file_is(sample, 0, 0, A, B);
	file_is(sample, 1, 0, B, C);
	file_is(sample, 2, 0, A, B);
	file_is(sample, 3, 1, B, A);
	file_is(sample, 4, 1, B, D);
	sample->candidates[0] = (struct ksig_candidate){.first_file = 0, .n_files = 1};
	sample->candidates[1] = (struct ksig_candidate){.first_file = 1, .n_files = 1};
	sample->candidates[2] = (struct ksig_candidate){.first_file = 2, .n_files = 0};
	sample->candidates[3] = (struct ksig_candidate){.first_file = 4, .n_files = 1};
	for (int f = 0; f < 2; f++)
		sample->target_files[f].change = &changes[f];
	sample->pool = (struct ksig_pool){.candidates = sample->candidates,
					  .files = sample->files,
					  .n_candidates = CANDIDATES,
					  .n_files = FILES};
	sample->target = (ksig_target){.files = sample->target_files, .n_files = 2};
	sample->set = (ksig_evidence_set){.pool = &sample->pool,
					  .target = &sample->target,
					  .paths = sample->paths,
					  .candidates = sample->evidence,
					  .claims = g_array_new(FALSE, TRUE, sizeof(struct ksig_claim))};
}

static void sample_clear(struct sample *sample)
{
	g_array_unref(sample->set.claims);
}

static void test_stages(void)
{
	static const struct {
		uint32_t file;
		uint32_t candidate;
	} expected[] = {{0, 0}, {0, 1}, {1, 3}};
	struct sample sample;

	sample_init(&sample);
	g_autoptr(GArray) stages = blob_chain_stages(&sample.set);
	g_assert_cmpuint(stages->len, ==, G_N_ELEMENTS(expected));
	for (guint i = 0; i < stages->len; i++) {
		g_assert_cmpuint(g_array_index(stages, struct blob_stage, i).file, ==, expected[i].file);
		g_assert_cmpuint(g_array_index(stages, struct blob_stage, i).candidate, ==,
				 expected[i].candidate);
	}
	sample_clear(&sample);
}

static void test_follow(void)
{
	static const uint32_t reached[CANDIDATES] = {1, 1, 0, 1};
	struct sample sample;

	sample_init(&sample);
	blob_chain_follow(&sample.set);
	for (int c = 0; c < CANDIDATES; c++) {
		g_assert_cmpuint(sample.evidence[c].reached, ==, reached[c]);
		g_assert_cmpuint(sample.evidence[c].passed, ==, 0);
	}
	sample_clear(&sample);
}

/* Upstream went on: who left the vendor's blob behind came too late. */
static void test_passed(void)
{
	struct sample sample;

	sample_init(&sample);
	file_is(&sample, 4, 0, C, D);
	blob_chain_follow(&sample.set);
	g_assert_cmpuint(sample.evidence[1].reached, ==, 1);
	g_assert_cmpuint(sample.evidence[3].reached, ==, 0);
	g_assert_cmpuint(sample.evidence[3].passed, ==, 1);
	sample_clear(&sample);
}

/*
 * Upstream's history begins with the vendor's blob, leaves it and comes back (a commit and its revert):
 * neither led to it. If something made it before, that did.
 */
static void test_it_began_so(void)
{
	struct sample sample;

	sample_init(&sample);
	file_is(&sample, 0, 0, C, B);
	file_is(&sample, 1, 0, B, C);
	blob_chain_follow(&sample.set);
	g_assert_cmpuint(sample.evidence[0].reached, ==, 0);
	g_assert_cmpuint(sample.evidence[1].reached, ==, 0);
	sample_clear(&sample);

	sample_init(&sample);
	file_is(&sample, 0, 0, A, C);
	file_is(&sample, 1, 0, C, B);
	file_is(&sample, 4, 0, B, C);
	blob_chain_follow(&sample.set);
	g_assert_cmpuint(sample.evidence[0].reached, ==, 1);
	g_assert_cmpuint(sample.evidence[1].reached, ==, 0);
	g_assert_cmpuint(sample.evidence[3].reached, ==, 0);
	sample_clear(&sample);
}

/* Claims that are no candidate's any more (those of a version that was silenced) are nobody's partners. */
static void test_superseding(void)
{
	struct sample sample;
	struct ksig_claim claims[] = {
		{.hash = 7, .added = 1, .fate = KSIG_FATE_MISS, .partner = UINT32_MAX},
		{.hash = 7, .added = 0, .fate = KSIG_FATE_HIT, .partner = UINT32_MAX},
		{.hash = 7, .added = 0, .fate = KSIG_FATE_HIT, .partner = UINT32_MAX},
		{.hash = 7, .identity = 1, .added = 0, .fate = KSIG_FATE_HIT, .partner = UINT32_MAX},
	};

	sample_init(&sample);
	g_array_append_vals(sample.set.claims, claims, G_N_ELEMENTS(claims));
	for (uint32_t c = 0; c < CANDIDATES; c++)
		sample.evidence[c] = (struct ksig_match_evidence){.first_claim = c, .n_claims = c != 1};
	superseding_link(&sample.set);
	g_assert_cmpuint(g_array_index(sample.set.claims, struct ksig_claim, 0).partner, ==, 2);
	for (guint i = 1; i < G_N_ELEMENTS(claims); i++)
		g_assert_cmpuint(g_array_index(sample.set.claims, struct ksig_claim, i).partner, ==,
				 UINT32_MAX);
	sample_clear(&sample);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/match/blob-chain/stages-are-candidates", test_stages);
	g_test_add_func("/match/blob-chain/follow", test_follow);
	g_test_add_func("/match/blob-chain/passed", test_passed);
	g_test_add_func("/match/blob-chain/it-began-so", test_it_began_so);
	g_test_add_func("/match/superseding/claims-are-candidates", test_superseding);
	return g_test_run();
}
