/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The changelog's word: how much it is worth is learnt from how often it names what the code alone proves,
 * and what the code refutes, in this revision and in those before it.
 */
#include "match/changelog-likelihood.h"

#include <math.h>

/* Where the catalog keeps what earlier revisions taught. */
static const char AGREEMENT[] = "changelog.agreement";

static const float SURE = 0.9F;
static const float UNLIKELY = 0.1F;

float ksig_match_changelog_log_odds(const ksig_rounds *rounds, uint32_t c)
{
	if (!rounds->named)
		return 0;
	if (rounds->named[c] == 0 && rounds->named_is_partial)
		return 0;
	if (rounds->named[c] == 0)
		return rounds->silence[rounds->subsystems[c]];
	return rounds->word[1] - logf((float) rounds->named[c]);
}

/* ---- subsystems ---------------------------------------------------------------------------------- */

/* Numbers the subsystems of the candidates' first files. */
void changelog_likelihood_number(ksig_rounds *rounds)
{
	const struct ksig_pool *pool = rounds->set->pool;
	g_autoptr(GHashTable) numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	if (!rounds->named)
		return;
	rounds->subsystems = g_new0(uint32_t, pool->n_candidates + 1);
	rounds->n_subsystems = 1; /* 0: of a candidate without files */
	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		if (pool->candidates[c].n_files == 0)
			continue;
		const struct ksig_candidate_file *file = &pool->files[pool->candidates[c].first_file];
		const uint32_t path = file->new_path ? file->new_path : file->old_path;
		char *name = ksig_tree_subsystem_of(ksig_upstream_pool_string(pool, path));
		uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(numbers, name));
		if (number == 0) {
			number = rounds->n_subsystems++;
			g_hash_table_insert(numbers, name, GUINT_TO_POINTER(number));
		} else {
			g_free(name);
		}
		rounds->subsystems[c] = number;
	}
	rounds->silence = g_new0(float, rounds->n_subsystems);
}

static bool tells(const ksig_rounds *rounds, uint32_t c, bool *out_sure)
{
	const float p = rounds->code[c];

	*out_sure = p >= SURE;
	return rounds->set->candidates[c].n_told > 0 && (p <= UNLIKELY || p >= SURE) &&
	       !ksig_match_rounds_is_carried(rounds, c);
}

/* A changelog may be full for one subsystem and leave another's side releases out. */
static void weigh_subsystems(ksig_rounds *rounds)
{
	const struct ksig_match_parameters *parameters = &rounds->model->parameters;
	const struct ksig_agreement *all = &rounds->agreement;
	const float yes = (all->named[1] + 0.5F) / (all->all[1] + 1);
	const float no = (all->named[0] + 0.5F) / (all->all[0] + 1);
	g_autofree float *sure = g_new0(float, rounds->n_subsystems);
	g_autofree float *named = g_new0(float, rounds->n_subsystems);
	bool is_sure = false;

	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		if (!tells(rounds, c, &is_sure) || !is_sure)
			continue;
		sure[rounds->subsystems[c]]++;
		named[rounds->subsystems[c]] += rounds->named[c] > 0;
	}
	for (uint32_t s = 0; s < rounds->n_subsystems; s++) {
		const float doubt = parameters->silence_doubt;
		const float part = (named[s] + doubt * yes) / (sure[s] + doubt);
		rounds->silence[s] = fminf(
			fmaxf(parameters->silence * logf((1 - part) / (1 - no)), -parameters->silence_limit),
			0);
	}
}

static void count(ksig_rounds *rounds)
{
	bool sure = false;

	rounds->agreement = rounds->agreement_before;
	if (rounds->named_is_partial && rounds->agreement.all[1] > 0)
		return; /* nothing to learn for the line that it is of */
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		if (!tells(rounds, c, &sure))
			continue;
		rounds->agreement.all[sure]++;
		rounds->agreement.named[sure] += rounds->named[c] > 0;
	}
}

/*
 * What the code is sure of and the changelog does not name need not be an omission: lines come in with
 * another patch, or with files taken as a whole, too. The fuller a changelog, the likelier that is; so its
 * silence counts several times.
 */
static void weigh(const struct ksig_match_parameters *parameters, const struct ksig_agreement *agreement,
		  float word[2])
{
	const float yes = (agreement->named[1] + 0.5F) / (agreement->all[1] + 1);
	const float no = (agreement->named[0] + 0.5F) / (agreement->all[0] + 1);

	word[1] = fminf(fmaxf(logf(yes / no), 0), parameters->entry_limit);
	word[0] = fminf(fmaxf(parameters->silence * logf((1 - yes) / (1 - no)), -parameters->silence_limit),
			0);
}

void ksig_match_changelog_begin(ksig_rounds *rounds)
{
	rounds->word[0] = -rounds->model->parameters.silence_at_first;
	rounds->word[1] = rounds->model->parameters.entry_at_first;
	if (rounds->agreement_before.all[1] > 0)
		weigh(&rounds->model->parameters, &rounds->agreement_before, rounds->word);
	for (uint32_t s = 0; s < rounds->n_subsystems; s++)
		rounds->silence[s] = rounds->word[0];
}

void ksig_match_changelog_learn(ksig_rounds *rounds)
{
	if (!rounds->named)
		return;
	count(rounds);
	weigh(&rounds->model->parameters, &rounds->agreement, rounds->word);
	weigh_subsystems(rounds);
}

/* ---- from revision to revision ------------------------------------------------------------------- */

bool ksig_match_agreement_keep(ksig_catalog *catalog, const struct ksig_agreement *agreement, GError **error)
{
	g_autofree char *text = g_strdup_printf("%.0f %.0f %.0f %.0f", (double) agreement->named[0],
						(double) agreement->all[0], (double) agreement->named[1],
						(double) agreement->all[1]);

	return ksig_catalog_set(catalog, AGREEMENT, text, error);
}

bool ksig_match_agreement_recall(ksig_catalog *catalog, struct ksig_agreement *out_agreement, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *text = ksig_catalog_get(catalog, AGREEMENT, &reason);
	unsigned named[2];
	unsigned all[2];

	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	if (!text)
		return true;
	if (sscanf(text, "%u %u %u %u", &named[0], &all[0], &named[1], &all[1]) != 4)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "catalog: %s is \"%s\", not four numbers",
				      AGREEMENT, text);
	for (int i = 0; i < 2; i++) {
		out_agreement->all[i] = (float) all[i];
		out_agreement->named[i] = (float) MIN(named[i], all[i]);
	}
	return true;
}
