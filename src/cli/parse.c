/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every command needs: options parsed (-w and -q anywhere, "-j2" as two words), verbs dispatched, output
 * written aside and renamed, keyrings opened.
 */
#include "cli/cmd.h"
#include "cli/settings.h"

#include <errno.h>
#include <unistd.h>

static const GOptionEntry global_entries[] = {KSIG_GLOBAL_ENTRIES(G_OPTION_FLAG_HIDDEN), {NULL}};

static bool takes_value(const GOptionEntry *entry)
{
	return entry->arg != G_OPTION_ARG_NONE &&
	       !(entry->arg == G_OPTION_ARG_CALLBACK && (entry->flags & G_OPTION_FLAG_NO_ARG));
}

/* The entry of the option that WORD begins with; NULL: it is none of ENTRIES. OUT_ATTACHED: more stands
 * behind it. */
static const GOptionEntry *entry_of(const GOptionEntry *entries, const char *word, bool *out_attached)
{
	const bool is_long = g_str_has_prefix(word, "--");

	for (const GOptionEntry *entry = entries; word[0] == '-' && entry->long_name; entry++) {
		*out_attached = !is_long && word[1] && word[2];
		if (is_long ? g_str_equal(word + 2, entry->long_name)
			    : entry->short_name && word[1] == entry->short_name)
			return entry;
	}
	return NULL;
}

/* "-j2" as two words, which GLib wants; what is the value of an option before it is left alone. */
static char **spread(int *argc, char **argv, const GOptionEntry *entries)
{
	static GPtrArray *words; /* they are argv from now on */
	bool is_value = false;
	bool ended = false;

	words = g_ptr_array_new();
	for (int i = 0; i < *argc; i++) {
		bool attached = false;
		ended = ended || (!is_value && g_str_equal(argv[i], "--"));
		const GOptionEntry *entry = ended || is_value ? NULL : entry_of(entries, argv[i], &attached);
		if (!entry && !ended && !is_value)
			entry = entry_of(global_entries, argv[i], &attached);
		const bool splits = entry && attached && takes_value(entry);
		is_value = entry && takes_value(entry) && !attached;
		const char option[] = {'-', splits ? argv[i][1] : '\0', '\0'};
		/* interned: GLib forgets the words that it takes */
		g_ptr_array_add(words, splits ? (char *) g_intern_string(option) : argv[i]);
		if (splits)
			g_ptr_array_add(words, argv[i] + 2);
	}
	*argc = (int) words->len;
	g_ptr_array_add(words, NULL);
	return (char **) words->pdata;
}

bool ksig_command_parse(int *argc, char ***argv, const GOptionEntry *entries, const char *synopsis,
			const char *summary, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(synopsis);
	g_autofree char *program = g_strdup_printf("ksig %s", (*argv)[0]);
	g_autoptr(GError) reason = NULL;

	*argv = spread(argc, *argv, entries);
	g_set_prgname(program);
	g_option_context_set_summary(context, summary);
	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_add_main_entries(context, global_entries, NULL);
	if (!g_option_context_parse(context, argc, argv, &reason))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s (see %s --help)", reason->message,
				      program);
	if (!*synopsis && *argc > 1)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: no arguments expected (see %s --help)",
				      (*argv)[1], program);
	return ksig_settings_apply(entries, error);
}

FILE *ksig_command_stream(const char *target, char **out_part, GError **error)
{
	if (!target || g_str_equal(target, "-"))
		return stdout;
	*out_part = g_strconcat(target, ".part", NULL);
	FILE *stream = fopen(*out_part, "w");
	if (!stream)
		ksig_error_errno(error, errno, "%s", *out_part);
	return stream;
}

bool ksig_command_stream_end(FILE *stream, const char *target, const char *part, bool good, GError **error)
{
	if (stream == stdout)
		return good;
	good = good && !ferror(stream) && fflush(stream) == 0 && fsync(fileno(stream)) == 0;
	int errnum = errno;
	if (fclose(stream) != 0 && good) {
		good = false;
		errnum = errno;
	}
	if (good && rename(part, target) == 0)
		return true;
	errnum = good ? errno : errnum;
	unlink(part);
	if (error && !*error)
		ksig_error_errno(error, errnum, "%s", target);
	return false;
}

static char *verb_names(const struct ksig_verb *verbs)
{
	GString *names = g_string_new(NULL);

	for (const struct ksig_verb *verb = verbs; verb->name; verb++)
		g_string_append_printf(names, "%s%s", names->len ? "|" : "", verb->name);
	return g_string_free(names, FALSE);
}

int ksig_command_dispatch(struct ksig_context *context, int argc, char **argv, const struct ksig_verb *verbs,
			  const char *summary, GError **error)
{
	static const GOptionEntry no_entries[] = {{NULL}};
	const char *command = argv[0];

	for (const struct ksig_verb *verb = verbs; argc > 1 && verb->name; verb++) {
		if (!g_str_equal(verb->name, argv[1]))
			continue;
		g_autofree char *name = g_strdup_printf("%s %s", command, argv[1]);
		argv[1] = name;
		return verb->run(context, argc - 1, argv + 1, error);
	}
	g_autofree char *names = verb_names(verbs);
	g_autofree char *synopsis = g_strconcat(names, " …", NULL);
	g_autofree char *help = g_strdup_printf("%s\n'ksig %s VERB --help' says more.", summary, command);
	if (ksig_command_parse(&argc, &argv, no_entries, synopsis, help, error))
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: one of %s expected (see ksig %s --help)",
			       command, names, command);
	return KSIG_ERROR_USAGE;
}

int ksig_command_answer(const ksig_table *table, enum ksig_format format, GError **error)
{
	ksig_table_print(table, format, stdout);
	if (ksig_table_rows(table) > 0)
		return 0;
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "nothing found");
	return KSIG_ERROR_NEGATIVE;
}

void ksig_command_say_skipped(const GPtrArray *skipped)
{
	for (guint i = 0; skipped && i < skipped->len; i++)
		ksig_print(stderr, "%s\n", (char *) g_ptr_array_index(skipped, i));
}

ksig_keyring *ksig_command_keyring(char **files, GError **error)
{
	ksig_keyring *keyring = ksig_rpm_keyring_new((const char *const *) files, error);

	if (keyring)
		ksig_command_say_skipped(ksig_rpm_keyring_skipped(keyring));
	return keyring;
}
