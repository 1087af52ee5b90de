/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig sign: packages, kernels and files of one folder signed into another, with a log; --verify-log checks
 * the chain of such a log.
 */
#include "cli/cmd.h"
#include "rpm/rpm.h"
#include "trust/trust.h"

static char *from, *to, *log_path, *key, *home, *kernel_key, *kernel_certificate, *verify_log, *expect,
	*format_name;
static char *module_key, *module_certificate;
static char **key_files;

static const GOptionEntry entries[] = {
	{"from", 0, 0, G_OPTION_ARG_FILENAME, &from, "the folder to sign", "DIR"},
	{"to", 't', 0, G_OPTION_ARG_FILENAME, &to, "where what is signed goes", "DIR"},
	{"sign-with", 's', 0, G_OPTION_ARG_STRING, &key, "the OpenPGP key", "FINGERPRINT"},
	{"gpg-home", 0, 0, G_OPTION_ARG_FILENAME, &home, "where gpg has that key", "DIR"},
	{"module-key", 0, 0, G_OPTION_ARG_FILENAME, &module_key,
	 "the key that signs modules: PEM, or pkcs11:…", "FILE|URI"},
	{"module-certificate", 0, 0, G_OPTION_ARG_FILENAME, &module_certificate, "and its certificate",
	 "FILE"},
	{"kernel-key", 0, 0, G_OPTION_ARG_FILENAME, &kernel_key, "the key that signs kernels, the same",
	 "FILE|URI"},
	{"kernel-certificate", 0, 0, G_OPTION_ARG_FILENAME, &kernel_certificate, "and its certificate",
	 "FILE"},
	{"log", 0, 0, G_OPTION_ARG_FILENAME, &log_path, "the log (TO/signing.log)", "FILE"},
	{"verify-log", 0, 0, G_OPTION_ARG_FILENAME, &verify_log, "verify a log instead", "FILE"},
	{"keys", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &key_files, "with --verify-log: who may have sealed it",
	 "FILE"},
	{"expect", 0, 0, G_OPTION_ARG_STRING, &expect, "with --verify-log: a sum that it has to have",
	 "SHA256"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"number", KSIG_COLUMN_NUMBER}, {"time", 0},   {"kind", 0}, {"key", 0},
	{"file", KSIG_COLUMN_WIDE},     {"before", 0}, {"after", 0}};

static void add(ksig_table *table, const struct ksig_sign_entry *entry)
{
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, entry->number);
	const char *const cells[] = {number,      entry->time,   entry->kind, entry->key,
				     entry->file, entry->before, entry->after};

	ksig_table_add(table, cells);
}

static void signed_one(const struct ksig_sign_entry *entry, bool now, void *data)
{
	if (now)
		add(data, entry);
}

static int verify(ksig_table *table, GError **error)
{
	g_autoptr(ksig_keyring) keyring = NULL;
	g_autofree char *hash = NULL;

	if (key_files && !(keyring = ksig_command_keyring(key_files, error)))
		return KSIG_ERROR_INPUT;
	g_autoptr(GPtrArray) log = ksig_rpm_sign_log_verify(verify_log, keyring, expect, &hash, error);
	if (!log)
		return KSIG_ERROR_NEGATIVE;
	for (guint i = 0; i < log->len; i++)
		add(table, g_ptr_array_index(log, i));
	ksig_print(stderr, "%u entries, the last has the sum %s\n", log->len, hash);
	return 0;
}

static GBytes *sign_module(GBytes *module, void *data, GError **error)
{
	(void) data;
	return ksig_trust_sign_module(module_key, module_certificate, module, error);
}

static int sign(ksig_table *table, GError **error)
{
	g_autoptr(GPtrArray) left_out = g_ptr_array_new_with_free_func(g_free);
	const struct ksig_sign_options options = {
		.from = from,
		.to = to,
		.log = log_path,
		.signer = {.key = key, .home = home},
		.sign_module = module_key && module_certificate ? sign_module : NULL,
		.module_certificate = module_certificate,
		.kernel_key = kernel_key,
		.kernel_certificate = kernel_certificate,
		.left_out = left_out,
	};
	const bool good = ksig_rpm_sign_folder(&options, signed_one, table, error);

	g_ptr_array_sort(left_out, ksig_by_string);
	for (guint i = 0; i < left_out->len; i++)
		ksig_print(stderr, "ksig: left out: %s\n", (char *) left_out->pdata[i]);
	return good ? 0 : KSIG_ERROR_ENVIRONMENT;
}

int ksig_command_sign(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	(void) context;
	if (!ksig_command_parse(
		    &argc, &argv, entries, "--from DIR --to DIR --sign-with KEY | --verify-log FILE",
		    "Signs packages, kernels and other files of a folder into another, with a log. It can "
		    "run on a machine that does nothing else.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc != 1 || (!verify_log && !(from && to && key))) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "--from, --to and --sign-with, or --verify-log expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	const int status = verify_log ? verify(table, error) : sign(table, error);
	ksig_table_print(table, format, stdout);
	return status;
}
