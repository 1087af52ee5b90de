/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig live status, ksig live check CVE and the Prometheus metrics: a CVE is live, fixed by the kernel, open,
 * or waits for a reboot, by the manifests in the store.
 */
#include "client/choose-internal.h"
#include "base/json-write.h"
#include "client/index-internal.h"
#include "client/probation-internal.h"
#include "client/state-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"
#include "live/index.h"
#include "live/manifest.h"

#include <string.h>

struct status {
	ksig_client *client;
	JsonBuilder *builder;
	GPtrArray *manifests; /* for the running kernel, newest last */
	const ksig_live_manifest *applied;
	gint64 now;
	unsigned open, expired, stalled;
};

static const ksig_live_manifest *find_applied(ksig_client *client, GPtrArray *manifests)
{
	for (guint i = manifests->len; i > 0; i--) {
		const ksig_live_manifest *manifest = manifests->pdata[i - 1];
		if (!client_patch_flag(client, manifest->module, "enabled"))
			continue;
		g_autofree char *build = client_module_build_id(client, manifest->module);
		if (!manifest->module_build_id || (build && g_str_equal(build, manifest->module_build_id)))
			return manifest;
	}
	return NULL;
}

static bool open_status(struct status *status, ksig_client *client, GError **error)
{
	g_autofree char *build = client_running_build_id(client, error);

	if (!build)
		return false;
	status->client = client;
	status->now = ksig_trust_time(client->trust);
	status->manifests = client_manifests(client, build);
	status->applied = find_applied(client, status->manifests);
	return true;
}

static const char *unfixable_in(const ksig_live_manifest *manifest, const char *cve)
{
	for (char **line = manifest->unfixable; *line; line++)
		if (g_str_has_prefix(*line, cve) && (*line)[strlen(cve)] == ' ')
			return *line + strlen(cve) + 1;
	return NULL;
}

/* What is known of CVE on this kernel, by the signed manifests in the store. */
static char *cve_state(const struct status *status, const char *cve)
{
	if (status->applied && g_strv_contains((const char *const *) status->applied->cves, cve))
		return g_strdup_printf("live %s", status->applied->id);
	for (guint i = status->manifests->len; i > 0; i--) {
		const ksig_live_manifest *manifest = status->manifests->pdata[i - 1];
		const char *kernel = unfixable_in(manifest, cve);
		if (g_strv_contains((const char *const *) manifest->fixed_by_kernel, cve))
			return g_strdup("kernel");
		if (kernel)
			return g_strdup_printf("reboot %s", kernel);
		if (g_strv_contains((const char *const *) manifest->cves, cve))
			return g_strdup("open");
	}
	return g_strdup("unknown");
}

static GPtrArray *all_cves(const struct status *status)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < status->manifests->len; i++) {
		const ksig_live_manifest *manifest = status->manifests->pdata[i];
		char **const sets[] = {manifest->cves, manifest->fixed_by_kernel, manifest->unfixable};
		for (size_t j = 0; j < G_N_ELEMENTS(sets); j++)
			for (char **cve = sets[j]; *cve; cve++)
				g_hash_table_add(seen, g_strndup(*cve, strcspn(*cve, " ")));
	}
	GHashTableIter iterator;
	gpointer cve;
	g_hash_table_iter_init(&iterator, seen);
	while (g_hash_table_iter_next(&iterator, &cve, NULL))
		g_ptr_array_add(list, g_strdup(cve));
	g_ptr_array_sort(list, ksig_by_string);
	return list;
}

static void add_cves(struct status *status)
{
	g_autoptr(GPtrArray) cves = all_cves(status);

	json_builder_set_member_name(status->builder, "cves");
	json_builder_begin_object(status->builder);
	for (guint i = 0; i < cves->len; i++) {
		g_autofree char *state = cve_state(status, cves->pdata[i]);
		status->open += g_str_equal(state, "open") || g_str_has_prefix(state, "reboot");
		ksig_json_add(status->builder, cves->pdata[i], state);
	}
	json_builder_end_object(status->builder);
}

static const ksig_live_manifest *manifest_of(const struct status *status, const char *module)
{
	for (guint i = 0; i < status->manifests->len; i++)
		if (g_str_equal(((ksig_live_manifest *) status->manifests->pdata[i])->module, module))
			return status->manifests->pdata[i];
	return NULL;
}

static void add_loaded(struct status *status)
{
	g_autoptr(GPtrArray) loaded = client_loaded_patches(status->client);

	json_builder_set_member_name(status->builder, "loaded");
	json_builder_begin_array(status->builder);
	for (guint i = 0; i < loaded->len; i++) {
		const char *name = loaded->pdata[i];
		const ksig_live_manifest *manifest = manifest_of(status, name);
		const bool moving = client_patch_flag(status->client, name, "transition");
		const bool over = manifest && status->now >= manifest->document->expires;
		g_autoptr(GDateTime)
			date = manifest ? g_date_time_new_from_unix_utc(manifest->document->expires) : NULL;
		g_autofree char *expires = date ? g_date_time_format(date, "%FT%TZ") : NULL;
		json_builder_begin_object(status->builder);
		ksig_json_add(status->builder, "module", name);
		ksig_json_add(status->builder, "patch", manifest ? manifest->id : NULL);
		ksig_json_add(status->builder, "provider", manifest ? manifest->document->provider : NULL);
		ksig_json_add_boolean(status->builder, "enabled",
				      client_patch_flag(status->client, name, "enabled"));
		ksig_json_add_boolean(status->builder, "transition", moving);
		ksig_json_add_boolean(status->builder, "expired", over);
		ksig_json_add(status->builder, "expires", expires);
		json_builder_end_object(status->builder);
		status->stalled += moving;
		status->expired += over;
	}
	json_builder_end_array(status->builder);
}

static void add_table(JsonBuilder *builder, const char *name, GHashTable *table)
{
	GHashTableIter iterator;
	gpointer id, why;

	json_builder_set_member_name(builder, name);
	json_builder_begin_object(builder);
	g_hash_table_iter_init(&iterator, table);
	while (g_hash_table_iter_next(&iterator, &id, &why))
		ksig_json_add(builder, id, why);
	json_builder_end_object(builder);
}

/* Patches of the store that are not applied, and why: what is to come, and what never will. */
static void add_held(struct status *status)
{
	json_builder_set_member_name(status->builder, "held");
	json_builder_begin_object(status->builder);
	for (guint i = 0; i < status->manifests->len; i++) {
		const ksig_live_manifest *manifest = status->manifests->pdata[i];
		g_autofree char *forbidden = client_forbidden(status->client, manifest);
		g_autofree char *held = forbidden ? NULL : client_held(status->client, manifest);
		if (manifest != status->applied && (forbidden || held))
			ksig_json_add(status->builder, manifest->id, forbidden ? forbidden : held);
	}
	json_builder_end_object(status->builder);
}

/* The patch whose transition is under way; NULL: none is. */
static char *moving(const ksig_client *client)
{
	g_autoptr(GPtrArray) loaded = client_loaded_patches(client);

	for (guint i = 0; i < loaded->len; i++)
		if (client_patch_flag(client, loaded->pdata[i], "transition"))
			return g_strdup(loaded->pdata[i]);
	return NULL;
}

/* Who holds it up, one string a task. */
static void add_stalled(struct status *status)
{
	g_autofree char *module = moving(status->client);

	json_builder_set_member_name(status->builder, "held_up_by");
	json_builder_begin_array(status->builder);
	g_autofree char *tasks = module ? client_stalled(status->client,
							 client_patch_flag(status->client, module, "enabled"),
							 manifest_of(status, module))
					: g_strdup("");
	g_auto(GStrv) lines = g_strsplit(tasks, "\n", -1);
	for (char **line = lines; *line; line++)
		if (**line)
			json_builder_add_string_value(status->builder, *line);
	json_builder_end_array(status->builder);
}

static void add_index(struct status *status, const char *provider)
{
	g_auto(ksig_live_index) index = {0};

	if (client_index_kept(status->client, provider, &index) != CLIENT_KEPT)
		return;
	const bool stale = status->now >= index.document->expires;
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(index.document->expires);
	g_autofree char *day = date ? g_date_time_format(date, "%FT%TZ") : NULL;
	json_builder_set_member_name(status->builder, provider);
	json_builder_begin_object(status->builder);
	json_builder_set_member_name(status->builder, "revision");
	json_builder_add_int_value(status->builder, index.document->revision);
	ksig_json_add(status->builder, "expires", day);
	ksig_json_add_boolean(status->builder, "stale", stale);
	json_builder_end_object(status->builder);
	status->expired += stale;
}

/* The last index of each provider: one that is past its date was not renewed, or is kept from this machine.
 */
static void add_indexes(struct status *status)
{
	g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);

	json_builder_set_member_name(status->builder, "indexes");
	json_builder_begin_object(status->builder);
	for (guint i = 0; i < status->manifests->len; i++) {
		const ksig_live_manifest *manifest = status->manifests->pdata[i];
		if (g_hash_table_add(done, manifest->document->provider))
			add_index(status, manifest->document->provider);
	}
	json_builder_end_object(status->builder);
}

static void add_machine(struct status *status)
{
	const ksig_client *client = status->client;
	g_autofree char *machine = client_system_file(client, "/etc/machine-id");
	g_autofree char *release = client_release(client);
	g_autofree char *build = client_running_build_id(client, NULL);
	g_autofree char *boot = client_boot_id(client);

	ksig_json_add(status->builder, "release", release);
	ksig_json_add(status->builder, "build_id", build);
	json_builder_set_member_name(status->builder, "ring_place");
	json_builder_add_int_value(status->builder, machine ? (gint64) ksig_live_ring_place(machine) : -1);
	ksig_json_add(status->builder, "applied", status->applied ? status->applied->id : NULL);
	ksig_json_add(status->builder, "wanted", client->state.current);
	ksig_json_add(status->builder, "probation", client->state.trial);
	ksig_json_add_boolean(status->builder, "loading", client->state.loading);
	ksig_json_add_boolean(status->builder, "forced", g_strcmp0(client->state.forced_boot, boot) == 0);
	ksig_json_add_boolean(status->builder, "kill_switch", client_kill_switch(client));
	ksig_json_add_boolean(status->builder, "signatures_enforced", client_signatures_enforced(client));
}

static bool is_clean(const struct status *status)
{
	const struct client_state *state = &status->client->state;

	return !status->open && !status->expired && !status->stalled &&
	       !g_hash_table_size(state->quarantine) && !g_hash_table_size(state->failed) &&
	       !(state->trial && state->loading);
}

char *ksig_client_status(ksig_client *client, bool *out_clean, GError **error)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	struct status status = {.builder = builder};

	client_probation_end(client, client_now(client));
	if (!open_status(&status, client, error))
		return NULL;
	json_builder_begin_object(builder);
	add_machine(&status);
	add_loaded(&status);
	add_stalled(&status);
	add_cves(&status);
	add_held(&status);
	add_table(builder, "quarantine", client->state.quarantine);
	add_table(builder, "failed", client->state.failed);
	add_indexes(&status);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	if (out_clean)
		*out_clean = is_clean(&status);
	g_ptr_array_unref(status.manifests);
	return json_to_string(root, TRUE);
}

char *ksig_client_cve(ksig_client *client, const char *cve, GError **error)
{
	struct status status = {0};

	if (!open_status(&status, client, error))
		return NULL;
	char *state = cve_state(&status, cve);
	g_ptr_array_unref(status.manifests);
	return state;
}

char *ksig_client_metrics(ksig_client *client, GError **error)
{
	struct status status = {0};
	unsigned counts[3] = {0};
	g_autofree char *module = moving(client);

	if (!open_status(&status, client, error))
		return NULL;
	g_autoptr(GPtrArray) cves = all_cves(&status);
	for (guint i = 0; i < cves->len; i++) {
		g_autofree char *state = cve_state(&status, cves->pdata[i]);
		counts[g_str_has_prefix(state, "live") || g_str_equal(state, "kernel") ? 0
		       : g_str_has_prefix(state, "reboot")                             ? 2
										       : 1]++;
	}
	GString *out = g_string_new(NULL);
	g_string_append_printf(
		out,
		"# HELP ksig_live_cves CVEs known for the running kernel, by what is done about them\n"
		"# TYPE ksig_live_cves gauge\n"
		"ksig_live_cves{state=\"fixed\"} %u\nksig_live_cves{state=\"open\"} %u\n"
		"ksig_live_cves{state=\"reboot\"} %u\n",
		counts[0], counts[1], counts[2]);
	g_string_append_printf(
		out,
		"# TYPE ksig_live_applied_revision gauge\nksig_live_applied_revision %" G_GINT64_FORMAT
		"\n# TYPE ksig_live_expires_seconds gauge\nksig_live_expires_seconds %" G_GINT64_FORMAT
		"\n# TYPE ksig_live_quarantined gauge\nksig_live_quarantined %u\n"
		"# TYPE ksig_live_probation gauge\nksig_live_probation %d\n"
		"# TYPE ksig_live_failed gauge\nksig_live_failed %u\n"
		"# TYPE ksig_live_transition gauge\nksig_live_transition %d\n",
		status.applied ? status.applied->document->revision : 0,
		status.applied ? status.applied->document->expires : 0,
		g_hash_table_size(client->state.quarantine), client->state.trial != NULL,
		g_hash_table_size(client->state.failed), module != NULL);
	g_ptr_array_unref(status.manifests);
	return g_string_free(out, FALSE);
}
