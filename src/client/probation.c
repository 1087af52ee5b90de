/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new patch is on probation, on disk before it is loaded: what ends a boot without a word, or gives the
 * kernel an oops, is quarantined; what is borne long enough is confirmed.
 */
#include "client/probation-internal.h"
#include "client/apply-internal.h"
#include "client/choose-internal.h"
#include "client/state-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"
#include "live/manifest.h"

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

/* A patch on probation in this boot that the kernel had an oops under. */
static bool end_by_oops(ksig_client *client)
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
	    end_by_oops(client) || now - state->trial_since < client->probation_s)
		return;
	client_record(client, "confirmed", state->trial, NULL);
	client_trial_set(client, NULL, false, NULL);
}

/* A trial of another boot that nobody called good or stopped in order: it took the machine down. */
static bool judge_last_boot(ksig_client *client, GError **error)
{
	struct client_state *state = &client->state;
	g_autofree char *boot = client_boot_id(client);

	if (!state->trial || state->stopped || g_strcmp0(state->trial_boot, boot) == 0)
		return true;
	client_quarantine(client, state->trial,
			  state->loading ? "the machine went down while it was being loaded"
					 : "the machine went down before it was confirmed");
	return client_trial_set(client, NULL, false, error);
}

/* What is to be applied in this boot: what was, if it is for this kernel; else, by itself, what is due. */
static char *wanted_at_boot(ksig_client *client, GError **error)
{
	g_autofree char *running = client_running_build_id(client, error);
	g_autoptr(ksig_live_manifest) manifest = NULL;

	if (!running)
		return NULL;
	const char *current = client->state.current;
	g_autofree char *path = current ? client_store(client, current, "manifest.json") : NULL;
	const bool gone = path && !g_file_test(path, G_FILE_TEST_EXISTS) && !client->config.manual;
	if (current && !gone && !(manifest = client_manifest(client, current, error)))
		return NULL;
	if (manifest && g_str_equal(manifest->document->build_id, running))
		return g_strdup(manifest->id);
	if (!current || client->config.manual)
		return NULL;
	/* Another kernel was booted, or its package made way for a newer one: that may be in the store. */
	g_autoptr(ksig_live_manifest) other = client_choose(client, NULL);
	return other ? g_strdup(other->id) : NULL;
}

bool ksig_client_boot(ksig_client *client, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (!judge_last_boot(client, error))
		return false;
	if (client_kill_switch(client)) {
		client_record(client, "kill switch", client->state.current, NULL);
		return true;
	}
	g_autofree char *id = wanted_at_boot(client, &reason);
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	return !id || client_apply(client, id, 0, error);
}

bool ksig_client_stop(ksig_client *client, GError **error)
{
	struct client_state *state = &client->state;

	if (!state->trial || state->loading || end_by_oops(client))
		return true;
	client_record(client, "orderly shutdown", state->trial, NULL);
	state->stopped = true;
	return client_state_save(client, error);
}
