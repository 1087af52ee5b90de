/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What machines report of a patch, as files of "ksig live status --json" that were collected by whatever
 * means. They are not signed: who forges one can halt a promotion, never make one.
 */
#include "live/reports-internal.h"
#include "live/manifest.h"

#include <string.h>

enum { LIMIT_REPORTS = 1000000 };

struct tally {
	unsigned tried, bad;
};

static bool is_member(JsonObject *object, const char *name, const char *id)
{
	JsonObject *inner = ksig_json_object(object, name);

	return inner && json_object_has_member(inner, id);
}

static bool count(const char *path, const char *id, struct tally *tally, GError **error)
{
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	gsize length = 0;
	g_autofree char *text = ksig_file_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, &length, error);

	if (!text)
		return false;
	JsonNode *root = ksig_json_load(parser, text, (gssize) length, NULL) ? json_parser_get_root(parser)
									     : NULL;
	if (!root || !JSON_NODE_HOLDS_OBJECT(root))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a status as JSON expected", path);
	JsonObject *object = json_node_get_object(root);
	const bool bad = is_member(object, "failed", id) || is_member(object, "quarantine", id);
	tally->bad += bad;
	tally->tried += bad || g_strcmp0(ksig_json_string(object, "applied"), id) == 0;
	return true;
}

/* Out of FOLDER's reports: more than LIMIT_PERCENT of those that tried ID say that it failed. */
bool live_reports_halt(const char *folder, gint64 limit_percent, const char *id, bool *out_halt,
		       GError **error)
{
	g_autoptr(GDir) directory = g_dir_open(folder, 0, error);
	struct tally tally = {0};
	const char *name;

	if (!directory)
		return false;
	for (unsigned i = 0; i < LIMIT_REPORTS && (name = g_dir_read_name(directory)); i++) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (g_str_has_suffix(name, ".json") && !count(path, id, &tally, error))
			return false;
	}
	*out_halt = (gint64) tally.bad * 100 > limit_percent * tally.tried;
	return true;
}
