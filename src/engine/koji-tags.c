/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tags of a hub: by what name a target's stage goes, and builds tagged with it. */
#include "engine/koji-internal.h"
#include "engine/koji-session-internal.h"

#include <json-glib/json-glib.h>
#include <string.h>

char *ksig_engine_koji_tag_of(const char *target, const char *stage, GError **error)
{
	const char *dash = strrchr(target, '-');

	if (!dash || !g_str_has_prefix(dash, "-el") || !g_ascii_isdigit(dash[3])) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "%s: not a target of the pattern GROUP-PACKAGES-BRANCH-elN", target);
		return NULL;
	}
	return g_strdup_printf("%.*s-%s", (int) (dash - target), target, stage);
}

static bool has_tag(koji_session *session, const char *tag, const char *nvr, bool *out_has, GError **error)
{
	JsonArray *parameters = koji_parameters("s", nvr);
	g_autoptr(JsonNode) reply = koji_call(session, "listTags", parameters, NULL, error);
	JsonArray *tags = reply && JSON_NODE_HOLDS_ARRAY(reply) ? json_node_get_array(reply) : NULL;

	*out_has = false;
	for (guint i = 0; tags && i < json_array_get_length(tags); i++) {
		JsonNode *node = json_array_get_element(tags, i);
		if (JSON_NODE_HOLDS_OBJECT(node) &&
		    g_strcmp0(ksig_json_string(json_node_get_object(node), "name"), tag) == 0)
			*out_has = true;
	}
	return reply != NULL;
}

/* Asking twice is harmless here: the hub refuses a tag that is there, or being set. */
static bool tag_one(koji_session *session, const char *tag, const char *nvr, GError **error)
{
	bool has = false;

	if (!has_tag(session, tag, nvr, &has, error))
		return false;
	if (has)
		return true;
	g_autoptr(JsonNode)
		reply = koji_call(session, "tagBuild", koji_parameters("ss", tag, nvr), NULL, error);
	return reply != NULL;
}

bool ksig_engine_koji_tag(const char *profile, const char *tag, const char *const *builds, GError **error)
{
	g_autoptr(koji_session) session = koji_session_open(profile ? profile : "koji", error);

	if (!session)
		return false;
	for (; *builds; builds++) {
		if (!tag_one(session, tag, *builds, error)) {
			g_prefix_error(error, "%s: ", *builds);
			return false;
		}
	}
	return true;
}
