/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig repo rehearse: a change of keys seen by clients that have each key alone, and by one that has all. */
#include "cli/cmd-repo.h"
#include "publish/rehearse.h"

static char **key_files;
static char *format_name;
static gboolean ask_dnf;

static const GOptionEntry entries[] = {
	{"keys", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &key_files,
	 "what a client has: the old key, the new one", "FILE"},
	{"dnf", 0, 0, G_OPTION_ARG_NONE, &ask_dnf, "ask the dnf and the rpm of this machine as well", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"client", 0},
					     {"good", KSIG_COLUMN_BOOL},
					     {"check", 0},
					     {"subject", 0},
					     {"message", KSIG_COLUMN_WIDE}};

/* What a client with the keys of FILES sees. Returns false if it cannot be asked. */
static bool rehearse(ksig_table *table, const char *location, const char *client, char **files,
		     guint *out_bad, GError **error)
{
	g_autoptr(ksig_keyring) keyring = ksig_command_keyring(files, error);

	if (!keyring)
		return false;
	const struct ksig_repo_verify_options options = {.location = location, .keys = keyring};
	g_autoptr(GPtrArray) findings = ksig_publish_verify(&options, error);
	if (findings && ask_dnf &&
	    !ksig_publish_rehearse(location, (const char *const *) files, findings, error))
		return false;
	for (guint i = 0; findings && i < findings->len; i++) {
		const struct ksig_repo_finding *finding = g_ptr_array_index(findings, i);
		const char *const cells[] = {client, finding->good ? "true" : "false", finding->check,
					     finding->subject, finding->message};
		ksig_table_add(table, cells);
		*out_bad += !finding->good;
	}
	return findings != NULL;
}

static bool rehearse_all(ksig_table *table, const char *location, guint *out_bad, GError **error)
{
	for (char **file = key_files; *file; file++) {
		char *one[] = {*file, NULL};
		g_autofree char *base = g_path_get_basename(*file);
		g_autofree char *client = g_strdup_printf("only %s", base);
		guint bad = 0;
		if (!rehearse(table, location, client, one, &bad, error))
			return false;
	}
	return rehearse(table, location, "all keys", key_files, out_bad, error);
}

int ksig_command_repo_rehearse(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	guint bad = 0;

	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, "--keys OLD --keys NEW URL|DIR",
				"Says what clients see while keys change: one a key that has it alone, and "
				"one that has all.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc != 2 || !key_files) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "--keys, and a URL or a folder expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	if (!rehearse_all(table, argv[1], &bad, error))
		return KSIG_ERROR_ENVIRONMENT;
	ksig_table_print(table, format, stdout);
	if (bad == 0)
		return 0;
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %u findings for a client with all keys", argv[1],
		       bad);
	return KSIG_ERROR_NEGATIVE;
}
