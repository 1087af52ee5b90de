/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig repo publish: packages, a promotion, a withdrawal or advisories into a channel, with the policy and
 * the gates that are asked first; prints each change.
 */
#include "cli/cmd-repo.h"
#include "publish/catalog-advice.h"
#include "publish/module-gate.h"
#include "publish/package-check.h"
#include "trust/trust.h"

static char *to, *channel, *release, *promote, *comps, *key, *home, *base_url, *policy, *severity, *untested,
	*format_name;
static char **advisory_files, **key_files, **patterns, **beside, **accept_loss, **withdrawn;
static int keep, keep_generations, above;
static gboolean dry_run, advise, strict;

enum { LIMIT_REVISION = 1000000000 }; /* there are some left above it */

static const GOptionEntry entries[] = {
	{"to", 't', 0, G_OPTION_ARG_FILENAME, &to, "the published tree", "ROOT"},
	{"channel", 'c', 0, G_OPTION_ARG_STRING, &channel, "the channel (testing)", "NAME"},
	{"release", 0, 0, G_OPTION_ARG_STRING, &release, "the release (from each package's .elN)", "N"},
	{"promote", 0, 0, G_OPTION_ARG_STRING, &promote, "take the packages and advisories of a channel",
	 "CHANNEL"},
	{"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &patterns, "with --promote: packages that match",
	 "PATTERN"},
	{"advisory", 'a', 0, G_OPTION_ARG_FILENAME_ARRAY, &advisory_files, "advisories to add", "FILE.json"},
	{"advise", 0, 0, G_OPTION_ARG_NONE, &advise, "make advisories of what is new", NULL},
	{"severity", 0, 0, G_OPTION_ARG_STRING, &severity,
	 "with --advise: critical, important, moderate or low", "WORD"},
	{"comps", 0, 0, G_OPTION_ARG_FILENAME, &comps, "groups of packages", "FILE.xml"},
	{"keys", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &key_files, "who may have signed packages", "FILE"},
	{"policy", 'p', 0, G_OPTION_ARG_FILENAME, &policy, "who may have signed what: a folder of ksig trust",
	 "DIR"},
	{"sign-with", 's', 0, G_OPTION_ARG_STRING, &key, "the OpenPGP key that signs metadata",
	 "FINGERPRINT"},
	{"gpg-home", 0, 0, G_OPTION_ARG_FILENAME, &home, "where gpg has that key", "DIR"},
	{"base-url", 0, 0, G_OPTION_ARG_STRING, &base_url, "where ROOT is served", "URL"},
	{"keep", 0, 0, G_OPTION_ARG_INT, &keep, "versions of a package that stay (all)", "N"},
	{"keep-generations", 0, 0, G_OPTION_ARG_INT, &keep_generations,
	 "publications that readers may lag (3)", "N"},
	{"users-have", 'u', 0, G_OPTION_ARG_FILENAME_ARRAY, &beside,
	 "packages that users have from elsewhere, such as the distribution's kernels", "FILE|DIR"},
	{"accept-loss", 0, 0, G_OPTION_ARG_STRING_ARRAY, &accept_loss,
	 "publish although users lose this module's package", "NAME"},
	{"above", 0, 0, G_OPTION_ARG_INT, &above, "after a restore: the revision that readers saw last", "N"},
	{"withdraw", 0, 0, G_OPTION_ARG_STRING_ARRAY, &withdrawn, "take packages out", "PATTERN"},
	{"untested", 0, 0, G_OPTION_ARG_STRING, &untested,
	 "publish live patches that did not pass ksig live test", "WORDS"},
	{"strict", 0, 0, G_OPTION_ARG_NONE, &strict,
	 "refuse modules that are unsigned or that cannot be judged, which else are told", NULL},
	{"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "say what would change", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"change", 0}, {"package", KSIG_COLUMN_WIDE}, {"key", 0}, {"place", 0}, {"why", 0}};

static GPtrArray *load_advisories(GError **error)
{
	GPtrArray *all = NULL;

	for (char **file = advisory_files; file && *file; file++) {
		GPtrArray *some = ksig_publish_advisories_load(*file, error);
		if (!some) {
			g_clear_pointer(&all, g_ptr_array_unref);
			return NULL;
		}
		if (all)
			g_ptr_array_extend_and_steal(all, some);
		else
			all = some;
	}
	return all ? all : g_ptr_array_new();
}

/* What no rule forbids, and nobody should miss: "NEVRA: why". */
static void print_told(ksig_table *table, const char *what, const GPtrArray *told)
{
	for (guint i = 0; i < told->len; i++) {
		const char *words = g_ptr_array_index(told, i), *why = strstr(words, ": ");
		g_autofree char *nevra = g_strndup(words, (gsize) (why - words));
		const char *const cells[] = {what, nevra, NULL, NULL, why + strlen(": ")};
		ksig_table_add(table, cells);
		ksig_print(stderr, "%s: %s\n", what, words);
	}
}

static void print(const ksig_repo_result *result, const GPtrArray *unjudged,
		  const GPtrArray *unsigned_modules, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < result->changes->len; i++) {
		const struct ksig_repo_change *change = g_ptr_array_index(result->changes, i);
		g_autofree char *nevra = ksig_rpm_package_nevra(change->package);
		const char *const cells[] = {change->verb == KSIG_REPO_ADD ? "add" : "drop", nevra,
					     change->package->key_id, change->package->path, change->why};
		ksig_table_add(table, cells);
	}
	print_told(table, "not judged", unjudged);
	print_told(table, "unsigned module", unsigned_modules);
	ksig_table_print(table, format, stdout);
	ksig_print(stderr, "%u packages, %u changes, %u advisories added or changed%s; %s\n",
		   result->packages->len, result->changes->len, result->new_advisories,
		   result->extras_changed ? ", other keys or addresses" : "",
		   result->generation ? result->generation
		   : dry_run          ? "a dry run"
				      : "nothing to do");
}

static int publish(struct ksig_context *context, char **sources, enum ksig_format format, GError **error)
{
	g_autoptr(GPtrArray) advisories = load_advisories(error);
	g_autoptr(ksig_keyring) keyring = NULL;
	g_autoptr(ksig_trust) trust = NULL;
	g_autoptr(GPtrArray) unjudged = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) unsigned_modules = g_ptr_array_new_with_free_func(g_free);

	if (!advisories)
		return KSIG_ERROR_INPUT;
	if (key_files && !(keyring = ksig_command_keyring(key_files, error)))
		return KSIG_ERROR_INPUT;
	if (policy && !(trust = ksig_trust_open(policy, error)))
		return KSIG_ERROR_INPUT;
	struct ksig_module_gate gate = {
		.root = to,
		.beside = beside,
		.accept_loss = (const char *const *) accept_loss,
		.workspace = context->workspace,
		.strict = strict,
		.unjudged = unjudged,
	};
	const struct ksig_repo_advise how = {
		.severity = severity,
		.know = ksig_publish_know_from_catalog,
		.know_data = (gpointer) context->workspace,
	};
	const struct ksig_repo_options options = {
		.root = to,
		.channel = channel ? channel : "testing",
		.release = release,
		.sources = (const char *const *) sources,
		.promote = promote,
		.patterns = (const char *const *) patterns,
		.advisories = advisories,
		.advise = advise ? &how : NULL,
		.comps = comps,
		.signer = {.key = key, .home = home},
		.keys = (const char *const *) key_files,
		.base_url = base_url,
		.keep = (unsigned) MAX(keep, 0),
		.keep_generations = (unsigned) MAX(keep_generations, 0),
		.above = above,
		.dry_run = dry_run,
		.withdraw = (const char *const *) withdrawn,
		.check = ksig_publish_policy_check,
		.keep_check = ksig_publish_policy_keep,
		.check_data = &(struct ksig_publish_policy){trust, keyring, untested, strict,
							    unsigned_modules},
		.gate = ksig_publish_module_gate,
		.gate_data = &gate,
	};
	g_autoptr(ksig_repo_result) result = ksig_publish_packages(&options, error);
	if (!result)
		return KSIG_ERROR_ENVIRONMENT;
	print(result, unjudged, unsigned_modules, format);
	return 0;
}

int ksig_command_repo_publish(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "--to ROOT [DIR|FILE.rpm…]",
		    "Publishes packages as signed repositories, by release and architecture. Readers see "
		    "a channel as it was or as it will be.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (!to || (argc < 2 && !promote && !advisory_files && !withdrawn && !above)) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "--to and packages, --promote, --withdraw, --above or --advisory expected");
		return KSIG_ERROR_USAGE;
	}
	if (above < 0 || above > LIMIT_REVISION) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "--above %d: a revision up to %d expected", above,
			       LIMIT_REVISION);
		return KSIG_ERROR_USAGE;
	}
	while (base_url && g_str_has_suffix(base_url, "/") && !g_str_has_suffix(base_url, "://"))
		base_url[strlen(base_url) - 1] = '\0';
	if (severity && !(advise && ksig_publish_advisory_severity_check(severity, error))) {
		if (!advise)
			ksig_error_set(error, KSIG_ERROR_USAGE, "--severity goes with --advise");
		return KSIG_ERROR_USAGE;
	}
	return publish(context, argv + 1, format, error);
}
