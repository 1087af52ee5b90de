/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of commands of ksig and of ksig-live, global options, the workspace (-w, KSIG_WORKSPACE, else the
 * nearest ksig.ws above), and the exit status.
 */
#include "cli/cmd.h"
#include "cli/settings.h"
#include "parts.h"

#include <errno.h>
#include <locale.h>
#include <sys/stat.h>

struct command {
	const char *name;
	ksig_command_fn *run;
	const char *summary;
	bool is_read; /* on a terminal, through a pager */
};

/* A part that this build was made without: its row is in no list, and says so when it is called. */
#if !KSIG_KMOD
#define ksig_command_kmod NULL
#endif
#if !KSIG_LIVE
#define ksig_command_live NULL
#endif

#ifndef KSIG_CLIENT
static const struct command commands[] = {
	{"base", ksig_command_base, "find the upstream release that a kernel was made from"},
	{"breakdown", ksig_command_breakdown, "split vendor kernels into patches, with the source of each"},
	{"compare", ksig_command_compare, "say what a revision added, dropped, reworked", true},
	{"cve", ksig_command_cve, "list how a revision stands to CVEs", true},
	{"engine", ksig_command_engine, "run plans of builds: local, Slurm, Koji"},
	{"evaluate", ksig_command_evaluate, "score a breakdown against known truth"},
	{"export", ksig_command_export, "write a breakdown as git, quilt, mbox, JSON or a site"},
	{"import", ksig_command_import, "import kernels into the workspace"},
	{"kernel", ksig_command_kernel, "alternative kernels: plus and longterm flavours"},
	{"kmod", ksig_command_kmod, "external modules: will they load, why not, build and deliver them"},
	{"list", ksig_command_list, "list the patches", true},
	{"live", ksig_command_live, "live patches: build, inspect, apply, roll back"},
	{"missing", ksig_command_missing, "list upstream fixes that the vendor lacks", true},
	{"repo", ksig_command_repo, "publish and verify repositories"},
	{"revisions", ksig_command_revisions, "list the revisions", true},
	{"show", ksig_command_show, "show one patch", true},
	{"sign", ksig_command_sign, "sign a folder, with a log"},
	{"status", ksig_command_status, "show what was seen and what became of it", true},
	{"trust", ksig_command_trust, "whose signature counts for what: keys, roles, the policy"},
	{"upstream", ksig_command_upstream, "the pools of candidate patches that a workspace knows"},
	{"version", ksig_command_version, "print the version"},
	{"watch", ksig_command_watch, "look for new kernels, and do what follows"},
	{"why", ksig_command_why, "say which patch owns a line, a function, an option", true},
};
#else
/* The program ksig-live: what a machine that runs live patches needs, and few libraries. */
static const struct command commands[] = {
	{"live", ksig_command_live, "live patches: build, inspect, apply, roll back"},
	{"trust", ksig_command_trust, "whose signature counts for what: keys, roles, the policy"},
	{"version", ksig_command_version, "print the version"},
};
#endif

static const GOptionEntry global_entries[] = {KSIG_GLOBAL_ENTRIES(0), {NULL}};

static char *list_of_commands(void)
{
	GString *list = g_string_new("Commands:\n");

	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (commands[i].run)
			g_string_append_printf(list, "  %-12s %s\n", commands[i].name, commands[i].summary);
	g_string_append(list, "\n'ksig COMMAND --help' says what a command takes.");
	return g_string_free(list, FALSE);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (g_str_equal(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* What other programs call it. */
static const struct {
	const char *word, *command;
} other_words[] = {
	{"annotate", "why"},    {"blame", "why"},      {"diff", "compare"}, {"fetch", "upstream"},
	{"find", "list"},       {"grep", "list"},      {"log", "list"},     {"ls", "list"},
	{"remote", "upstream"}, {"search", "list"},    {"series", "list"},  {"split", "breakdown"},
	{"tag", "revisions"},   {"tags", "revisions"},
};

/* The command that WORD means elsewhere, begins, or is nearest to. */
static const char *nearest_command(const char *word)
{
	const char *names[G_N_ELEMENTS(commands)];

	for (size_t i = 0; i < G_N_ELEMENTS(other_words); i++)
		if (g_str_equal(other_words[i].word, word) && find_command(other_words[i].command))
			return other_words[i].command;
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
		names[i] = commands[i].name;
		if (*word && g_str_has_prefix(names[i], word))
			return names[i];
	}
	return ksig_nearest(word, names, G_N_ELEMENTS(commands));
}

/* A word behind the command may take its place: interned, it is nobody's to free. */
static void intern(char **word)
{
	char *given = *word;

	*word = (char *) g_intern_string(given);
	g_free(given);
}

static bool parse_globals(int *argc, char ***argv, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new("COMMAND [ARGUMENT…]");
	g_autofree char *list = list_of_commands();
	g_autoptr(GError) reason = NULL;

	g_option_context_set_summary(
		context, "Kernels of RPM distributions: what is in them, and what is built beside them.");
	g_option_context_set_description(context, list);
	g_option_context_set_strict_posix(context, TRUE);
	g_option_context_add_main_entries(context, global_entries, NULL);
	if (!g_option_context_parse(context, argc, argv, &reason))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s (see ksig --help)", reason->message);
	intern(&ksig_globals.workspace);
	intern(&ksig_globals.color);
	return true;
}

/* "ksig help COMMAND" is "ksig COMMAND --help", "ksig help" is "ksig --help", "ksig --version" is "ksig
 * version". */
static void spell_out(int *argc, char ***argv)
{
	static char *words[4];
	const bool is_help = *argc >= 2 && g_str_equal((*argv)[1], "help");

	if (*argc == 2 && g_str_equal((*argv)[1], "--version"))
		(*argv)[1] = (char *) "version";
	if (!is_help || *argc > 3)
		return;
	words[0] = (*argv)[0];
	words[1] = *argc == 3 ? (*argv)[2] : (char *) "--help";
	words[2] = *argc == 3 ? (char *) "--help" : NULL;
	*argv = words;
}

static int run(int argc, char **argv, GError **error)
{
	spell_out(&argc, &argv);
	if (!parse_globals(&argc, &argv, error))
		return KSIG_ERROR_USAGE;
	if (argc < 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "a command is missing (see ksig --help)");
		return KSIG_ERROR_USAGE;
	}
	const struct command *command = find_command(argv[1]);
	if (!command) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a command; is %s meant? (see ksig --help)",
			       argv[1], nearest_command(argv[1]));
		return KSIG_ERROR_USAGE;
	}
	if (!command->run) {
		ksig_error_left_out(error, command->name, command->name);
		return KSIG_ERROR_ENVIRONMENT;
	}
	ksig_command_is_read = command->is_read;
	return command->run(&ksig_command_context, argc - 1, argv + 1, error);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	setlocale(LC_CTYPE, "");
	/* Whatever a service was started with, nobody else writes to what this one wrote. */
	umask(umask(0) | S_IWGRP | S_IWOTH);
	int status = run(argc, argv, &error);
	if (error) {
		ksig_print(stderr, "ksig: %s\n", error->message);
		status = ksig_error_exit_status(error);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		ksig_print(stderr, "ksig: standard output: %s\n", g_strerror(errno));
		return KSIG_ERROR_ENVIRONMENT;
	}
	ksig_terminal_end();
	return status;
}
