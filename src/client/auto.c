/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the client does of its own accord: it takes back what was withdrawn, and applies what is due. */
#include "client/choose-internal.h"
#include "client/config-internal.h"
#include "client/index-internal.h"
#include "client/preflight-internal.h"
#include "client/probation-internal.h"
#include "client/state-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"

static bool is_newer(ksig_client *client, const ksig_live_manifest *manifest)
{
	g_autoptr(ksig_live_manifest)
		now = client->state.current ? client_manifest(client, client->state.current, NULL) : NULL;

	if (manifest->document->revision < client_seen(client, "patch", manifest->document->name))
		return false;
	return !now || !client_is_applied(client, now) ||
	       !g_str_equal(now->document->name, manifest->document->name) ||
	       now->document->revision < manifest->document->revision;
}

static bool apply_due(ksig_client *client, char **out_said, GError **error)
{
	g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(client_now(client));
	g_autoptr(GError) reason = NULL;
	g_autoptr(ksig_live_manifest) manifest = client_choose(client, &reason);

	if (!manifest && !g_error_matches(reason, KSIG_ERROR, KSIG_ERROR_NEGATIVE)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	if (!manifest || !is_newer(client, manifest)) {
		*out_said = g_strdup("nothing newer is due");
	} else if (client->config.manual) {
		*out_said = g_strdup_printf("%s is due; live.conf says that it is applied by hand",
					    manifest->id);
	} else if (!client_window_is_open(&client->config, now)) {
		*out_said = g_strdup_printf("%s is due; no window is open now", manifest->id);
	} else {
		if (!ksig_client_apply(client, manifest->id, error))
			return false;
		*out_said = g_strdup_printf("%s applied", manifest->id);
	}
	return true;
}

/* Why what is applied is not to be any more: the provider halted it, or the policy revokes it. NULL: it may
 * stay. */
static char *withdrawn(ksig_client *client, const ksig_live_manifest *manifest)
{
	g_auto(ksig_live_index) index = {0};

	if (ksig_trust_patch_is_revoked(client->trust, manifest->document))
		return g_strdup("the policy revokes it");
	if (client_index_kept(client, manifest->document->provider, &index) == CLIENT_KEPT &&
	    ksig_live_index_halts(&index, manifest->id))
		return g_strdup_printf("halted by %s", manifest->document->provider);
	return NULL;
}

/* What NOW replaced and what may still be applied, so that what it fixes stays fixed; NULL: the kernel as it
 * was booted. */
static char *before_withdrawn(ksig_client *client, const ksig_live_manifest *now)
{
	g_autoptr(ksig_live_manifest) manifest = client_choose(client, NULL);

	return manifest && g_str_equal(manifest->document->name, now->document->name) &&
			       manifest->document->revision < now->document->revision &&
			       manifest->document->revision >= now->document->minimum_revision
		       ? g_strdup(manifest->id)
		       : NULL;
}

/* OUT_SAID stays NULL where there is nothing to take back, or the policy does not ask for it. */
static bool roll_back_withdrawn(ksig_client *client, char **out_said, GError **error)
{
	g_autoptr(ksig_live_manifest)
		now = client->state.current ? client_manifest(client, client->state.current, NULL) : NULL;
	g_autofree char *why = now && ksig_trust_rolls_back(client->trust) ? withdrawn(client, now) : NULL;

	if (!why)
		return true;
	client_record(client, "withdrawn", now->id, why);
	g_autofree char *id = g_strdup(now->id), *before = before_withdrawn(client, now);
	g_autoptr(GError) reason = NULL;
	if (before && !ksig_client_rollback(client, before, &reason))
		g_clear_pointer(&before, g_free); /* the history has why; out it goes all the same */
	if (!before && !ksig_client_rollback(client, NULL, error))
		return false;
	*out_said = g_strdup_printf("%s rolled back: %s%s%s%s", id, why, before ? "; " : "",
				    before ? before : "", before ? " in its place" : "");
	return true;
}

bool ksig_client_auto(ksig_client *client, char **out_said, GError **error)
{
	g_autofree char *id = NULL, *taken_back = NULL, *due = NULL;
	g_autoptr(GError) reason = NULL;
	const bool fetched = ksig_client_fetch(client, NULL, &id, &reason);

	client_probation_end(client, client_now(client));
	if (!roll_back_withdrawn(client, &taken_back, error) || !apply_due(client, &due, error))
		return false;
	*out_said = taken_back ? g_strdup_printf("%s; %s", taken_back, due) : g_steal_pointer(&due);
	if (!fetched)
		g_propagate_error(error, g_steal_pointer(&reason));
	return fetched;
}
