/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it is worth that a changelog names a candidate, or does not: learnt from how well the changelog agrees
 * with the code.
 */
#pragma once

#include "catalog/catalog.h"
#include "match/rounds.h"

/* Numbers the subsystems whose silence is weighed apart. Once, if there is a changelog. */
void changelog_likelihood_number(ksig_rounds *rounds);

/* What the changelog says of candidate C, in log odds. */
float ksig_match_changelog_log_odds(const ksig_rounds *rounds, uint32_t c);

/* What that is worth: from earlier revisions, or nothing; then from what this one's code alone says as well.
 */
void ksig_match_changelog_begin(ksig_rounds *rounds);
void ksig_match_changelog_learn(ksig_rounds *rounds);

/* What earlier revisions taught of it, in the catalog; none yet: zeros. */
bool ksig_match_agreement_keep(ksig_catalog *catalog, const struct ksig_agreement *agreement, GError **error);
bool ksig_match_agreement_recall(ksig_catalog *catalog, struct ksig_agreement *out_agreement, GError **error);
