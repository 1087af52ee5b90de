/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig repo verify: a published repository checked as a client reads it; prints the failed checks. */
#include "cli/cmd-repo.h"
#include "publish/verify.h"

static char **key_files, **bases;
static char *seen, *format_name;
static gboolean metadata_only, all;

static const GOptionEntry entries[] = {
	{"keys", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &key_files, "who may have signed", "FILE"},
	{"base", 'b', 0, G_OPTION_ARG_FILENAME_ARRAY, &bases, "where dependencies may come from", "URL|DIR"},
	{"seen", 0, 0, G_OPTION_ARG_FILENAME, &seen, "keep here what was seen; refuse what is older", "FILE"},
	{"metadata-only", 0, 0, G_OPTION_ARG_NONE, &metadata_only, "do not read the packages", NULL},
	{"all", 0, 0, G_OPTION_ARG_NONE, &all, "print what is good as well", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"good", KSIG_COLUMN_BOOL}, {"check", 0}, {"subject", 0}, {"message", KSIG_COLUMN_WIDE}};

/* Prints, and counts what is bad. */
static guint print(GPtrArray *findings, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	guint bad = 0;

	for (guint i = 0; i < findings->len; i++) {
		const struct ksig_repo_finding *finding = g_ptr_array_index(findings, i);
		const char *const cells[] = {finding->good ? "true" : "false", finding->check,
					     finding->subject, finding->message};
		bad += !finding->good;
		if (all || !finding->good)
			ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
	return bad;
}

int ksig_command_repo_verify(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	g_autoptr(ksig_keyring) keyring = NULL;

	(void) context;
	if (!ksig_command_parse(
		    &argc, &argv, entries, "URL|DIR",
		    "Verifies a channel or a repository: signatures, digests, packages, dependencies, "
		    "nothing vanished, not older than last seen.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc != 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "a URL or a folder expected");
		return KSIG_ERROR_USAGE;
	}
	if (key_files && !(keyring = ksig_command_keyring(key_files, error)))
		return KSIG_ERROR_INPUT;
	const struct ksig_repo_verify_options options = {.location = argv[1],
							 .keys = keyring,
							 .bases = (const char *const *) bases,
							 .seen = seen,
							 .metadata_only = metadata_only};
	g_autoptr(GPtrArray) findings = ksig_publish_verify(&options, error);
	if (!findings)
		return KSIG_ERROR_ENVIRONMENT;
	const guint bad = print(findings, format);
	if (bad == 0)
		return 0;
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %u findings", argv[1], bad);
	return KSIG_ERROR_NEGATIVE;
}
