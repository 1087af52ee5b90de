/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vendor applies a series as a whole and in order. So a member without which the others do not give the
 * vendor's file, and with which they do, is carried: there need not be a line of it in the end.
 */
#include "match/series-proof-internal.h"

#include <string.h>

enum {
	PASSES = 4,                     /* a patch that is proved can be what another one's proof lacks */
	TRIES_LIMIT = 64,               /* members below the threshold that touch one file */
	WORK_LIMIT = 200 * 1000 * 1000, /* lines of one file, times its patches, times the tries */
};

static const float PROVED = 0.99F;

/* Takes those in that are believed; returns how many are not. */
static uint32_t take_believed(const ksig_rounds *rounds, const struct ksig_series_stack *stack,
			      float threshold)
{
	uint32_t out = 0;

	for (guint i = 0; i < stack->patches->len; i++) {
		struct ksig_replay_patch *patch = ksig_match_series_patch(stack, i);
		patch->in = rounds->probability[patch->candidate] >= threshold;
		out += !patch->in;
	}
	return out;
}

enum word {
	NEEDED = 1 << 0,       /* by a file */
	CONTRADICTED = 1 << 1, /* a file is the vendor's without it, and not with it */
};

struct proof {
	ksig_rounds *rounds;
	float threshold;
	struct ksig_replay replay;
	GArray *stacks;
	uint8_t *words; /* one a candidate */
};

/* Whether what is in, and patch I turned round, gives the vendor's file. */
static bool exact_turned(struct proof *proof, const struct ksig_series_stack *stack, guint i)
{
	struct ksig_replay_patch *patch = ksig_match_series_patch(stack, i);

	patch->in = !patch->in;
	const bool exact = ksig_match_series_replay(proof->rounds, stack, &proof->replay);
	patch->in = !patch->in;
	return exact;
}

/* One more makes the file: it is that one, unless another does as well. True if any did. */
static bool need_one(struct proof *proof, const struct ksig_series_stack *stack)
{
	guint found = 0;
	guint only = 0;

	for (guint i = 0; i < stack->patches->len; i++)
		if (!ksig_match_series_patch(stack, i)->in && exact_turned(proof, stack, i)) {
			found++;
			only = i;
		}
	if (found == 1)
		proof->words[ksig_match_series_patch(stack, only)->candidate] |= NEEDED;
	return found > 0;
}

/* All of the series makes the file: needed are those without which the rest does not. */
static void need_all(struct proof *proof, const struct ksig_series_stack *stack)
{
	for (guint i = 0; i < stack->patches->len; i++)
		ksig_match_series_patch(stack, i)->in = true;
	if (!ksig_match_series_replay(proof->rounds, stack, &proof->replay))
		return;
	for (guint i = 0; i < stack->patches->len; i++) {
		const uint32_t c = ksig_match_series_patch(stack, i)->candidate;
		if (proof->rounds->probability[c] < proof->threshold && !exact_turned(proof, stack, i))
			proof->words[c] |= NEEDED;
	}
}

static void look_at(struct proof *proof, const struct ksig_series_stack *stack)
{
	const uint32_t out = take_believed(proof->rounds, stack, proof->threshold);
	const uint64_t lines = proof->rounds->set->target->files[stack->file].new_side.lines.count;

	if (out == 0 || out > TRIES_LIMIT || out == stack->patches->len ||
	    lines * stack->patches->len * out > WORK_LIMIT)
		return;
	if (ksig_match_series_replay(proof->rounds, stack, &proof->replay)) {
		for (guint i = 0; i < stack->patches->len; i++)
			if (!ksig_match_series_patch(stack, i)->in && !exact_turned(proof, stack, i))
				proof->words[ksig_match_series_patch(stack, i)->candidate] |= CONTRADICTED;
	} else if (!need_one(proof, stack)) {
		need_all(proof, stack);
	}
}

static bool believe_needed(struct proof *proof)
{
	ksig_rounds *rounds = proof->rounds;
	bool any = false;

	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		if (proof->words[c] != NEEDED)
			continue;
		rounds->probability[c] = PROVED;
		rounds->outlooks[c].replayed = true;
		any = true;
	}
	return any;
}

void series_proof_find(ksig_rounds *rounds, float threshold)
{
	g_autofree uint8_t *words = g_new0(uint8_t, rounds->set->pool->n_candidates + 1);
	g_autoptr(GArray) stacks = ksig_match_series_stacks(rounds, threshold);
	struct proof proof = {.rounds = rounds, .threshold = threshold, .stacks = stacks, .words = words};
	bool any = true;

	ksig_match_replay_init(&proof.replay);
	for (int pass = 0; pass < PASSES && any; pass++) {
		memset(words, 0, rounds->set->pool->n_candidates);
		for (guint i = 0; i < stacks->len; i++)
			look_at(&proof, &g_array_index(stacks, struct ksig_series_stack, i));
		any = believe_needed(&proof);
	}
	ksig_match_replay_clear(&proof.replay);
}
