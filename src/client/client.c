/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening ksig-live's state on a machine: folders, configuration, lock, policy, and a clock that does not go
 * back behind the last good index.
 */
#include "client/client-internal.h"
#include "client/config-internal.h"
#include "client/state-internal.h"
#include "client/system-internal.h"

/* What is said now goes before what the configuration says. */
static void take_times(ksig_client *client, const struct ksig_client_options *options)
{
	const gint64 deadline_s = options->deadline_s ? options->deadline_s : client->config.deadline_s;
	const gint64 probation_s = options->probation_s ? options->probation_s : client->config.probation_s;

	client->deadline_us = (deadline_s ? deadline_s : CLIENT_DEADLINE_S) * G_USEC_PER_SEC;
	client->probation_s = probation_s ? probation_s : CLIENT_PROBATION_S;
}

/* A clock that goes back must not bring back what had expired: time goes on from when a signed index was last
 * found good. */
static void take_clock(ksig_client *client)
{
	const gint64 seen = client_seen(client, "clock", "index");

	if (seen > ksig_trust_time(client->trust))
		ksig_trust_set_time(client->trust, seen);
}

ksig_client *ksig_client_open(const struct ksig_client_options *options, GError **error)
{
	g_autoptr(ksig_client) client = g_new0(ksig_client, 1);
	const char *root = options->root ? options->root : "";
	g_autofree char *trust = options->trust
					 ? g_strdup(options->trust)
					 : g_build_filename(*root ? root : "/", "etc/ksig/trust", NULL);

	if (*root && !g_file_test(root, G_FILE_TEST_IS_DIR)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: no folder, so it stands for no machine", root);
		return NULL;
	}
	client->root = g_strdup(*root ? root : "/");
	client->folder = g_build_filename(client->root, "var/lib/ksig-live", NULL);
	client->kernel = options->kernel ? *options->kernel : client_libkmod;
	g_autofree char *config = g_build_filename(client->root, "etc/ksig/live.conf", NULL);
	if (!client_config_load(&client->config, config, error))
		return NULL;
	take_times(client, options);
	g_autofree char *lock = g_build_filename(client->folder, "lock", NULL);
	if (!ksig_directory_own(client->folder, error) || !(client->lock = ksig_lock_take(lock, error)) ||
	    !(client->trust = ksig_trust_open(trust, error)) || !client_state_load(client, error))
		return NULL;
	take_clock(client);
	return g_steal_pointer(&client);
}

void ksig_client_free(ksig_client *client)
{
	if (!client)
		return;
	client_state_clear(&client->state);
	client_config_clear(&client->config);
	ksig_trust_free(client->trust);
	ksig_lock_free(client->lock);
	g_free(client->root);
	g_free(client->folder);
	g_free(client);
}
