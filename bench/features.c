/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The features of every candidate, round by round, for bench/calibrate:
 *
 *   features WORKSPACE UPSTREAM REPOSITORY BASE TIP WEIGHTS ROUNDS
 *
 * WEIGHTS is a file with the weights of the first round and of the later ones, or /dev/null for zeros. A line
 * a candidate and round: id, round, probability before the round, features; tab-separated.
 */
#include "breakdown/model-internal.h"

#include <stdlib.h>

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

	if (!ksig_store_attach(store, repository, &git_dir, &error) ||
	    !ksig_store_resolve(git_dir, revision, &id, &error))
		die(error);
	if (git_commit_lookup(&commit, ksig_store_repository(store), &id) != 0)
		exit(KSIG_ERROR_INPUT);
	return *git_commit_tree_id(commit);
}

static void read_weights(const char *path, struct model *model)
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

static void print(const ksig_rounds *rounds, int round)
{
	const struct ksig_pool *pool = rounds->set->pool;
	const size_t n_features = round ? (size_t) FEATURES : (size_t) F_ALONE;
	float features[FEATURES];

	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		const struct evidence *evidence = &rounds->set->candidates[c];
		if (evidence->n_told == 0 || (round == 0 && evidence_hits(evidence) <= 0))
			continue;
		for (size_t i = 0; i < sizeof pool->candidates[c].id; i++)
			printf("%02x", pool->candidates[c].id[i]);
		printf("\t%d\t%.5f", round, (double) rounds->probability[c]);
		model_features(evidence, round ? &rounds->outlooks[c] : NULL, features);
		for (size_t i = 0; i < n_features; i++)
			printf("\t%.4f", (double) features[i]);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	struct model model = {{0}, {0}};

	if (argc != 8)
		return KSIG_ERROR_USAGE;
	ksig_store *store = ksig_store_open(argv[1], &error);
	struct ksig_pool *pool = store ? ksig_pool_open(store, argv[2], 0, &error) : NULL;
	if (!pool)
		die(error);
	const git_oid base = tree_of(store, argv[3], argv[4]);
	const git_oid tip = tree_of(store, argv[3], argv[5]);
	ksig_target *target = target_new(store, &base, &tip, &error);
	if (!target || !target_join_renames(target, pool, &error))
		die(error);
	read_weights(argv[6], &model);
	evidence_set *set = evidence_collect(pool, target);
	ksig_rounds *rounds = rounds_new(set, &model, NULL, NULL);
	rounds_alone(rounds);
	print(rounds, 0);
	for (int round = 1; round <= atoi(argv[7]); round++) {
		rounds_look(rounds);
		print(rounds, round);
		rounds_together(rounds);
	}
	rounds_free(rounds);
	evidence_set_free(set);
	target_free(target);
	ksig_pool_free(pool);
	ksig_store_free(store);
	return 0;
}
