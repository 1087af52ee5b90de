/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig show --cve, --features and --against-upstream, and ksig cve, in files of their own. */
#pragma once

#include "cli/cmd.h"
#include "history/cve.h"

/* The exit status where a CVE is unknown: no error's, so that a script can tell it from "affected". */
enum { KSIG_STATUS_UNKNOWN = 5 };

/* 1 for affected, 5 for unknown, else 0. */
int ksig_cve_exit_status(enum ksig_cve_state state);

/* Prints the difference TEXT: to a program as it is; to a person in colour and without control characters. */
void ksig_show_diff(const char *text, size_t length_bytes);

/* A table of answers, and one more of them. */
ksig_table *ksig_cve_table_new(void);
void ksig_cve_table_add(ksig_table *table, const char *cve, const struct ksig_cve_answer *answer,
			const struct ksig_revision *revision);

/*
 * Prints the patch NAME: its number, an id of its own or the beginning of one, or that of a commit of the
 * exported branch, or what is in without being a patch. Returns the exit status; what is not there is a
 * negative answer.
 */
int ksig_show_named(const struct ksig_context *context, ksig_catalog *catalog, const char *name,
		    enum ksig_format format, GError **error);

/* Whether WORD may be a commit's id or a beginning of one. */
bool ksig_show_may_be_id(const char *word);

/*
 * Sets ERROR, a negative answer, to what the workspace's upstreams know of the commit NAME, which is no
 * patch: whether it is a candidate. Returns false, and sets none, if NAME is no id or the upstreams cannot be
 * read.
 */
bool ksig_show_candidate(const struct ksig_context *context, ksig_catalog *catalog, const char *name,
			 GError **error);

/* Prints how the revision LABEL (NULL: the last) stands to CVE, and returns the exit status that says so. */
int ksig_show_cve(ksig_catalog *catalog, const char *cve, const char *records, const char *label,
		  enum ksig_format format, GError **error);

/* Prints what each feature of the model adds to PATCH's confidence; one without features is a negative
 * answer. */
bool ksig_show_features(ksig_catalog *catalog, const struct ksig_patch *patch, enum ksig_format format,
			GError **error);

/*
 * Prints what the vendor did differently from upstream in each of PATCHES (struct ksig_patch *). Returns the
 * exit status: 1 if none could be compared.
 */
int ksig_show_upstream(const struct ksig_context *context, ksig_catalog *catalog, const GPtrArray *patches,
		       enum ksig_format format, GError **error);
