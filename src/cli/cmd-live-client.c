/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of "ksig live" that run on a machine: they share their options. */
#include "cli/cmd-live.h"
#include "client/client.h"

#include <json-glib/json-glib.h>
#include <string.h>

static char *root, *trust, *kernel_package, *metrics, *words, *from, *format_name;
static int deadline_s, probation_s;
static gboolean wants_json, boot, stopping, automatic, release;

static const GOptionEntry entries[] = {
	{"root", 0, 0, G_OPTION_ARG_FILENAME, &root, "a folder that stands for /", "DIR"},
	{"trust", 0, 0, G_OPTION_ARG_FILENAME, &trust, "the policy's folder (/etc/ksig/trust)", "DIR"},
	{"kernel-package", 0, 0, G_OPTION_ARG_FILENAME, &kernel_package,
	 "the running kernel's package, to be verified and kept", "FILE"},
	{"deadline", 0, 0, G_OPTION_ARG_INT, &deadline_s, "of a transition, then it is reversed (60)",
	 "SECONDS"},
	{"probation", 0, 0, G_OPTION_ARG_INT, &probation_s, "until a patch is confirmed (600)", "SECONDS"},
	{"metrics", 0, 0, G_OPTION_ARG_FILENAME, &metrics, "status: write a node-exporter textfile too",
	 "FILE"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "status, check: text or json", "FORMAT"},
	{"json", 'j', 0, G_OPTION_ARG_NONE, &wants_json, "the same as --format=json", NULL},
	{"boot", 0, 0, G_OPTION_ARG_NONE, &boot, "apply: at boot, what was applied before", NULL},
	{"stopping", 0, 0, G_OPTION_ARG_NONE, &stopping, "apply: the machine stops in order", NULL},
	{"from", 0, 0, G_OPTION_ARG_STRING, &from, "rollback: only if it is what is applied or wanted", "ID"},
	{"auto", 0, 0, G_OPTION_ARG_NONE, &automatic,
	 "update: from live.conf's sources; then apply what its policy says is due", NULL},
	{"from-quarantine", 0, 0, G_OPTION_ARG_NONE, &release, "apply: also if ID is in quarantine", NULL},
	{"force", 0, 0, G_OPTION_ARG_STRING, &words, "apply: force the transition under way", "WORDS"},
	{NULL},
};

/* -f json is --json, as with every other command. */
static bool read_format(GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (format_name && !ksig_format_parse(format_name, &format, error))
		return false;
	wants_json = wants_json || format == KSIG_FORMAT_JSON;
	return format != KSIG_FORMAT_TSV ||
	       ksig_error_set(error, KSIG_ERROR_USAGE, "tsv: not a format of this answer (text or json)");
}

static ksig_client *open_client(GError **error)
{
	const struct ksig_client_options options = {.root = root,
						    .trust = trust,
						    .deadline_s = (unsigned) MAX(deadline_s, 0),
						    .probation_s = (unsigned) MAX(probation_s, 0)};
	g_autoptr(ksig_client) client = ksig_client_open(&options, error);

	if (!client || (kernel_package && !ksig_client_vouch(client, kernel_package, error)))
		return NULL;
	return g_steal_pointer(&client);
}

static void print_member(JsonObject *object, const char *name, JsonNode *node, gpointer data)
{
	const char *indent = data;

	(void) object;
	if (JSON_NODE_HOLDS_OBJECT(node)) {
		if (!json_object_get_size(json_node_get_object(node)))
			return;
		ksig_print(stdout, "%s%s:\n", indent, name);
		json_object_foreach_member(json_node_get_object(node), print_member, (gpointer) "  ");
		return;
	}
	g_autofree char *text = json_to_string(node, FALSE);
	const char *value = json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node)
									    : text;
	if (!g_str_equal(value, "null"))
		ksig_print(stdout, "%s%-20s %s\n", indent, name, value);
}

static int do_status(ksig_client *client, const char *argument, GError **error)
{
	bool clean = false;
	g_autofree char *text = ksig_client_status(client, &clean, error);

	(void) argument;
	if (!text)
		return KSIG_ERROR_ENVIRONMENT;
	if (metrics) {
		g_autofree char *lines = ksig_client_metrics(client, error);
		if (!lines || !ksig_file_write(metrics, lines, -1, 0644, error))
			return KSIG_ERROR_ENVIRONMENT;
	}
	if (wants_json) {
		puts(text);
	} else {
		g_autoptr(JsonNode) node = json_from_string(text, NULL);
		json_object_foreach_member(json_node_get_object(node), print_member, (gpointer) "");
	}
	return clean ? 0 : 1;
}

/* "Is CVE-X fixed in this running kernel, and by what?" */
static int do_check(ksig_client *client, const char *argument, GError **error)
{
	if (!argument || !g_str_has_prefix(argument, "CVE-")) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "check takes a CVE id, such as CVE-2026-1234");
		return KSIG_ERROR_USAGE;
	}
	g_autofree char *state = ksig_client_cve(client, argument, error);
	if (!state)
		return KSIG_ERROR_ENVIRONMENT;
	if (wants_json) {
		g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
		JsonObject *object = json_object_new();
		json_node_take_object(node, object);
		json_object_set_string_member(object, "cve", argument);
		json_object_set_string_member(object, "state", state);
		g_autofree char *text = json_to_string(node, FALSE);
		puts(text);
	} else {
		ksig_print(stdout, "%s: %s\n", argument, state);
	}
	return g_str_has_prefix(state, "live ") || g_str_equal(state, "kernel") ? 0 : 1;
}

static int do_update(ksig_client *client, const char *argument, GError **error)
{
	g_autofree char *id = NULL, *said = NULL;

	if (automatic) {
		const bool good = ksig_client_auto(client, &said, error);
		if (said)
			ksig_print(stdout, "%s\n", said);
		return good ? 0 : KSIG_ERROR_NEGATIVE;
	}
	if (!ksig_client_fetch(client, argument, &id, error))
		return KSIG_ERROR_NEGATIVE;
	ksig_print(stdout, "%s\n", id ? id : "nothing for this kernel");
	return id ? 0 : 1;
}

static bool apply(ksig_client *client, const char *id, GError **error)
{
	if (release && !id)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--from-quarantine: which patch?");
	return (!release || ksig_client_release(client, id, error)) && ksig_client_apply(client, id, error);
}

static int do_apply(ksig_client *client, const char *argument, GError **error)
{
	bool good;

	if (words)
		good = ksig_client_force(client, words, error);
	else if (stopping)
		good = ksig_client_stop(client, error);
	else if (boot)
		good = ksig_client_boot(client, error);
	else
		good = apply(client, argument, error);
	return good ? 0 : KSIG_ERROR_NEGATIVE;
}

static int do_rollback(ksig_client *client, const char *argument, GError **error)
{
	const bool good = from ? ksig_client_leave(client, from, error)
			       : ksig_client_rollback(client, argument, error);

	return good ? 0 : KSIG_ERROR_NEGATIVE;
}

static int do_history(ksig_client *client, const char *argument, GError **error)
{
	g_autofree char *text = ksig_client_history(client, error);

	(void) argument;
	if (!text)
		return KSIG_ERROR_ENVIRONMENT;
	fputs(text, stdout);
	return 0;
}

static int do_mirror(ksig_client *client, const char *argument, GError **error)
{
	g_auto(GStrv) halves = g_strsplit(argument ? argument : "", "\n", 2);

	if (g_strv_length(halves) != 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "mirror takes a source and a folder");
		return KSIG_ERROR_USAGE;
	}
	return ksig_client_mirror(client, halves[0], halves[1], error) ? 0 : KSIG_ERROR_NEGATIVE;
}

static const struct {
	const char *name, *synopsis, *summary;
	int (*run)(ksig_client *client, const char *argument, GError **error);
} verbs[] = {
	{"live status", "", "What is applied, and what of each CVE. Exit status 1: there is something to do.",
	 do_status},
	{"live check", "CVE", "Whether the running kernel has the fix, and by what. Exit status 1: no.",
	 do_check},
	{"live update", "[SOURCE]", "Takes what is newer and meant for this machine into the store.",
	 do_update},
	{"live apply", "[ID]", "Applies a patch of the store: the newest, or ID.", do_apply},
	{"live rollback", "[ID]", "Goes back to an earlier patch, or to the kernel as it was booted.",
	 do_rollback},
	{"live history", "", "What was done, one JSON object a line.", do_history},
	{"live mirror", "SOURCE DIR", "Copies a verified source, for machines without a network.", do_mirror},
};

int ksig_command_live_client(struct ksig_context *context, int argc, char **argv, GError **error)
{
	size_t i = 0;

	(void) context;
	while (i < G_N_ELEMENTS(verbs) - 1 && !g_str_equal(verbs[i].name, argv[0]))
		i++;
	if (!ksig_command_parse(&argc, &argv, entries, verbs[i].synopsis, verbs[i].summary, error) ||
	    !read_format(error))
		return KSIG_ERROR_USAGE;
	g_autofree char *argument = argc == 3 ? g_strjoin("\n", argv[1], argv[2], NULL)
					      : g_strdup(argc == 2 ? argv[1] : NULL);
	if (argc > 3 || (argc == 3 && verbs[i].run != do_mirror)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "too many arguments (see ksig %s --help)",
			       verbs[i].name);
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_client) client = open_client(error);
	return client ? verbs[i].run(client, argument, error) : KSIG_ERROR_ENVIRONMENT;
}
