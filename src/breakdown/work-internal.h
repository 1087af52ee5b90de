/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a breakdown keeps while it runs. */
#pragma once

#include "assign/assign.h"
#include "breakdown/breakdown.h"
#include "catalog/models.h"
#include "match/match.h"

struct ksig_work {
	ksig_store *store;
	ksig_lock *lock;
	ksig_catalog *catalog;
	GPtrArray *pools;       /* struct ksig_pool *, as the user gave them */
	struct ksig_pool *pool; /* all of them as one */
	const char *changelog;  /* of kernels that bring none; NULL */
	const char *date;       /* ISO day that the kernels are of; NULL: as they say */
	int64_t date_s;         /* … in seconds; 0: none */
	GHashTable *own;        /* names of the pools that are the vendor's own */
	GHashTable *searched;   /* folders in which candidates change files; NULL: not asked yet */
	uint8_t *in_base;       /* one a candidate of the pool: history says that the base has it */
	ksig_model *model;
	struct ksig_catalog_model
		catalog_model;           /* the same as the catalog has it; its words are the model's */
	float threshold;                 /* candidates below it are not chosen */
	uint8_t *carried;                /* one a candidate of the pool: an earlier revision has it */
	struct ksig_reverse_chain chain; /* the steps of the revisions before */
	struct ksig_kernel *release;     /* that the kernels start from; NULL: from what the last one does */
	/* of the revision at hand */
	ksig_target *target;
	ksig_rounds *rounds;
	ksig_entry_set *entries; /* NULL: there is no changelog */
	ksig_import_set *imports;
	ksig_reverse_steps *undo;
	ksig_assignment *assignment;
	int64_t *patch_ids;      /* one a part, once it is written */
	ksig_verifier *verifier; /* of the commits that are written; NULL: none is yet */
	struct rebase *rebase;   /* it starts from a newer release; NULL: from what the one before does */
};
