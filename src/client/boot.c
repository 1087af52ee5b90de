/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine's boot and its end: what the last boot says of a patch on probation, what is applied in this one,
 * and that it ended in order.
 */
#include "client/apply-internal.h"
#include "client/choose-internal.h"
#include "client/probation-internal.h"
#include "client/state-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"
#include "live/manifest.h"

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

	if (!state->trial || state->loading || client_probation_oops(client))
		return true;
	client_record(client, "orderly shutdown", state->trial, NULL);
	state->stopped = true;
	return client_state_save(client, error);
}
