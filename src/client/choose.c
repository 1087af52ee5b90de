/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which patch of the store is meant for this machine, now: the owner's and the provider's word together. */
#include "client/choose-internal.h"
#include "client/config-internal.h"
#include "client/index-internal.h"
#include "client/store-internal.h"
#include "live/index.h"
#include "live/manifest.h"
#include "client/system-internal.h"

#include <string.h>

enum { DAY_SECONDS = 24 * 60 * 60 };

gint64 client_now(const ksig_client *client)
{
	return ksig_trust_time(client->trust);
}

static bool is_blocked(const ksig_client *client, const char *id)
{
	for (char **pattern = client->config.blocked; pattern && *pattern; pattern++)
		if (g_pattern_match_simple(*pattern, id))
			return true;
	return false;
}

char *client_forbidden(ksig_client *client, const ksig_live_manifest *manifest)
{
	g_auto(ksig_live_index) index = {0};
	const char *why = g_hash_table_lookup(client->state.quarantine, manifest->id);

	if (why)
		return g_strdup_printf("in quarantine: %s", why);
	if (ksig_trust_patch_is_revoked(client->trust, manifest->document))
		return g_strdup("the policy revokes this patch");
	if (is_blocked(client, manifest->id))
		return g_strdup("on the block list of live.conf");
	if (client->config.test_needed && !client_is_tested(client, manifest))
		return g_strdup("did not pass the release gate, which live.conf asks for");
	const enum client_kept kept = client_index_kept(client, manifest->document->provider, &index);
	if (kept == CLIENT_KEPT_LOST)
		return g_strdup_printf("not known to be unhalted: the index of %s that was seen is missing "
				       "or damaged here, and "
				       "has to be fetched again",
				       manifest->document->provider);
	if (kept == CLIENT_KEPT_NONE)
		return NULL;
	if (ksig_live_index_halts(&index, manifest->id))
		return g_strdup_printf("halted by %s", manifest->document->provider);
	if (manifest->document->revision < index.document->minimum_revision)
		return g_strdup_printf("below revision %" G_GINT64_FORMAT ", the least that %s says",
				       index.document->minimum_revision, manifest->document->provider);
	return NULL;
}

static char *until(const char *what, gint64 time)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
	g_autofree char *day = date ? g_date_time_format(date, "%F") : NULL;

	return g_strdup_printf("%s %s", what, day ? day : "?");
}

char *client_held(ksig_client *client, const ksig_live_manifest *manifest)
{
	const struct client_config *config = &client->config;
	const gint64 issued = manifest->document->issued, due = issued + config->hold_back_days * DAY_SECONDS;
	g_auto(ksig_live_index) index = {0};

	if (config->pin && !g_str_equal(config->pin, manifest->id))
		return g_strdup_printf("pinned to %s", config->pin);
	if (config->cut_off && issued >= config->cut_off)
		return until("issued after the cut-off of", config->cut_off);
	if (client_now(client) < due)
		return until("held back until", due);
	if (client_index_kept(client, manifest->document->provider, &index) == CLIENT_KEPT &&
	    !client_index_reaches(client, &index, manifest->id))
		return g_strdup("not released to this machine's ring yet");
	return NULL;
}

/* What is applied goes on with its own series: revisions of another one do not compare. */
static char *series(ksig_client *client)
{
	const char *current = client->state.current;
	const char *dash = current ? strrchr(current, '-') : NULL;

	return dash ? g_strndup(current, (gsize) (dash - current)) : NULL;
}

static ksig_live_manifest *candidate(ksig_client *client, GPtrArray *manifests, const char *name)
{
	for (guint i = manifests->len; i > 0; i--) {
		const ksig_live_manifest *manifest = manifests->pdata[i - 1];
		if (name && !g_str_equal(name, manifest->document->name))
			continue;
		g_autofree char *forbidden = client_forbidden(client, manifest);
		g_autofree char *held = forbidden ? NULL : client_held(client, manifest);
		if (!forbidden && !held)
			return client_manifest(client, manifest->id, NULL);
	}
	return NULL;
}

ksig_live_manifest *client_choose(ksig_client *client, GError **error)
{
	g_autofree char *running = client_running_build_id(client, error);
	g_autoptr(GPtrArray) manifests = running ? client_manifests(client, running) : NULL;
	g_autofree char *name = series(client);

	if (!running)
		return NULL;
	ksig_live_manifest *found = candidate(client, manifests, name);
	if (!found)
		found = candidate(client, manifests, NULL);
	if (!found)
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       manifests->len ? "none of the live patches for the running kernel (%s) is for "
						"this machine now: see ksig live status"
					      : "no live patch for the running kernel (%s) is in the store",
			       running);
	return found;
}
