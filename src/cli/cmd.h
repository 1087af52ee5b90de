/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli: the program. One cmd-<name>.c a command: its options as data, its help, a worker, an entry.
 * A command parses, calls a domain, prints; it decides nothing about kernels.
 *
 * To add one: write cmd-<name>.c, declare its entry here, add its row to commands[] in main.c, its man page
 * to man/. tests/cli/ checks that they agree; completion asks the program.
 */
#pragma once

#include "base/base.h"
#include "rpm/keyring.h"

/* Options that every command takes, parsed by main(). */
struct ksig_context {
	const char *workspace; /* folder of the workspace */
};

/* What main() found; -w and -q behind a command change it (see ksig_command_parse()). */
extern struct ksig_context ksig_command_context;

/* ARGV[0] is the command's name. Returns the exit status; on an error, sets ERROR and main() says it. */
typedef int ksig_command_fn(struct ksig_context *context, int argc, char **argv, GError **error);

/*
 * Parses ARGC/ARGV with ENTRIES (GLib's table, from which --help is made as well). SYNOPSIS stands after
 * the command's name in --help, SUMMARY below it. What is left are the arguments. A wrong option is a usage
 * error.
 */
bool ksig_command_parse(int *argc, char ***argv, const GOptionEntry *entries, const char *synopsis,
			const char *summary, GError **error);

/* A verb of a command that has verbs: "publish" of "ksig repo". */
struct ksig_verb {
	const char *name;
	ksig_command_fn *run;
};

/*
 * Runs the verb of VERBS (the last has no name) that ARGV[1] names, ARGV[0] then being both words. Without
 * one, SUMMARY is the help, and the verbs stand in it; an unknown one is a usage error.
 */
int ksig_command_dispatch(struct ksig_context *context, int argc, char **argv, const struct ksig_verb *verbs,
			  const char *summary, GError **error);

ksig_command_fn ksig_command_base;
ksig_command_fn ksig_command_compare;
ksig_command_fn ksig_command_breakdown;
ksig_command_fn ksig_command_cve;
ksig_command_fn ksig_command_engine;
ksig_command_fn ksig_command_evaluate;
ksig_command_fn ksig_command_repo;
ksig_command_fn ksig_command_export;
ksig_command_fn ksig_command_kernel;
ksig_command_fn ksig_command_list;
ksig_command_fn ksig_command_missing;
ksig_command_fn ksig_command_live;
ksig_command_fn ksig_command_revisions;
ksig_command_fn ksig_command_show;
ksig_command_fn ksig_command_import;
ksig_command_fn ksig_command_trust;
ksig_command_fn ksig_command_sign;
ksig_command_fn ksig_command_kmod;
ksig_command_fn ksig_command_status;
ksig_command_fn ksig_command_watch;
ksig_command_fn ksig_command_upstream;
ksig_command_fn ksig_command_version;
ksig_command_fn ksig_command_why;

/*
 * Where a stream goes: TARGET's new file, which stands at OUT_PART until it is whole, or standard output for
 * NULL and "-". End it with the other one, which puts it in place if all of it is GOOD and
 * on the disk, else removes it; false with ERROR, which may be set already.
 */
FILE *ksig_command_stream(const char *target, char **out_part, GError **error);
bool ksig_command_stream_end(FILE *stream, const char *target, const char *part, bool good, GError **error);

/*
 * Prints TABLE, the answer to a question. Returns the exit status: an empty one is a negative answer,
 * "nothing found", with every command that lists.
 */
int ksig_command_answer(const ksig_table *table, enum ksig_format format, GError **error);

/* Says on standard error what was left out of files of keys, a line each. */
void ksig_command_say_skipped(const GPtrArray *skipped);

/* The public keys in FILES; what of them cannot be read is left out with a word. */
ksig_keyring *ksig_command_keyring(char **files, GError **error);
