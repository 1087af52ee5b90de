/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a breakdown can be delivered live, and patches out of it for a build. Beside live.h, since the
 * client knows no breakdowns.
 */
#pragma once

#include "history/history.h"
#include "history/severity.h"
#include "live/live.h"

/* From the best to the worst; what a patch is, is the worst of what its parts are. */
enum ksig_live_verdict {
	KSIG_LIVE_NOTHING, /* no code that this kernel runs */
	KSIG_LIVE_LIKELY,  /* nothing in its text speaks against it */
	KSIG_LIVE_TRY,     /* only a build tells */
	KSIG_LIVE_REWORK,  /* not as it is: somebody has to take the way out */
	KSIG_LIVE_REBOOT,  /* only with another kernel */
};
/* "nothing", "live", "try", "rework", "reboot". */
const char *ksig_live_verdict_name(enum ksig_live_verdict verdict);

typedef struct ksig_live_judgement {
	enum ksig_live_verdict verdict;
	GPtrArray *reasons; /* of char *: "fs/pipe.c: pipe_init: init code has run already; way out: …" */
	guint files, lines; /* that it changes, of code that this kernel runs */
} ksig_live_judgement;

/* Judges the unified difference DIFF for a kernel of ARCHITECTURE, a folder below arch/. */
ksig_live_judgement *ksig_live_judge(const char *diff, const char *architecture);
void ksig_live_judgement_free(ksig_live_judgement *judgement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_live_judgement, ksig_live_judgement_free)

struct ksig_live_plan_item {
	struct ksig_patch *patch;
	char **cves;
	enum ksig_severity severity;
	const char *severity_word;
	ksig_live_judgement *judgement;
};

struct ksig_live_plan_options {
	const char *running, *newest; /* revisions; NULL: the last but one, the last */
	const char *architecture;     /* a folder below arch/, or as RPM calls it (x86_64); NULL: x86 */
	bool all;                     /* also patches that name no CVE */
};

/* What a plan cannot have. */
typedef struct ksig_live_plan_rest {
	guint releases;  /* patches that are the way from one upstream release to the next: more than one fix
			  */
	GPtrArray *cves; /* of char *: the changelog names them with changes of which no patch is known */
} ksig_live_plan_rest;

void ksig_live_plan_rest_clear(ksig_live_plan_rest *rest);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ksig_live_plan_rest, ksig_live_plan_rest_clear)

/*
 * The security fixes that NEWEST has and RUNNING has not, as struct ksig_live_plan_item, best first: what can
 * be delivered, then the worse flaw, more CVEs, the smaller change. An architecture that is none is a usage
 * error.
 */
GPtrArray *ksig_live_plan(ksig_catalog *catalog, const ksig_store *store,
			  const struct ksig_live_plan_options *options, ksig_live_plan_rest *out_rest,
			  GError **error);

/*
 * Writes patches out of a breakdown to FOLDER, a file each, in the order in which they stand there: those
 * that NAMES (numbers, upstream ids) and CVES call, each once. Gives the paths. One that is not there is a
 * negative answer.
 */
GPtrArray *ksig_live_patches_write(ksig_catalog *catalog, const ksig_store *store, const char *const *names,
				   const char *const *cves, const char *folder, GError **error);
