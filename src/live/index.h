/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live: the signed index of a folder of patches: rings, releases, what was halted. */
#pragma once

#include "live/manifest.h"

#include <json-glib/json-glib.h>

typedef struct ksig_live_index {
	ksig_document *document;
	JsonParser *parser;
	JsonObject *object;
} ksig_live_index;
void ksig_live_index_clear(ksig_live_index *index);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ksig_live_index, ksig_live_index_clear)
/* Reads BYTES; a document that INDEX has is taken for that of these bytes. */
bool ksig_live_index_parse(ksig_live_index *index, const char *what, GBytes *bytes, GError **error);
/*
 * The file that has the signature of INDEX, beside index.json: "index.SHA256.asc", so that the two are never
 * of two publications. Free with g_free().
 */
char *ksig_live_index_signature_name(GBytes *index);
/* Switches FOLDER to INDEX and its SIGNATURE at once. */
bool ksig_live_index_publish(const char *folder, GBytes *index, GBytes *signature, GError **error);
bool ksig_live_index_halts(const ksig_live_index *index, const char *id);

struct ksig_live_index_options {
	const char *name, *provider, *expires;
	gint64 revision, minimum_revision;
	const char *const *rings;     /* "canary=1" "early=10" "all=100": per cent of all machines, rising */
	const char *const *releases;  /* "NAME-REVISION=ring"; a patch without one is for everybody */
	const char *const *halted;    /* ids that no machine is to take any more */
	const char *const *resumed;   /* ids that were halted, and are not any more */
	const char *reports;          /* folder of machines' status --json; NULL: none */
	gint64 failure_limit_percent; /* of those that tried a patch; with more failures it is halted */
	const char *untested;         /* the words without which only what passed ksig live test gets in */
	const char *key, *home;
};

/*
 * Signs the index of what FOLDER holds: index.json, and its signature under two names. What the index before
 * halted stays halted. Gives the ids that are halted now; NULL-ended, to g_strfreev().
 */
char **ksig_live_index_write(const char *folder, const struct ksig_live_index_options *options,
			     GError **error);

/* The machine's place among all of them, 0 to 9999: the same for ever, whatever rings there are. */
unsigned ksig_live_ring_place(const char *machine_id);
