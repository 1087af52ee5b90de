/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new patch is on probation, on disk before it is loaded: what ends a boot without a word, or gives the
 * kernel an oops, is quarantined; what is borne long enough is confirmed.
 */
#include "client/probation-internal.h"
#include "client/choose-internal.h"
#include "client/state-internal.h"
#include "client/system-internal.h"

enum { TAINT_DIE = 1 << 7 }; /* include/linux/panic.h: an oops or a BUG */

bool client_trial_set(ksig_client *client, const char *id, bool loading, GError **error)
{
	struct client_state *state = &client->state;
	char *next = g_strdup(id);

	g_free(state->trial);
	g_free(state->trial_boot);
	state->trial = next;
	state->trial_boot = id ? client_boot_id(client) : NULL;
	state->loading = loading;
	state->stopped = false;
	state->trial_since = id ? client_now(client) : 0;
	state->trial_taint = id ? client_taint(client) : 0;
	return client_state_save(client, error);
}

void client_current_set(ksig_client *client, const char *id, bool old_is_good)
{
	struct client_state *state = &client->state;
	char *next = g_strdup(id);

	if (old_is_good && state->current && !g_str_equal(state->current, id)) {
		g_free(state->previous);
		state->previous = g_steal_pointer(&state->current);
	}
	g_free(state->current);
	state->current = next;
}

void client_quarantine(ksig_client *client, const char *id, const char *why)
{
	struct client_state *state = &client->state;

	/* The first reason is the one that says most. */
	if (!g_hash_table_contains(state->quarantine, id))
		g_hash_table_insert(state->quarantine, g_strdup(id), g_strdup(why));
	client_record(client, "quarantined", id, why);
	if (g_strcmp0(state->current, id) != 0)
		return;
	/* What was good before comes back, if it is not out as well. */
	g_clear_pointer(&state->current, g_free);
	if (state->previous && !g_hash_table_contains(state->quarantine, state->previous))
		state->current = g_steal_pointer(&state->previous);
}

static bool had_oops(ksig_client *client)
{
	const struct client_state *state = &client->state;

	return (client_taint(client) & TAINT_DIE) && !(state->trial_taint & TAINT_DIE);
}

bool client_probation_oops(ksig_client *client)
{
	g_autofree char *id = g_strdup(client->state.trial);

	if (!had_oops(client))
		return false;
	client_quarantine(client, id, "the kernel had an oops while it was on probation");
	client_trial_set(client, NULL, false, NULL);
	return true;
}

void client_probation_end(ksig_client *client, gint64 now)
{
	struct client_state *state = &client->state;
	g_autofree char *boot = client_boot_id(client);

	if (!state->trial || state->loading || g_strcmp0(boot, state->trial_boot) != 0 ||
	    client_probation_oops(client) || now - state->trial_since < client->probation_s)
		return;
	client_record(client, "confirmed", state->trial, NULL);
	client_trial_set(client, NULL, false, NULL);
}
