/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch: what is new at the places where kernels come from, and the plan that follows from it.
 *
 * A configuration names sources and what is to be done for each new item of one. What a source had at the
 * first look is known; what comes later is new until all its steps are done. The catalog keeps both.
 *
 *     {"sources": [{
 *         "name": "baseos", "kind": "repository", "location": "https://…/", "patterns": ["kernel-core-*"],
 *         "keys": ["RPM-GPG-KEY"], "steps": [{"name": "breakdown", "argv": ["ksig", "breakdown", …,
 * "${item}"]}]}]}
 *
 * Kinds: "repository" (packages of RPM metadata), "releases" (kernel.org's releases.json; patterns are of
 * "moniker version"), "git" (refs of a remote repository). In a step's argv, "${item}" and "${value}" are the
 * item's, "${location}" the source's; steps of an item follow one another.
 */
#pragma once

#include "catalog/catalog.h"
#include "engine/engine.h"

typedef struct ksig_watch ksig_watch;

ksig_watch *ksig_watch_load(const char *path, GError **error);
void ksig_watch_free(ksig_watch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_watch, ksig_watch_free)

/*
 * Looks at all sources and writes what is new into CATALOG. A source that cannot be read does not keep the
 * others from being read; it is named in OUT_TROUBLES (an array of strings, to g_ptr_array_unref()).
 */
bool ksig_watch_look(ksig_watch *watch, ksig_catalog *catalog, GPtrArray **out_troubles, GError **error);

/* The steps that are still to be done, as a plan that is sealed. No jobs: nothing is to be done. */
ksig_plan *ksig_watch_plan(ksig_watch *watch, ksig_catalog *catalog, GError **error);

/* Writes into CATALOG what became of a job of that plan. */
bool ksig_watch_record(ksig_watch *watch, ksig_catalog *catalog, const struct ksig_job *job,
		       enum ksig_job_state state, const char *message, GError **error);

/* All that the catalog knows of it, as a page of a site. */
char *ksig_watch_page(GPtrArray *news);
