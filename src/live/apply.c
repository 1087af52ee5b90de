/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/client-internal.h"

#include <errno.h>
#include <string.h>

/* What finit_module() means by its errno, for a live patch (measured on 6.1; kernel/module/main.c,
 * signing.c). */
static const char *load_meaning(int errnum)
{
	switch (errnum) {
	case EKEYREJECTED:
		return "the kernel does not trust its signature, or it has none";
	case EBUSY:
		return "another transition is under way";
	case EEXIST:
		return "a module of that name is loaded already";
	case EINVAL:
		return "a function that it patches is not in this kernel (see the kernel's log)";
	case ENOEXEC:
		return "not a module, cut short, or for other symbol versions";
	case EPERM:
		return "not permitted: root is needed, and no lockdown";
	default:
		return g_strerror(errnum);
	}
}

static bool foresee_memory(const ksig_live_client *client, const char *path, GError **error)
{
	g_autofree char *text = client_system_file(client, "/proc/meminfo");
	const char *line = text ? strstr(text, "MemAvailable:") : NULL;
	g_autoptr(GBytes) module = client_read(path, LIVE_LIMIT_OBJECT_BYTES, error);

	if (!module)
		return false;
	const guint64 needed = g_bytes_get_size(module) / 1024 * 4 + CLIENT_MEMORY_SPARE_KIB;
	if (line && g_ascii_strtoull(line + 13, NULL, 10) < needed)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "memory: %" G_GUINT64_FORMAT " KiB needed to load it", needed);
	return true;
}

static bool is_ours(GPtrArray *manifests, const char *module)
{
	for (guint i = 0; i < manifests->len; i++)
		if (g_str_equal(((ksig_live_manifest *) manifests->pdata[i])->module, module))
			return true;
	return false;
}

static bool check_others(ksig_live_client *client, GError **error)
{
	g_autoptr(GPtrArray) loaded = client_loaded_patches(client);
	g_autoptr(GPtrArray) manifests = client_manifests(client, NULL);

	for (guint i = 0; i < loaded->len; i++) {
		const char *name = loaded->pdata[i];
		if (client_patch_flag(client, name, "transition"))
			return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
					      "%s: its transition is still under way", name);
		if (!is_ours(manifests, name))
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					      "%s: a live patch that ksig did not load is in the kernel",
					      name);
	}
	return true;
}

static bool is_applied(ksig_live_client *client, const ksig_live_manifest *manifest)
{
	g_autofree char *build = client_module_build_id(client, manifest->module);

	return client_patch_flag(client, manifest->module, "enabled") &&
	       (!manifest->module_build_id || (build && g_str_equal(build, manifest->module_build_id)));
}

static bool preflight(ksig_live_client *client, const ksig_live_manifest *manifest, gint64 seen,
		      GError **error)
{
	const char *why = g_hash_table_lookup(client->state.quarantine, manifest->id);
	g_autofree char *path = client_store(client, manifest->id, "module.ko");

	if (client_kill_switch(client))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "ksig.live=0 stands on the kernel's command line: nothing is applied");
	if (why)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: in quarantine: %s", manifest->id, why);
	return client_accepts(client, manifest->id, seen, error) && check_others(client, error) &&
	       foresee_memory(client, path, error);
}

/* Waits until the transition of NAME is over; its folder is gone as well when it was disabled or replaced. */
static bool wait_transition(ksig_live_client *client, const char *name)
{
	const gint64 end = g_get_monotonic_time() + client->deadline_us;

	while (client_patch_flag(client, name, "transition")) {
		if (g_get_monotonic_time() >= end)
			return false;
		g_usleep(CLIENT_POLL_MS * 1000);
	}
	return true;
}

/* Turns a transition that does not end around: what is half patched gets whole again. */
static bool reverse(ksig_live_client *client, const ksig_live_manifest *manifest, GError **error)
{
	g_autofree char *tasks = client_stalled(client, true, manifest);
	g_autoptr(GError) reason = NULL;

	client_record(client, "stalled", manifest->id, tasks);
	const bool turned = client_patch_write(client, manifest->module, "enabled", "0", &reason) &&
			    wait_transition(client, manifest->module);
	if (turned)
		client->kernel.unload(manifest->module, client->kernel.data);
	client_record(client, turned ? "reversed" : "not reversed", manifest->id,
		      reason ? reason->message : NULL);
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			      "%s: did not get applied in %" G_GINT64_FORMAT " s and was %s; held up by:\n%s",
			      manifest->id, client->deadline_us / G_USEC_PER_SEC,
			      turned ? "reversed" : "NOT reversed", tasks);
}

/* Modules that a newer patch replaced stay in memory, and under their name no older copy can be loaded. */
static void unload_stale(ksig_live_client *client, const char *except)
{
	g_autoptr(GPtrArray) manifests = client_manifests(client, NULL);
	g_autoptr(GPtrArray) loaded = client_loaded_patches(client);

	for (guint i = 0; i < manifests->len; i++) {
		const char *module = ((ksig_live_manifest *) manifests->pdata[i])->module;
		if (g_strcmp0(module, except) != 0 && client_module_is_loaded(client, module) &&
		    !g_ptr_array_find_with_equal_func(loaded, module, g_str_equal, NULL))
			client->kernel.unload(module, client->kernel.data);
	}
}

static bool load(ksig_live_client *client, const ksig_live_manifest *manifest, GError **error)
{
	g_autofree char *path = client_store(client, manifest->id, "module.ko");

	unload_stale(client, NULL);
	const int status = client->kernel.load(path, client->kernel.data);
	if (status < 0)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: not loaded: %s (errno %d)",
				      manifest->id, load_meaning(-status), -status);
	return wait_transition(client, manifest->module) || reverse(client, manifest, error);
}

static bool set_trial(ksig_live_client *client, const char *id, bool loading, GError **error)
{
	struct client_state *state = &client->state;

	g_free(state->trial);
	g_free(state->trial_boot);
	state->trial = g_strdup(id);
	state->trial_boot = id ? client_boot_id(client) : NULL;
	state->loading = loading;
	state->trial_since = id ? g_get_real_time() / G_USEC_PER_SEC : 0;
	return client_state_save(client, error);
}

static bool apply(ksig_live_client *client, const ksig_live_manifest *manifest, gint64 seen, GError **error)
{
	g_autoptr(GError) reason = NULL;
	/* What was confirmed before stays so: it does not go through probation at each boot. */
	const bool known = g_strcmp0(client->state.current, manifest->id) == 0 && !client->state.trial;

	if (!preflight(client, manifest, seen, error))
		return false;
	if (is_applied(client, manifest)) {
		client_record(client, "applied already", manifest->id, NULL);
		return true;
	}
	if (!known && !set_trial(client, manifest->id, true, error))
		return false;
	client_record(client, "loading", manifest->id, NULL);
	if (!load(client, manifest, &reason)) {
		client_record(client, "refused", manifest->id, reason->message);
		set_trial(client, NULL, false, NULL);
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	unload_stale(client, manifest->module);
	g_free(client->state.current);
	client->state.current = g_strdup(manifest->id);
	client_see(client, "patch", manifest->document->name, manifest->document->revision);
	client_record(client, "applied", manifest->id, NULL);
	return known ? client_state_save(client, error) : set_trial(client, manifest->id, false, error);
}

static ksig_live_manifest *newest(ksig_live_client *client, GError **error)
{
	g_autofree char *running = client_running_build_id(client, error);
	g_autoptr(GPtrArray) manifests = running ? client_manifests(client, running) : NULL;

	for (guint i = manifests ? manifests->len : 0; i > 0; i--) {
		const ksig_live_manifest *manifest = manifests->pdata[i - 1];
		if (!g_hash_table_contains(client->state.quarantine, manifest->id))
			return client_manifest(client, manifest->id, error);
	}
	if (running)
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "no live patch for the running kernel (%s) is in the store", running);
	return NULL;
}

bool ksig_live_client_apply(ksig_live_client *client, const char *id, GError **error)
{
	g_autoptr(ksig_live_manifest) manifest = id ? client_manifest(client, id, error)
						    : newest(client, error);

	return manifest &&
	       apply(client, manifest, client_seen(client, "patch", manifest->document->name), error);
}

static bool disable_all(ksig_live_client *client, GError **error)
{
	g_autoptr(GPtrArray) loaded = client_loaded_patches(client);
	g_autoptr(GPtrArray) manifests = client_manifests(client, NULL);

	for (guint i = 0; i < loaded->len; i++) {
		const char *name = loaded->pdata[i];
		if (!is_ours(manifests, name))
			continue;
		if (!client_patch_write(client, name, "enabled", "0", error))
			return false;
		if (!wait_transition(client, name)) {
			g_autofree char *tasks = client_stalled(client, false, NULL);
			client_patch_write(client, name, "enabled", "1", NULL);
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					      "%s: cannot be taken out; left applied; held up by:\n%s", name,
					      tasks);
		}
	}
	unload_stale(client, NULL);
	return true;
}

bool ksig_live_client_rollback(ksig_live_client *client, const char *id, GError **error)
{
	if (!id) {
		if (!disable_all(client, error))
			return false;
		client_record(client, "rolled back", NULL, "to the kernel as it was booted");
		g_clear_pointer(&client->state.current, g_free);
		return set_trial(client, NULL, false, error);
	}
	g_autoptr(ksig_live_manifest) manifest = client_manifest(client, id, error);
	if (!manifest)
		return false;
	/* The owner's word goes below what was seen, but not below what the newest patch calls the minimum.
	 */
	g_autoptr(ksig_live_manifest)
		now = client->state.current ? client_manifest(client, client->state.current, NULL) : NULL;
	const gint64 least = now ? now->document->minimum_revision : 0;
	client_record(client, "rolling back", id, NULL);
	return apply(client, manifest, least, error);
}

bool ksig_live_client_leave(ksig_live_client *client, const char *id, GError **error)
{
	if (g_strcmp0(client->state.current, id) != 0 && g_strcmp0(client->state.trial, id) != 0)
		return true;
	return ksig_live_client_rollback(client, NULL, error);
}

bool ksig_live_client_force(ksig_live_client *client, const char *words, GError **error)
{
	static const char wanted[] = "I will reboot this machine";
	g_autoptr(GPtrArray) loaded = client_loaded_patches(client);
	g_autoptr(GPtrArray) manifests = client_manifests(client, NULL);

	if (g_strcmp0(words, wanted) != 0)
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "forcing gives up the guarantee of consistency: say '%s'", wanted);
	for (guint i = 0; i < loaded->len; i++)
		for (guint j = 0; j < manifests->len; j++) {
			const ksig_live_manifest *manifest = manifests->pdata[j];
			if (!g_str_equal(manifest->module, loaded->pdata[i]) ||
			    !client_patch_flag(client, manifest->module, "transition"))
				continue;
			if (!manifest->force_allowed)
				return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
						      "%s: its manifest does not permit to force it",
						      manifest->id);
			client_record(client, "forced", manifest->id, NULL);
			return client_patch_write(client, manifest->module, "force", "1", error);
		}
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no transition of ours is under way");
}

/* A trial of another boot that nobody called good or stopped in order: it took the machine down. */
static bool judge_last_boot(ksig_live_client *client, GError **error)
{
	struct client_state *state = &client->state;
	g_autofree char *boot = client_boot_id(client);

	if (!state->trial || g_strcmp0(state->trial_boot, boot) == 0)
		return true;
	const char *why = state->loading ? "the machine went down while it was being loaded"
					 : "the machine went down before it was confirmed";
	g_hash_table_replace(state->quarantine, g_strdup(state->trial), g_strdup(why));
	client_record(client, "quarantined", state->trial, why);
	if (g_strcmp0(state->current, state->trial) == 0)
		g_clear_pointer(&state->current, g_free);
	return set_trial(client, NULL, false, error);
}

bool ksig_live_client_boot(ksig_live_client *client, GError **error)
{
	if (!judge_last_boot(client, error))
		return false;
	if (client_kill_switch(client)) {
		client_record(client, "kill switch", client->state.current, NULL);
		return true;
	}
	if (!client->state.current)
		return true;
	g_autofree char *running = client_running_build_id(client, error);
	g_autoptr(ksig_live_manifest) manifest = client_manifest(client, client->state.current, error);
	if (!running || !manifest)
		return false;
	/* Another kernel was booted: its own patch is found by update. */
	if (!g_str_equal(manifest->document->build_id, running))
		return true;
	return apply(client, manifest, 0, error);
}

bool ksig_live_client_stop(ksig_live_client *client, GError **error)
{
	if (!client->state.trial || client->state.loading)
		return true;
	client_record(client, "orderly shutdown", client->state.trial, NULL);
	return set_trial(client, NULL, false, error);
}
