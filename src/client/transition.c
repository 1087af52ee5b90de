/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading, and the transition that follows: watched, and turned around if it does not end. */
#include "client/transition-internal.h"
#include "client/client-internal.h"
#include "client/preflight-internal.h"
#include "client/probation-internal.h"
#include "client/state-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"
#include "live/manifest.h"

#include <string.h>

/* Waits until the transition of NAME is over; its folder is gone as well when it was disabled or replaced. */
static bool wait_transition(ksig_client *client, const char *name)
{
	const gint64 end = g_get_monotonic_time() + client->deadline_us;

	while (client_patch_flag(client, name, "transition")) {
		if (g_get_monotonic_time() >= end)
			return false;
		g_usleep(CLIENT_POLL_MS * 1000);
	}
	return true;
}

/* Turns NAME to VALUE and waits. What stands so already is only waited for: the kernel refuses the same
 * value. */
static bool turn(ksig_client *client, const char *name, const char *value, GError **error)
{
	const bool on = client_patch_flag(client, name, "enabled");

	if (!client_patch_is_there(client, name))
		return true;
	if (on != (value[0] == '1') && !client_patch_write(client, name, "enabled", value, error))
		return false;
	return wait_transition(client, name) ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: its transition does not end", name);
}

/* Turns a transition that does not end around: what is half patched gets whole again. */
static enum client_outcome reverse(ksig_client *client, const ksig_live_manifest *manifest, GError **error)
{
	g_autofree char *tasks = client_stalled(client, true, manifest);
	g_autoptr(GError) reason = NULL;

	client_record(client, "stalled", manifest->id, tasks);
	const bool turned = turn(client, manifest->module, "0", &reason);
	if (turned)
		client->kernel.unload(manifest->module, client->kernel.data);
	client_record(client, turned ? "reversed" : "not reversed", manifest->id,
		      reason ? reason->message : NULL);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE,
		       "%s: did not get applied in %" G_GINT64_FORMAT " s and was %s%s%s; held up by:\n%s",
		       manifest->id, client->deadline_us / G_USEC_PER_SEC,
		       turned ? "reversed" : "NOT reversed", reason ? ": " : "",
		       reason ? reason->message : "", tasks);
	return turned ? CLIENT_REVERSED : CLIENT_STUCK;
}

/* What is loaded, but patches nothing any more. */
static bool is_stale(const ksig_client *client, const char *module)
{
	return client_module_is_loaded(client, module) && !client_patch_is_there(client, module);
}

static gboolean is_gone(gpointer module, gpointer name, gpointer client)
{
	(void) name;
	return !client_module_is_loaded(client, module);
}

/* All modules that we know of: by manifests, and those whose package is gone by what we loaded. */
static GPtrArray *known_modules(const ksig_client *client)
{
	g_autoptr(GPtrArray) manifests = client_manifests(client, NULL);
	GPtrArray *modules = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iterator;
	gpointer module;

	for (guint i = 0; i < manifests->len; i++)
		g_ptr_array_add(modules, g_strdup(((ksig_live_manifest *) manifests->pdata[i])->module));
	g_hash_table_iter_init(&iterator, client->state.modules);
	while (g_hash_table_iter_next(&iterator, &module, NULL))
		g_ptr_array_add(modules, g_strdup(module));
	return modules;
}

void client_unload_stale(ksig_client *client, const char *except)
{
	g_autoptr(GPtrArray) modules = known_modules(client);

	for (guint i = 0; i < modules->len; i++)
		if (g_strcmp0(modules->pdata[i], except) != 0 && is_stale(client, modules->pdata[i]))
			client->kernel.unload(modules->pdata[i], client->kernel.data);
	g_hash_table_foreach_remove(client->state.modules, is_gone, client);
}

static void remember(ksig_client *client, const ksig_live_manifest *manifest)
{
	g_hash_table_replace(client->state.modules, g_strdup(manifest->module),
			     g_strdup(manifest->document->name));
}

enum client_outcome client_load(ksig_client *client, const ksig_live_manifest *manifest, GError **error)
{
	g_autofree char *path = client_store(client, manifest->id, "module.ko");

	client_unload_stale(client, NULL);
	remember(client, manifest);
	const int status = client->kernel.load(path, client->kernel.data);
	if (status < 0) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: not loaded: %s (errno %d)", manifest->id,
			       client_load_meaning(-status), -status);
		return CLIENT_REFUSED;
	}
	return wait_transition(client, manifest->module) ? CLIENT_APPLIED : reverse(client, manifest, error);
}

static bool disable(ksig_client *client, const char *name, GError **error)
{
	g_autoptr(GError) reason = NULL, again = NULL;

	if (turn(client, name, "0", &reason))
		return true;
	g_autofree char *tasks = client_stalled(client, false, NULL);
	const bool back = turn(client, name, "1", &again);
	client_record(client, back ? "not taken out" : "stuck", NULL, tasks);
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: cannot be taken out (%s); %s; held up by:\n%s",
			      name, reason->message,
			      back ? "left applied"
				   : "and could NOT be put back: its transition is still under way",
			      tasks);
}

bool client_disable_all(ksig_client *client, GError **error)
{
	g_autoptr(GPtrArray) loaded = client_loaded_patches(client);
	g_autoptr(GPtrArray) manifests = client_manifests(client, NULL);

	for (guint i = 0; i < loaded->len; i++)
		if (client_name_of(client, manifests, loaded->pdata[i]) &&
		    !disable(client, loaded->pdata[i], error))
			return false;
	client_unload_stale(client, NULL);
	return true;
}

void client_stuck(ksig_client *client, const ksig_live_manifest *manifest)
{
	/* It is in the kernel, half in effect: still loading, and not to be tried again. */
	client_quarantine(client, manifest->id, "its transition did not end and could not be reversed");
	client_state_save(client, NULL);
}

/* ---- what an earlier run left -------------------------------------------------------------------- */

static bool settle_applied(ksig_client *client, const ksig_live_manifest *manifest, GError **error)
{
	g_autofree char *id = g_strdup(manifest->id);

	client_record(client, "found applied", id, "by a run that did not end");
	remember(client, manifest);
	if (!g_hash_table_contains(client->state.quarantine, id))
		client_current_set(client, id, true);
	client_see(client, "patch", manifest->document->name, manifest->document->revision);
	return client_trial_set(client, id, false, error);
}

static bool settle_gone(ksig_client *client, const ksig_live_manifest *manifest, GError **error)
{
	if (client_module_is_loaded(client, manifest->module))
		client->kernel.unload(manifest->module, client->kernel.data);
	client_record(client, "found not applied", manifest->id, "by a run that did not end");
	g_hash_table_replace(client->state.failed, g_strdup(manifest->id),
			     g_strdup("the run that applied it did not end"));
	return client_trial_set(client, NULL, false, error);
}

bool client_settle(ksig_client *client, GError **error)
{
	const struct client_state *state = &client->state;
	g_autofree char *boot = client_boot_id(client);
	g_autoptr(ksig_live_manifest) manifest = NULL;

	if (!state->trial || !state->loading || g_strcmp0(state->trial_boot, boot) != 0)
		return true;
	manifest = client_manifest(client, state->trial, NULL);
	if (!manifest) {
		client_record(client, "gone", state->trial, "its package was taken away while it was loaded");
		return client_trial_set(client, NULL, false, error);
	}
	if (client_patch_flag(client, manifest->module, "transition") &&
	    reverse(client, manifest, error) != CLIENT_REVERSED) {
		client_stuck(client, manifest);
		return false;
	}
	g_clear_error(error);
	return client_is_applied(client, manifest) ? settle_applied(client, manifest, error)
						   : settle_gone(client, manifest, error);
}
