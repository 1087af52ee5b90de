/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many builds this Koji has room for: the capacity of the hosts of its channel "default" that are enabled
 * and ready, as `koji list-hosts --channel=default --enabled --ready` prints it.
 */
#include "engine/koji-limits-internal.h"
#include "engine/koji-internal.h"
#include "engine/koji-session-internal.h"

#include <json-glib/json-glib.h>

static double capacity_of(JsonNode *node)
{
	JsonObject *host = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	JsonNode *capacity = host ? json_object_get_member(host, "capacity") : NULL;
	const GType type = capacity && JSON_NODE_HOLDS_VALUE(capacity) ? json_node_get_value_type(capacity)
								       : G_TYPE_INVALID;
	const double value = type == G_TYPE_DOUBLE || type == G_TYPE_INT64 ? json_node_get_double(capacity)
									   : 0;

	return value > 0 ? value : 0;
}

/* What a hub does not know, or does not tell, is no limit; one that cannot be reached is an error. */
static bool ask(koji_session *session, const char *method, JsonArray *parameters, JsonNode **out_reply,
		GError **error)
{
	g_autoptr(GError) reason = NULL;

	*out_reply = koji_call(session, method, parameters, NULL, &reason);
	if (*out_reply || reason->code == KSIG_ERROR_NEGATIVE)
		return true;
	g_propagate_error(error, g_steal_pointer(&reason));
	return false;
}

static JsonArray *hosts_that_work(gint64 channel)
{
	JsonArray *parameters = json_array_new();
	JsonObject *keywords = json_object_new();

	if (channel > 0)
		json_object_set_int_member(keywords, "channelID", channel);
	json_object_set_boolean_member(keywords, "enabled", TRUE);
	json_object_set_boolean_member(keywords, "ready", TRUE);
	koji_add_keywords(parameters, keywords);
	return parameters;
}

bool koji_limit_ask(koji_session *session, guint64 *out_builds, GError **error)
{
	g_autoptr(JsonNode) channel = NULL;
	g_autoptr(JsonNode) hosts = NULL;
	double sum = 0;

	if (!ask(session, "getChannel", koji_parameters("s", "default"), &channel, error))
		return false;
	JsonObject *found = channel && JSON_NODE_HOLDS_OBJECT(channel) ? json_node_get_object(channel) : NULL;
	if (!ask(session, "listHosts", hosts_that_work(found ? ksig_json_integer(found, "id", 0) : 0), &hosts,
		 error))
		return false;
	JsonArray *array = hosts && JSON_NODE_HOLDS_ARRAY(hosts) ? json_node_get_array(hosts) : NULL;
	for (guint i = 0; array && i < json_array_get_length(array); i++)
		sum += capacity_of(json_array_get_element(array, i));
	/* One is asked for in any case: a hub whose hosts all sleep has a queue for it. */
	*out_builds = array ? (guint64) CLAMP(sum, 1, G_MAXINT32) : KOJI_NO_LIMIT;
	return true;
}
