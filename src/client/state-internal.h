/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client.h"

/*
 * What is on disk, in one file, so that it is old or new as a whole. A patch goes loading -> probation ->
 * confirmed. One that is loading when a run begins was left so by a run that was killed, or whose reversal
 * failed: client_settle() asks the kernel what became of it. One that is loading or on probation when a boot
 * ends without a word is quarantined.
 */
struct client_state {
	char *current;     /* id that is to be applied at boot; NULL: none */
	char *previous;    /* the last one that was confirmed before it; NULL: none */
	char *trial;       /* id that is loading or on probation; NULL: none */
	char *trial_boot;  /* boot id of that */
	char *forced_boot; /* boot id in which a transition was forced; NULL: none */
	bool loading;
	bool stopped; /* the machine was stopped in order since */
	gint64 trial_since, trial_taint;
	GHashTable *seen;       /* "index PROVIDER" and "patch NAME" to gint64 * */
	GHashTable *quarantine; /* id to why */
	GHashTable *failed;     /* id to why the last attempt to apply it failed */
	GHashTable *
		modules; /* what we loaded and is still there, to its patch's name: its package may be gone */
};

/* TEXT NULL: an empty state. */
bool client_state_parse(struct client_state *state, const char *what, const char *text, gssize length,
			GError **error);
bool client_state_load(ksig_client *client, GError **error);
bool client_state_save(ksig_client *client, GError **error);
void client_state_clear(struct client_state *state);
gint64 client_seen(const ksig_client *client, const char *kind, const char *name);
void client_see(ksig_client *client, const char *kind, const char *name, gint64 revision);
/* Adds a line to the history; what cannot be written is said nowhere else. */
void client_record(ksig_client *client, const char *what, const char *id, const char *detail);
