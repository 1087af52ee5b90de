/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this vendor's own choice teaches of the next candidate: which stretches of upstream's history it took
 * from, and which words stand in the subjects of what it took ("fix" at one vendor, a driver's name at
 * another).
 */
#include "match/vendor-bias-internal.h"

#include <math.h>
#include <string.h>

enum {
	WORD_BITS = 18,
	WORD_BYTES = 2,     /* shorter ones say nothing */
	WORDS_LIMIT = 1000, /* of one subject */
};

static const float LITTLE = 0.01F;

static float clamp(const ksig_rounds *rounds, float log_odds)
{
	const float limit = rounds->model->parameters.bias_limit;

	return fminf(fmaxf(log_odds, -limit), limit);
}

/* ---- stretches of history ------------------------------------------------------------------------ */

/* Fills SUMS with the running sum of probabilities over EXAMPLES; returns how many there are. */
static uint32_t sum_examples(const ksig_rounds *rounds, uint32_t *examples, float *sums)
{
	uint32_t n = 0;

	sums[0] = 0;
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		if (!ksig_match_rounds_could_take(rounds, c))
			continue;
		examples[n] = c;
		sums[n + 1] = sums[n] + rounds->probability[c];
		n++;
	}
	return n;
}

void vendor_bias_look_at_era(ksig_rounds *rounds)
{
	const uint32_t all = rounds->set->pool->n_candidates;
	g_autofree uint32_t *examples = g_new(uint32_t, all + 1);
	g_autofree float *sums = g_new(float, all + 1);
	const uint32_t n = sum_examples(rounds, examples, sums);
	const uint32_t era = rounds->model->parameters.era;

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t from = i > era ? i - era : 0;
		const uint32_t to = MIN(i + era + 1, n);
		const float own = rounds->probability[examples[i]];
		const float yes = fmaxf(sums[to] - sums[from] - own, 0);
		const float no = fmaxf((float) (to - from) - 1 - yes, 0);
		rounds->outlooks[examples[i]].era = clamp(rounds, logf((yes + 0.5F) / (no + 0.5F)));
	}
}

/* ---- words --------------------------------------------------------------------------------------- */

struct ksig_vocabulary {
	GArray *words;   /* uint32_t: slots of the tables, by candidate */
	uint32_t *first; /* one a candidate, and the end */
};

struct count {
	float yes;
	float no;
};

static void add_words(GArray *words, const char *subject)
{
	const guint first = words->len;

	for (const char *at = subject; *at && words->len - first < WORDS_LIMIT;) {
		uint32_t hash = 2166136261U; /* FNV-1a */
		size_t length_bytes = 0;
		for (; g_ascii_isalnum(*at); at++, length_bytes++)
			hash = (hash ^ (uint8_t) g_ascii_tolower(*at)) * 16777619U;
		if (length_bytes >= WORD_BYTES) {
			const uint32_t word = (hash ^ hash >> WORD_BITS) & ((1U << WORD_BITS) - 1);
			g_array_append_val(words, word);
		}
		at += *at != '\0' && !g_ascii_isalnum(*at);
	}
}

struct ksig_vocabulary *vendor_bias_vocabulary_new(const struct ksig_pool *pool)
{
	struct ksig_vocabulary *vocabulary = g_new0(struct ksig_vocabulary, 1);

	vocabulary->words = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	vocabulary->first = g_new(uint32_t, pool->n_candidates + 1);
	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		vocabulary->first[c] = vocabulary->words->len;
		add_words(vocabulary->words, ksig_upstream_pool_string(pool, pool->candidates[c].subject));
	}
	vocabulary->first[pool->n_candidates] = vocabulary->words->len;
	return vocabulary;
}

void vendor_bias_vocabulary_free(struct ksig_vocabulary *vocabulary)
{
	if (!vocabulary)
		return;
	g_array_unref(vocabulary->words);
	g_free(vocabulary->first);
	g_free(vocabulary);
}

static uint32_t word_at(const struct ksig_vocabulary *vocabulary, uint32_t i)
{
	return g_array_index(vocabulary->words, uint32_t, i);
}

/* Counts every word of what could be taken; returns the sum over candidates. */
static struct count count_words(const ksig_rounds *rounds, struct count *counts)
{
	const struct ksig_vocabulary *vocabulary = rounds->vocabulary;
	struct count all = {LITTLE, LITTLE};

	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		const float p = rounds->probability[c];
		if (!ksig_match_rounds_could_take(rounds, c))
			continue;
		all.yes += p;
		all.no += 1 - p;
		for (uint32_t i = vocabulary->first[c]; i < vocabulary->first[c + 1]; i++) {
			counts[word_at(vocabulary, i)].yes += p;
			counts[word_at(vocabulary, i)].no += 1 - p;
		}
	}
	return all;
}

/* The log odds ratio of a word, the candidate's own share (P) left out. */
static float log_odds_of(const struct count *count, float doubt, float rate, float p)
{
	const float yes = fmaxf(count->yes - p, 0) + doubt * rate;
	const float no = fmaxf(count->no - (1 - p), 0) + doubt * (1 - rate);

	return logf(yes / no) - logf(rate / (1 - rate));
}

void vendor_bias_look_at_words(ksig_rounds *rounds)
{
	const struct ksig_vocabulary *vocabulary = rounds->vocabulary;
	g_autofree struct count *counts = g_new0(struct count, 1UL << WORD_BITS);
	const struct count all = count_words(rounds, counts);
	const float rate = all.yes / (all.yes + all.no);

	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		const uint32_t n = vocabulary->first[c + 1] - vocabulary->first[c];
		float sum = 0;
		if (n == 0 || !ksig_match_rounds_could_take(rounds, c))
			continue;
		for (uint32_t i = vocabulary->first[c]; i < vocabulary->first[c + 1]; i++)
			sum += log_odds_of(&counts[word_at(vocabulary, i)],
					   rounds->model->parameters.bias_doubt, rate,
					   rounds->probability[c]);
		rounds->outlooks[c].words = clamp(rounds, sum / sqrtf((float) n));
	}
}
