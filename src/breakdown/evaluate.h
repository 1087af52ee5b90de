/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a catalog found against a table of known truth. */
#pragma once

#include "catalog/catalog.h"

enum { KSIG_EVALUATION_BANDS = 4 };

/* One commit about which catalog and truth disagree. */
struct ksig_evaluation_row {
	char *upstream;
	char *subject;
	char *revision;      /* where the catalog has it; NULL: nowhere */
	char *true_revision; /* where the truth has it; NULL: nowhere */
	double confidence;
	char *reason; /* of a wrong one: its evidence; of a missed one: what became of its lines */
};

struct ksig_evaluation {
	uint32_t truth;
	uint32_t found;
	uint32_t right;
	uint32_t revision_right; /* of the right ones */
	struct {
		double from;
		uint32_t found;
		uint32_t right;
	} bands[KSIG_EVALUATION_BANDS]; /* by confidence: from 0, 0.7, 0.85, 0.95 */
	GPtrArray *wrong;  /* struct ksig_evaluation_row *: found, but not in the truth; the surest first */
	GPtrArray *missed; /* struct ksig_evaluation_row *: in the truth, but not found */
};
typedef struct ksig_evaluation ksig_evaluation;

/*
 * Compares the catalog with a table of known truth: a line a commit, tab-separated: upstream commit (40
 * digits, upstream's or the pool's), commit of the vendor (not looked at), first revision, subject. Counted
 * by upstream commit, as sets; what is contained is not found.
 */
struct ksig_evaluation *ksig_breakdown_evaluate(ksig_catalog *catalog, const char *truth_path,
						GError **error);
void ksig_breakdown_evaluation_free(struct ksig_evaluation *evaluation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_evaluation, ksig_breakdown_evaluation_free)
