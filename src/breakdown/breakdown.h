/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * breakdown: a vendor kernel into patches. From the base, or the last revision in the catalog, every kernel
 * given is one more revision: its difference is explained by the upstreams' candidates, what they do not
 * explain becomes vendor patches, and the patches are rebuilt into commits whose last tree is the vendor's.
 *
 * A revision is committed to the catalog as a whole or not at all.
 */
#pragma once

#include "catalog/catalog.h"
#include "upstream/pool.h"

struct ksig_breakdown_options {
	const char *workspace;
	const char *base;   /* KERNEL; NULL: the workspace has one */
	const char *rebase; /* KERNEL: the newer upstream release that these kernels start from; NULL: as
			       before */
	const char *const *upstreams; /* NULL-ended; empty: those that the workspace knows */
	const char *const *kernels;   /* NULL-ended, in revision order */
	const char *const *own; /* names of upstreams that are the vendor's own, NULL-ended; NULL: none */
	const char *date;       /* ISO day that the kernels are of; NULL: as they say themselves */
	const char *changelog;  /* a %changelog in a file, for kernels that bring none; NULL: none */
	const char *model;      /* a file; NULL: the program's own */
	double min_confidence;  /* candidates below it are not chosen; 0: as the model says */
	unsigned n_jobs;        /* processes that read upstreams; 0: one a processor */
};

/* Where lines are that no upstream commit explains. */
struct ksig_breakdown_place {
	char *subsystem; /* the first two folders of the path: "drivers/net", "mm"; "(top)" for files at the
			  * top
			  */
	uint64_t lines;
	uint32_t files;
};

/* What one revision came to. */
struct ksig_breakdown_revision {
	char *label;
	char *tree; /* 40 hex: the vendor's, and the series' */
	bool known; /* it was in the catalog already: nothing was done */
	uint64_t changed_lines;
	uint64_t explained_lines;           /* by upstream */
	uint64_t vendor_lines;              /* the vendor's own; what then remains is unexplained */
	uint32_t patches[KSIG_PATCH_KINDS]; /* by kind */
	uint32_t dropped;                   /* patches that this revision undid */
	uint32_t contained;                 /* commits in it without a line of their own */
	char *nearer;            /* an upstream commit (40 digits) from which the difference would be far
				    smaller; NULL: none is known */
	uint32_t nearer_files;   /* by so many of the files */
	uint32_t files;          /* that are changed */
	uint32_t late;           /* candidates that have lines in it, and were written after it */
	uint32_t latest;         /* … that seem to have been, by what is surely in it */
	char *latest_by;         /* the day until which nearly all of that was written; NULL: LATEST is 0 */
	uint32_t carried;        /* of a revision on a newer upstream release: patches put onto it again */
	uint32_t missing_blobs;  /* files taken as a whole because a repository lacks their content */
	uint32_t entries;        /* of the changelog, new in this revision */
	uint32_t entries_found;  /* of these, told to a patch */
	GPtrArray *rest;         /* struct ksig_breakdown_place: its unexplained patches, most lines first */
	char *gap_from, *gap_to; /* its changelog begins with GAP_TO, behind GAP_FROM, the newest release
				    known; or NULL */
	uint32_t entries_vanished; /* of earlier revisions' changelogs, and not in this one's: rewritten or
				      taken out */
};
void ksig_breakdown_revision_free(struct ksig_breakdown_revision *revision);

/*
 * Breaks the kernels down. OUT_REVISIONS: struct ksig_breakdown_revision pointers, one a kernel. The
 * workspace is locked while it runs.
 */
bool ksig_breakdown_run(const struct ksig_breakdown_options *options, GPtrArray **out_revisions,
			GError **error);
