/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The features of every candidate, step by step and round by round, for bench/calibrate.py:
 *
 *   features WORKSPACE UPSTREAM REPOSITORY WEIGHTS ROUNDS BASE REVISION…
 *
 * BASE and the REVISIONs are what git calls commits of REPOSITORY: each REVISION is broken down against the
 * one before it, with what the earlier ones carry left out. WEIGHTS is a file with the weights of the first
 * round and of the later ones, or /dev/null for zeros. A record a candidate and round goes to stdout, in the
 * machine's own byte order: id (20 bytes), step, round and whether an import contains it (uint32),
 * probability before the round and all features (float); round 0 leaves the features of the later rounds at
 * 0.
 */
#include "match/imports.h"

#include <stdlib.h>
#include <string.h>

static const float CARRIED = 0.7F;

struct record {
	uint8_t id[20];
	uint32_t step;
	uint32_t round;
	uint32_t imported;
	float probability;
	float features[FEATURES];
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

static void read_weights(const char *path, struct ksig_model *model)
{
	FILE *file = fopen(path, "re");

	for (size_t i = 0; file && i < F_ALONE; i++)
		if (fscanf(file, "%f", &model->alone[i]) != 1)
			break;
	for (size_t i = 0; file && i < FEATURES; i++)
		if (fscanf(file, "%f", &model->together[i]) != 1)
			break;
	if (file)
		fclose(file);
}

static void print(const ksig_rounds *rounds, uint32_t step, uint32_t round)
{
	g_autoptr(ksig_import_set) imports = ksig_match_imports_find(rounds, CARRIED);
	const struct ksig_pool *pool = rounds->set->pool;

	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		const struct ksig_match_evidence *evidence = &rounds->set->candidates[c];
		struct record record = {.step = step,
					.round = round,
					.probability = rounds->probability[c],
					.imported = imports->contains[c] > 0};
		if (evidence->n_told == 0 || rounds->carried[c] ||
		    (round == 0 && ksig_match_evidence_hits(evidence) <= 0))
			continue;
		memcpy(record.id, pool->candidates[c].id, sizeof record.id);
		ksig_match_model_features(evidence, round ? &rounds->outlooks[c] : NULL, record.features);
		fwrite(&record, sizeof record, 1, stdout);
	}
}

static void run_step(const struct ksig_pool *pool, const ksig_target *target, const struct ksig_model *model,
		     uint32_t step, uint32_t n_rounds, uint8_t *carried)
{
	g_autoptr(ksig_evidence_set) set = ksig_match_evidence_collect(pool, target);
	g_autoptr(ksig_rounds) rounds = ksig_match_rounds_new(set, model, carried, NULL);

	ksig_match_rounds_alone(rounds);
	print(rounds, step, 0);
	for (uint32_t round = 1; round <= n_rounds; round++) {
		ksig_match_rounds_look(rounds);
		print(rounds, step, round);
		ksig_match_rounds_together(rounds);
	}
	for (uint32_t c = 0; c < pool->n_candidates; c++)
		carried[c] |= rounds->probability[c] >= CARRIED;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	struct ksig_model model = {{0}, {0}};

	if (argc > 1 && g_str_equal(argv[1], "--width")) {
		printf("%d\n", argc > 2 ? F_ALONE : FEATURES);
		return 0;
	}
	if (argc < 8)
		return KSIG_ERROR_USAGE;
	g_autoptr(ksig_store) store = ksig_tree_store_open(argv[1], &error);
	g_autoptr(ksig_pool) pool = store ? ksig_upstream_pool_open(store, argv[2], 0, &error) : NULL;
	if (!pool)
		die(error);
	g_autofree uint8_t *carried = g_new0(uint8_t, pool->n_candidates + 1);
	git_oid old_tree = tree_of(store, argv[3], argv[6]);
	read_weights(argv[4], &model);
	for (int i = 7; i < argc; i++) {
		const git_oid new_tree = tree_of(store, argv[3], argv[i]);
		g_autoptr(ksig_target) target = ksig_match_target_new(store, &old_tree, &new_tree, &error);
		if (!target || !ksig_match_target_join_renames(target, pool, &error))
			die(error);
		run_step(pool, target, &model, (uint32_t) (i - 7), (uint32_t) atoi(argv[5]), carried);
		old_tree = new_tree;
	}
	return 0;
}
