/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The features of every candidate, step by step and round by round, for bench/calibrate.py:
 *
 *   features WORKSPACE UPSTREAM REPOSITORY MODEL BASE REVISION…
 *
 * BASE and the REVISIONs are what git calls commits of REPOSITORY: each REVISION is broken down against the
 * one before it, with what the earlier ones carry left out. MODEL is a file (see src/match/model.tsv), which
 * says how many rounds there are, too. A record a candidate and round goes to stdout, in the machine's own
 * byte order: id (20 bytes), step, round and whether an import contains it (uint32), probability before the
 * round and the model's features (float); round 0 leaves those of the later rounds at 0.
 */
#include "match/imports.h"
#include "match/match.h"
#include "match/model-file.h"

#include <stdlib.h>
#include <string.h>

struct record {
	uint8_t id[20];
	uint32_t step;
	uint32_t round;
	uint32_t imported;
	float probability; /* and then the features */
};

static void die(const GError *error)
{
	fprintf(stderr, "features: %s\n", error->message);
	exit(ksig_error_exit_status(error));
}

static git_oid tree_of(ksig_store *store, const char *repository, const char *revision)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *git_dir = NULL;
	g_autoptr(git_commit) commit = NULL;
	git_oid id;

	if (!ksig_tree_store_attach(store, repository, &git_dir, &error) ||
	    !ksig_tree_store_resolve(git_dir, revision, &id, &error))
		die(error);
	if (git_commit_lookup(&commit, ksig_tree_store_repository(store), &id) != 0)
		exit(KSIG_ERROR_INPUT);
	return *git_commit_tree_id(commit);
}

struct step {
	uint32_t number;
	float threshold;
};

static void print(const ksig_rounds *rounds, unsigned round, gpointer data)
{
	const struct step *step = data;
	g_autoptr(ksig_import_set) imports = ksig_match_imports_find(rounds, step->threshold);
	const struct ksig_pool *pool = rounds->set->pool;

	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		const struct ksig_match_evidence *evidence = &rounds->set->candidates[c];
		float features[KSIG_FEATURES_LIMIT] = {0};
		struct record record = {.step = step->number,
					.round = round,
					.probability = rounds->probability[c],
					.imported = imports->contains[c] > 0};
		if (evidence->n_told == 0 || rounds->carried[c] ||
		    (round == 0 && ksig_match_evidence_hits(evidence) <= 0))
			continue;
		memcpy(record.id, pool->candidates[c].id, sizeof record.id);
		ksig_match_model_features(rounds->model, evidence, round ? &rounds->outlooks[c] : NULL,
					  features);
		fwrite(&record, sizeof record, 1, stdout);
		fwrite(features, sizeof *features, rounds->model->features->len, stdout);
	}
}

static void run_step(const struct ksig_match_question *question, struct step *step, uint8_t *carried)
{
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(question, print, step);

	for (uint32_t c = 0; c < question->pool->n_candidates; c++)
		carried[c] |= rounds->probability[c] >= question->threshold;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc < 7)
		return KSIG_ERROR_USAGE;
	g_autoptr(ksig_model) model = ksig_match_model_load(argv[4], &error);
	g_autoptr(ksig_store) store = model ? ksig_tree_store_open(argv[1], &error) : NULL;
	g_autoptr(ksig_pool) one = store ? ksig_upstream_pool_open(store, argv[2], 0, &error) : NULL;
	if (!one)
		die(error);
	g_autoptr(GPtrArray) pools = g_ptr_array_new();
	g_ptr_array_add(pools, one);
	g_autoptr(ksig_pool) pool = ksig_upstream_pool_join(pools);
	g_autofree uint8_t *carried = g_new0(uint8_t, pool->n_candidates + 1);
	git_oid old_tree = tree_of(store, argv[3], argv[5]);
	for (int i = 6; i < argc; i++) {
		const git_oid new_tree = tree_of(store, argv[3], argv[i]);
		g_autoptr(ksig_target) target = ksig_match_target_new(store, &old_tree, &new_tree, &error);
		struct step step = {(uint32_t) (i - 6), model->parameters.threshold};
		const struct ksig_match_question question = {.pool = pool,
							     .target = target,
							     .model = model,
							     .threshold = step.threshold,
							     .carried = carried};
		if (!target || !ksig_match_target_join_renames(target, pool, &error))
			die(error);
		run_step(&question, &step, carried);
		old_tree = new_tree;
	}
	return 0;
}
