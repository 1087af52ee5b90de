/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig trust add, list, remove and say: keys with their roles, and the policy's sentences. */
#include "cli/cmd.h"
#include "rpm/keyring.h"
#include "trust/trust.h"

#include <string.h>

static char *folder, *role_name, *provider, *until, *format_name;
static char **patterns;

static const GOptionEntry entries[] = {
	{"folder", 0, 0, G_OPTION_ARG_FILENAME, &folder, "where the policy is (/etc/ksig/trust)", "DIR"},
	{"role", 0, 0, G_OPTION_ARG_STRING, &role_name, "add: kernel, livepatch, module or repository",
	 "ROLE"},
	{"provider", 'p', 0, G_OPTION_ARG_STRING, &provider, "add: for whom the key speaks", "NAME"},
	{"for", 0, 0, G_OPTION_ARG_STRING_ARRAY, &patterns, "add: only for names like that; may be repeated",
	 "PATTERN"},
	{"until", 'u', 0, G_OPTION_ARG_STRING, &until, "add: only until that day", "YYYY-MM-DD"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "list: text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"key", 0},   {"role", 0},  {"provider", 0},   {"for", 0},
					     {"state", 0}, {"until", 0}, {"fingerprint", 0}};

static char *day(gint64 time)
{
	g_autoptr(GDateTime) date = time ? g_date_time_new_from_unix_utc(time) : NULL;

	return date ? g_date_time_format(date, "%F") : NULL;
}

static const char *state_of(const struct ksig_trust_key *key, gint64 ends, gint64 now)
{
	if (key->revoked)
		return "revoked";
	return ends && now >= ends ? "expired" : "good";
}

static void add_grant(ksig_table *table, const struct ksig_trust_key *key, const struct ksig_grant *grant,
		      gint64 now)
{
	const gint64 ends = grant && grant->until && (!key->expires || grant->until < key->expires)
				    ? grant->until
				    : key->expires;
	g_autofree char *names = grant ? g_strjoinv(" ", grant->patterns) : NULL;
	g_autofree char *end = day(ends);
	const char *const cells[] = {key->name,
				     grant ? ksig_trust_role_name(grant->role) : NULL,
				     grant ? grant->provider : NULL,
				     names && *names ? names : "*",
				     state_of(key, ends, now),
				     end,
				     key->fingerprint};

	ksig_table_add(table, cells);
}

static int do_list(char **arguments, int count, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	(void) arguments;
	(void) count;
	if (format_name && !ksig_format_parse(format_name, &format, error))
		return KSIG_ERROR_USAGE;
	g_autoptr(ksig_trust) trust = ksig_trust_open(folder, error);
	if (!trust)
		return KSIG_ERROR_INPUT;
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	const GPtrArray *keys = ksig_trust_keys(trust);
	for (guint i = 0; i < keys->len; i++) {
		const struct ksig_trust_key *key = g_ptr_array_index(keys, i);
		for (guint j = 0; j < key->grants->len; j++)
			add_grant(table, key, g_ptr_array_index(key->grants, j), ksig_trust_time(trust));
		if (!key->grants->len)
			add_grant(table, key, NULL, ksig_trust_time(trust));
	}
	ksig_command_say_skipped(ksig_trust_skipped(trust));
	return ksig_command_answer(table, format, error);
}

static int do_add(char **arguments, int count, GError **error)
{
	static char *all[] = {NULL};
	struct ksig_grant grant = {.provider = provider, .patterns = patterns ? patterns : all};

	if (!role_name || !provider) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "--role and --provider are needed: what the key is for");
		return KSIG_ERROR_USAGE;
	}
	if (!ksig_trust_role_parse(role_name, &grant.role, error))
		return KSIG_ERROR_USAGE;
	if (until) {
		g_autofree char *iso = g_strconcat(until, "T00:00:00Z", NULL);
		g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(iso, NULL);
		if (!date) {
			ksig_error_set(error, KSIG_ERROR_USAGE, "%s: a day such as 2027-01-31 expected",
				       until);
			return KSIG_ERROR_USAGE;
		}
		grant.until = g_date_time_to_unix(date);
	}
	if (!ksig_trust_add(folder, arguments[0], count > 1 ? arguments[1] : NULL, &grant, error))
		return 1;
	char *files[] = {count > 1 ? arguments[1] : NULL, NULL};
	g_autoptr(ksig_keyring) keyring G_GNUC_UNUSED = *files ? ksig_command_keyring(files, NULL) : NULL;
	return 0;
}

static int do_remove(char **arguments, int count, GError **error)
{
	(void) count;
	return ksig_trust_remove(folder, arguments[0], error) ? 0 : 1;
}

static int do_say(char **arguments, int count, GError **error)
{
	(void) count;
	return ksig_trust_say(folder, arguments[0], error) ? 0 : 1;
}

static const struct {
	const char *name;
	int least, most;
	int (*run)(char **arguments, int count, GError **error);
} verbs[] = {
	{"add", 1, 2, do_add}, {"list", 0, 0, do_list}, {"remove", 1, 1, do_remove}, {"say", 1, 1, do_say}};

int ksig_command_trust(struct ksig_context *context, int argc, char **argv, GError **error)
{
	(void) context;
	if (!ksig_command_parse(
		    &argc, &argv, entries, "add NAME [FILE] | list | remove NAME | say SENTENCE",
		    "Whose signature counts for what on this machine: keys, their roles, the policy.", error))
		return KSIG_ERROR_USAGE;
	if (!folder)
		folder = g_strdup("/etc/ksig/trust");
	for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++)
		if (g_str_equal(verbs[i].name, argv[1]) && argc - 2 >= verbs[i].least &&
		    argc - 2 <= verbs[i].most)
			return verbs[i].run(argv + 2, argc - 2, error);
	ksig_error_set(error, KSIG_ERROR_USAGE, "add, list, remove or say expected (see ksig trust --help)");
	return KSIG_ERROR_USAGE;
}
