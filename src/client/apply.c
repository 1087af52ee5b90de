/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs that change the kernel: apply, roll back, force. */
#include "client/apply-internal.h"
#include "client/choose-internal.h"
#include "client/preflight-internal.h"
#include "client/probation-internal.h"
#include "client/state-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"
#include "client/transition-internal.h"
#include "live/manifest.h"

#include <string.h>

/* What was on probation before is so again, if what was to replace it was not taken. */
struct trial {
	char *id, *boot;
	gint64 since, taint;
};

static void trial_clear(struct trial *trial)
{
	g_free(trial->id);
	g_free(trial->boot);
}
typedef struct trial trial_saved;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(trial_saved, trial_clear)

static trial_saved trial_save(const struct client_state *state)
{
	return (trial_saved){.id = g_strdup(state->trial),
			     .boot = g_strdup(state->trial_boot),
			     .since = state->trial_since,
			     .taint = state->trial_taint};
}

static void trial_restore(ksig_client *client, const trial_saved *saved)
{
	struct client_state *state = &client->state;

	g_free(state->trial);
	g_free(state->trial_boot);
	state->trial = g_strdup(saved->id);
	state->trial_boot = g_strdup(saved->boot);
	state->trial_since = saved->since;
	state->trial_taint = saved->taint;
	state->loading = false;
	client_state_save(client, NULL);
}

static bool failed(ksig_client *client, const ksig_live_manifest *manifest, enum client_outcome outcome,
		   const trial_saved *before, GError *reason, GError **error)
{
	client_record(client, "not applied", manifest->id, reason->message);
	g_hash_table_replace(client->state.failed, g_strdup(manifest->id), g_strdup(reason->message));
	if (outcome == CLIENT_STUCK)
		client_stuck(client, manifest);
	else
		trial_restore(client, before);
	g_propagate_error(error, reason);
	return false;
}

static bool succeeded(ksig_client *client, const ksig_live_manifest *manifest, bool known,
		      const trial_saved *before, GError **error)
{
	client_unload_stale(client, manifest->module);
	g_hash_table_remove(client->state.failed, manifest->id);
	client_current_set(client, manifest->id, !before->id);
	client_see(client, "patch", manifest->document->name, manifest->document->revision);
	client_record(client, "applied", manifest->id, NULL);
	return client_trial_set(client, known ? NULL : manifest->id, false, error);
}

static bool apply(ksig_client *client, const ksig_live_manifest *manifest, gint64 seen, GError **error)
{
	g_auto(trial_saved) before = {0};
	GError *reason = NULL;

	if (!client_settle(client, error) || !client_preflight(client, manifest, seen, error))
		return false;
	if (client_is_applied(client, manifest)) {
		client_record(client, "applied already", manifest->id, NULL);
		return true;
	}
	before = trial_save(&client->state);
	/* What was confirmed before stays so: it is on trial only while it is being loaded. */
	const bool known = !before.id && g_strcmp0(client->state.current, manifest->id) == 0;
	if (!client_trial_set(client, manifest->id, true, error))
		return false;
	client_record(client, "loading", manifest->id, NULL);
	const enum client_outcome outcome = client_load(client, manifest, &reason);
	return outcome == CLIENT_APPLIED ? succeeded(client, manifest, known, &before, error)
					 : failed(client, manifest, outcome, &before, reason, error);
}

bool client_apply(ksig_client *client, const char *id, gint64 seen, GError **error)
{
	g_autoptr(ksig_live_manifest) manifest = client_manifest(client, id, error);

	return manifest && apply(client, manifest, seen, error);
}

bool ksig_client_apply(ksig_client *client, const char *id, GError **error)
{
	client_probation_end(client, client_now(client));
	g_autoptr(ksig_live_manifest) manifest = id ? client_manifest(client, id, error)
						    : client_choose(client, error);

	return manifest &&
	       apply(client, manifest, client_seen(client, "patch", manifest->document->name), error);
}

bool ksig_client_rollback(ksig_client *client, const char *id, GError **error)
{
	if (!client_settle(client, error))
		return false;
	if (!id) {
		if (!client_disable_all(client, error))
			return false;
		client_record(client, "rolled back", NULL, "to the kernel as it was booted");
		g_clear_pointer(&client->state.current, g_free);
		return client_trial_set(client, NULL, false, error);
	}
	/* The owner's word goes below what was seen, but not below what the newest patch calls the minimum.
	 */
	g_autoptr(ksig_live_manifest)
		now = client->state.current ? client_manifest(client, client->state.current, NULL) : NULL;
	client_record(client, "rolling back", id, NULL);
	return client_apply(client, id, now ? now->document->minimum_revision : 0, error);
}

bool ksig_client_release(ksig_client *client, const char *id, GError **error)
{
	if (!g_hash_table_remove(client->state.quarantine, id))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not in quarantine", id);
	client_record(client, "released from quarantine", id, NULL);
	return client_state_save(client, error);
}

/* ---- force --------------------------------------------------------------------------------------- */

static bool force(ksig_client *client, const ksig_live_manifest *manifest, GError **error)
{
	if (!manifest->force_allowed)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: its manifest does not permit to force it", manifest->id);
	client_record(client, "forced", manifest->id, NULL);
	g_free(client->state.forced_boot);
	client->state.forced_boot = client_boot_id(client);
	return client_state_save(client, error) &&
	       client_patch_write(client, manifest->module, "force", "1", error);
}

bool ksig_client_leave(ksig_client *client, const char *id, GError **error)
{
	if (g_strcmp0(client->state.current, id) != 0 && g_strcmp0(client->state.trial, id) != 0)
		return true;
	return ksig_client_rollback(client, NULL, error);
}

bool ksig_client_force(ksig_client *client, const char *words, GError **error)
{
	static const char wanted[] = "I will reboot this machine";
	g_autoptr(GPtrArray) manifests = client_manifests(client, NULL);

	if (g_strcmp0(words, wanted) != 0)
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "forcing gives up the guarantee of consistency: say '%s'", wanted);
	for (guint i = 0; i < manifests->len; i++) {
		const ksig_live_manifest *manifest = manifests->pdata[i];
		if (client_patch_flag(client, manifest->module, "transition"))
			return force(client, manifest, error);
	}
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no transition of ours is under way");
}
