/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this vendor's own choice teaches of the next candidate. */
#pragma once

#include "match/rounds.h"

/* What is learnt from this vendor's own choice, into the outlooks. The vocabulary: the words of all subjects.
 */
struct ksig_vocabulary *vendor_bias_vocabulary_new(const struct ksig_pool *pool);
void vendor_bias_vocabulary_free(struct ksig_vocabulary *vocabulary);
void vendor_bias_look_at_era(ksig_rounds *rounds);
void vendor_bias_look_at_words(ksig_rounds *rounds);
