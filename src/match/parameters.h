/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What decides beside the weights: numbers that were chosen, not fitted. They come with the model, by name
 * ("rarity-slope" is rarity_slope), each with its meaning: see model.tsv.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Name, least and most. */
/* clang-format off */
#define KSIG_MATCH_PARAMETERS(whole, real) \
	real(threshold, 0, 1) \
	whole(rounds, 1, 100) \
	real(rarity_slope, 0, 10) \
	whole(neighbours, 1, 100) \
	whole(reach, 1, 1000) \
	whole(places, 1, 100000) \
	whole(common_lines, 1, 100000) \
	whole(near, 1, 10000) \
	real(series_days, 0, 1000) \
	real(no_hits, 0, 1) \
	real(prior_limit, 0, 100) \
	real(reached, 0, 100) \
	whole(era, 1, 1000000) \
	real(bias_limit, 0, 100) \
	real(bias_doubt, 0, 1e+06) \
	real(silence, 0, 100) \
	real(silence_limit, 0, 100) \
	real(silence_doubt, 0, 1000) \
	real(entry_limit, 0, 100) \
	real(entry_at_first, 0, 100) \
	real(silence_at_first, 0, 100) \
	real(series_share, 0, 1) \
	whole(import_commits, 1, 1000000) \
	whole(import_authors, 1, 1000000) \
	real(import_days, 0, 10000) \
	real(import_share, 0, 1) \
	real(import_named, 0, 1000) \
	real(dropped_share, 0, 1) \
	real(rework_place, 0, 1) \
	real(rework_mass, 0, 1000) \
	real(late_days, 0, 10000) \
	real(latest_part, 0, 1) \
	real(latest_days, 0, 10000) \
	real(latest_chance, 0, 1) \
	real(plain_mass, 0, 1000) \
	real(plain_place, 0, 1) \
	real(habits, 0, 100) \
	real(sure_mass, 0, 1000) \
	real(sure_own, 0, 1) \
	real(sure_lost, 0, 1) \
	real(sure_many, 0, 1000) \
	real(sure_many_lost, 0, 1) \
	real(sure, 0, 100)
/* clang-format on */

#define KSIG_MATCH_WHOLE(name, least, most) uint32_t name;
#define KSIG_MATCH_REAL(name, least, most) float name;
struct ksig_match_parameters {
	KSIG_MATCH_PARAMETERS(KSIG_MATCH_WHOLE, KSIG_MATCH_REAL)
};
#undef KSIG_MATCH_WHOLE
#undef KSIG_MATCH_REAL

/* How many there are, and what the file calls them. */
unsigned ksig_match_parameters_count(void);
char *ksig_match_parameters_name(unsigned index); /* free with g_free() */

/* Sets one from TEXT. The error names neither file nor line. OUT_INDEX: its number. */
bool ksig_match_parameters_set(struct ksig_match_parameters *parameters, const char *name, const char *text,
			       unsigned *out_index, GError **error);
