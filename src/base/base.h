/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: what every domain stands on: errors, child processes, files, progress, tables.
 *
 * Nothing here knows a kernel. Nothing here prints, but for ksig_progress (on a terminal's stderr) and
 * ksig_table_print (on the stream it is given).
 */
#pragma once

#include <gio/gio.h>
#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* ---- errors -------------------------------------------------------------------------------------- */

/*
 * The one error domain of ksig. The code is the class of the error, and the class is the exit status of
 * the program: what a script can act on. The message is for people: which input, where, what was expected;
 * lower case, one line.
 */
enum ksig_error {
	KSIG_ERROR_NEGATIVE = 1,    /* the answer is no: differs, not found, not compatible */
	KSIG_ERROR_USAGE = 2,       /* the command line is wrong */
	KSIG_ERROR_INPUT = 3,       /* something that was read is damaged, hostile or not what it should be */
	KSIG_ERROR_ENVIRONMENT = 4, /* disk, permissions, a missing program, a lock, a time-out */
};

#define KSIG_ERROR ksig_error_quark()
GQuark ksig_error_quark(void);

/* The exit status for ERROR: its class, or 4 for an error of another library. */
int ksig_error_exit_status(const GError *error);

/*
 * Sets an environment error with "DETAIL: strerror(ERRNUM)"; a full disk and a read-only file system are
 * said as such. Returns false, so that a caller can write `return ksig_error_errno(…)`.
 */
bool ksig_error_errno(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Says that this build was made without WHAT, for meson's option PART (an environment error); false. */
bool ksig_error_left_out(GError **error, const char *what, const char *part);

/* Sets an error of class CODE and returns false. */
bool ksig_error_set(GError **error, enum ksig_error code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Puts THEIRS in the place of OURS in ERROR's message (none: nothing is done): who gave a file knows no copy
 * of it. */
void ksig_error_name_theirs(GError **error, const char *ours, const char *theirs);

/* ---- tables by name ------------------------------------------------------------------------------ */

/* g_str_hash() for names from outside: keyed, so that nobody can choose names that all fall in one place. */
guint ksig_string_hash(gconstpointer string);

/* SipHash-2-4 of DATA under KEY, two words. */
uint64_t ksig_hash_bytes(const void *data, size_t length_bytes, const uint64_t *key);

/* ---- files --------------------------------------------------------------------------------------- */

/*
 * Writes DATA to PATH so that a reader sees the old content or the new, never a part: a file without a name
 * in the same folder, fsync, rename. A process that is killed leaves nothing there. LENGTH_BYTES -1: DATA is
 * a string. MODE as for open(2).
 */
bool ksig_file_write(const char *path, const char *data, gssize length_bytes, int mode, GError **error);
/* The same of bytes, 0644. */
bool ksig_bytes_write(const char *path, GBytes *bytes, GError **error);

/* MADE, whole, in PATH's folder and perhaps another program's, becomes PATH when it is on the disk. */
bool ksig_file_place(const char *made, const char *path, GError **error);

/*
 * Reads NAME of the folder FOLDER_FD (AT_FDCWD: a path) whole, as ksig_file_read() does PATH, if root or the
 * user of this process owns what was opened, and nobody else may write it; else an environment error.
 */
char *ksig_own_file_read(int folder_fd, const char *name, const char *path, size_t limit_bytes,
			 size_t *out_length_bytes, GError **error);

/* Opens NAME of FOLDER_FD, a folder, if it is one's own so. OUT_FD is -1 if it is not there, which is no
 * error. */
bool ksig_own_folder_open(int folder_fd, const char *name, const char *path, int *out_fd, GError **error);

/*
 * FROM's content as the new file TO, of a folder of ksig's own that nobody reads yet. What is judged and then
 * used, of a file that others may change, is such a copy: both times it is the same.
 */
bool ksig_file_copy(const char *from, const char *to, GError **error);

/* The SHA-256 of the file at PATH, lower-case hex; free with g_free(). */
char *ksig_file_sha256(const char *path, GError **error);

/*
 * A file of a scratch folder that nobody reads yet: simply written. ksig_directory_sync() brings all that was
 * to the disk, once, before the folder gets its name.
 */
bool ksig_file_write_scratch(const char *path, const char *data, gssize length_bytes, GError **error);
bool ksig_directory_sync(const char *path, GError **error);

/*
 * PATH for reading; -1: an error. Where a file is expected a stranger may have put a pipe, at which one waits
 * for ever, or a device without end: an input error, but for what is named below /dev and /proc (a shell's
 * pipes), and for what leads to /dev/null.
 */
int ksig_file_open(const char *path, GError **error);
/* The same of NAME in the folder FOLDER_FD; PATH stands in messages. */
int ksig_file_open_at(int folder_fd, const char *name, const char *path, GError **error);

/*
 * PATH opened so, and held: a library that opens files by their names gets NAME, under which it finds this
 * one, whatever stands at PATH by then. Where there is no /proc NAME is PATH.
 */
typedef struct ksig_held {
	char *name;
	int fd;
} ksig_held;
ksig_held *ksig_file_hold(const char *path, GError **error);
void ksig_held_free(ksig_held *held);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_held, ksig_held_free)

/*
 * Reads PATH whole; more than LIMIT_BYTES is an input error. The result is NUL-terminated (the NUL is not
 * counted in OUT_LENGTH_BYTES, which may be NULL); free with g_free().
 */
char *ksig_file_read(const char *path, size_t limit_bytes, size_t *out_length_bytes, GError **error);
/* The same of what FD has left. */
char *ksig_fd_read(int fd, const char *path, size_t limit_bytes, size_t *out_length_bytes, GError **error);

/*
 * The key file TEXT, ended by a NUL, of PATH; an input error if it is none, or has a section, or a key of
 * one, twice, or a value that is not UTF-8 or has an escape that there is not.
 */
GKeyFile *ksig_key_file_parse(const char *path, const char *text, size_t length_bytes, GError **error);
/* The same as bytes, which may hold anything. */
GBytes *ksig_bytes_read(const char *path, size_t limit_bytes, GError **error);
/* PATH mapped, for files of gigabytes. */
GBytes *ksig_bytes_map(const char *path, GError **error);

/* Makes PATH and its parents; an existing folder is no error. */
bool ksig_directory_make(const char *path, GError **error);

/*
 * Makes PATH as a folder that this process writes into, or finds it so: no link, of root or of one's own, and
 * not for everybody to write. What is otherwise might lead elsewhere, and is an environment error.
 */
bool ksig_directory_own(const char *path, GError **error);

/* Removes PATH and all below it without following links; what is not there is no error. */
bool ksig_directory_remove(const char *path, GError **error);

/* The files in FOLDER and below it whose paths end in SUFFIX, sorted (of char *, its own); links are not
 * followed. */
GPtrArray *ksig_directory_find(const char *folder, const char *suffix);

/* For g_ptr_array_sort(): elements are char *, in the order of their bytes. */
int ksig_by_string(gconstpointer a, gconstpointer b);

/*
 * A new, empty folder below PARENT (NULL: $TMPDIR or /tmp), locked while this process lives. What processes
 * that were killed left there under the same PREFIX is swept.
 */
char *ksig_directory_temporary(const char *parent, const char *prefix, GError **error);
/* Sweeps FOLDER so, without making one. */
void ksig_directory_sweep(const char *folder, const char *prefix);

/* A folder from ksig_directory_temporary() that is removed with its scope: g_autoptr(ksig_scratch). */
typedef char ksig_scratch;
void ksig_scratch_free(ksig_scratch *path);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_scratch, ksig_scratch_free)

/*
 * True if PATH, taken relative to a root, stays below that root by its letters alone: not empty, not
 * absolute, no "..", "." or empty component, no NUL, no ".git" component (in any spelling of it), at most
 * 4096 bytes.
 */
bool ksig_path_is_safe(const char *path);

/* PATH without "./" before it, as a shell completes it: a part of PATH. */
const char *ksig_path_plain(const char *path);

/*
 * Locks PATH (made if absent) for this process until the lock is freed or the process ends. If another
 * process holds it: an environment error that names its process id.
 */
typedef struct ksig_lock ksig_lock;
ksig_lock *ksig_lock_take(const char *path, GError **error);
void ksig_lock_free(ksig_lock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_lock, ksig_lock_free)

/* ---- child processes ----------------------------------------------------------------------------- */

/* What the child just said; false with ERROR set ends it. */
typedef bool ksig_process_watch_fn(const char *said, size_t length_bytes, void *data, GError **error);

/*
 * How a child is run. All zero is a good start: no input, this process's folder and environment, no limit.
 * There is no shell, anywhere: arguments are vectors. A child dies with the thread that started it (the
 * kernel looks at the thread, not at the process): start and finish it in one. A child's standard error goes
 * to a bounded buffer whose last lines stand in the error message, unless LOG_FD takes it.
 */
struct ksig_process_options {
	const char *directory; /* where it runs; NULL: here */
	const char *const
		*environment;  /* "NAME=value" added to ours, NULL-ended; "NAME" alone unsets; NULL: none */
	bool only_environment; /* that is all it gets */
	const char *input;     /* its standard input; NULL: empty */
	size_t input_length_bytes;
	unsigned timeout_ms;          /* killed with its process group after that; 0: never */
	size_t output_limit_bytes;    /* of standard output; more is an input error; 0: 1 GiB */
	ksig_process_watch_fn *watch; /* with ksig_process_run(): is given standard output as it comes */
	void *watch_data;
	int log_fd; /* > 0: standard error (and output, if LOG_OUTPUT) goes there */
	bool log_output;
	const char *git_protocols;   /* of ksig_git_run(): "GIT_ALLOW_PROTOCOL=file:https"; NULL: none */
	bool (*confine)(void *data); /* called in the child before the program begins; false: it does not */
	void *confine_data;
	bool ends_all; /* what it started ends as well if this process is killed by what cannot be caught */
	unsigned cpu_limit_s; /* of the process group in all, with ksig_process_run(); 0: none */
	bool *out_of_cpu;     /* set where that was the reason to end it; NULL: not wanted */
};

/*
 * Runs ARGV (NULL-ended; ARGV[0] is looked up in PATH) to its end. With OUT_STATUS, any exit status is
 * a result; without it a status but 0 is an environment error that quotes the end of standard error. A
 * child killed by a signal or by the time limit is an error in either case. OUT_OUTPUT (may be NULL: its
 * standard output is dropped) is NUL-terminated; the NUL is not counted.
 */
bool ksig_process_run(const char *const *argv, const struct ksig_process_options *options, int *out_status,
		      GString **out_output, GError **error);

/*
 * A child whose standard output is read while it runs: _start, then read(2) from _fd until it ends, then
 * _finish, which says whether the child ended well. Freeing one that runs kills it.
 */
typedef struct ksig_process ksig_process;
ksig_process *ksig_process_start(const char *const *argv, const struct ksig_process_options *options,
				 GError **error);
int ksig_process_fd(const ksig_process *process);
bool ksig_process_finish(ksig_process *process, int *out_status, GError **error);
void ksig_process_free(ksig_process *process);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_process, ksig_process_free)

/* ---- git ----------------------------------------------------------------------------------------- */

/*
 * Runs git with ARGUMENTS ("log", …), as ksig_process_run() and _start() do, and nothing else in ksig does.
 * No config, attributes or hooks of the system, of the user or of where it stands are read, nothing is asked
 * or fetched, and of the environment it has what is given here. A stranger's repository is never its
 * --git-dir: that is one of ksig's own, or a shadow.
 */
bool ksig_git_run(const char *const *arguments, const struct ksig_process_options *options, int *out_status,
		  GString **out_output, GError **error);
ksig_process *ksig_git_start(const char *const *arguments, const struct ksig_process_options *options,
			     GError **error);

/* NAME as git prints it, "\"a/tab\\there\"" or as it is, without its quotes; free with g_free(). */
char *ksig_git_unquote(const char *name, size_t length_bytes);

/*
 * The folders (char *) that the folder OBJECTS of a repository says it has objects in as well; none is no
 * error. Git asks for those of these, too: of folders that are so many below the first at most.
 */
enum { KSIG_ALTERNATES_DEPTH = 5 };
GPtrArray *ksig_git_alternates(const char *objects, GError **error);

/*
 * The git directory, in FOLDER (made if need be), that stands for REPOSITORY (a work tree, a linked one or a
 * bare repository, whoever owns it): objects and references are the repository's own, by links, HEAD is a
 * copy, but the config is ksig's, and it has no attributes and no hooks. So whatever a stranger's config
 * names is not run. OUT_COMMON (may be NULL): the repository's own git directory; free both with g_free(). A
 * repository of a kind that cannot be read so (SHA-256, reftable) is an input error, and one of another
 * user's of which a part is what that user cannot read.
 */
char *ksig_git_shadow(const char *repository, const char *folder, char **out_common, GError **error);

/* ---- progress ------------------------------------------------------------------------------------ */

/*
 * One line on standard error that says how far long work is: "importing  41% (33,120/80,004)". Shown only
 * on a terminal, only after a second, at most ten times a second; cleared at the end. TOTAL 0: unknown.
 * A NULL progress is fine everywhere and shows nothing.
 */
typedef struct ksig_progress ksig_progress;
ksig_progress *ksig_progress_new(const char *title, uint64_t total);
void ksig_progress_set(ksig_progress *progress, uint64_t done);
void ksig_progress_free(ksig_progress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_progress, ksig_progress_free)

/* No progress from here on, terminal or not (--quiet). */
void ksig_progress_disable(void);

/* ---- terminals ----------------------------------------------------------------------------------- */

enum ksig_color { KSIG_COLOR_AUTO, KSIG_COLOR_ALWAYS, KSIG_COLOR_NEVER };

/* "auto", "always", "never"; anything else is a usage error. */
bool ksig_color_parse(const char *word, enum ksig_color *out_color, GError **error);
void ksig_terminal_set_color(enum ksig_color color);

/* Does a person read STREAM: is it a terminal, or the pager before one? */
bool ksig_terminal_is(FILE *stream);
/* Its columns; 0: nobody's screen. */
size_t ksig_terminal_width(FILE *stream);
/* Always or never as was set, else on a terminal unless NO_COLOR or TERM=dumb says no. */
bool ksig_terminal_has_color(FILE *stream);

/*
 * Runs the pager ARGV, which standard output (and standard error, if it is a terminal) goes to from here on.
 * When it is quit before all was written, the process ends with status 0. ksig_terminal_end() waits for it.
 */
bool ksig_terminal_page(char **argv, GError **error);
void ksig_terminal_end(void);

/* ---- templates ----------------------------------------------------------------------------------- */

struct ksig_mark {
	const char *name, *value; /* value NULL: empty */
};

/*
 * TEMPLATE with the value of each of MARKS (the last has no name) in the place of its @NAME@. A line that is
 * a mark alone becomes the value's lines, the last ended or not, or none if that is empty; one that begins
 * with @?NAME@ stands only if that is not empty; one that begins with @# is a remark of the template's.
 * Values are not looked into, and other '@' are text. Free with g_free().
 */
char *ksig_template_fill(const char *template, const struct ksig_mark *marks);

/* The same with marks that were added one by one (struct ksig_mark); values are copied. */
GArray *ksig_marks_new(void);
void ksig_marks_add(GArray *marks, const char *name, const char *value);
char *ksig_marks_fill(const GArray *marks, const char *template);

/* ---- tables -------------------------------------------------------------------------------------- */

enum ksig_format { KSIG_FORMAT_TEXT, KSIG_FORMAT_JSON, KSIG_FORMAT_TSV };

/* "text", "json", "tsv"; anything else is a usage error. */
bool ksig_format_parse(const char *name, enum ksig_format *out_format, GError **error);

enum ksig_column_flags {
	KSIG_COLUMN_NUMBER = 1 << 0, /* right-aligned; bare in JSON when it reads as a JSON number */
	KSIG_COLUMN_WIDE = 1 << 1,   /* in text, takes what room the terminal has left */
	KSIG_COLUMN_BOOL = 1 << 2,   /* "true" or "false": bare in JSON, yes or no in text */
};

struct ksig_column {
	const char *name; /* as in the TSV header line and the JSON key: lower case, no spaces */
	unsigned flags;
};

/*
 * A listing that prints as text for people, as JSON (an array of objects) or as TSV (a header line, a row
 * a line). Cells are UTF-8 (what is not, is made so); in TSV and text, tab and newline become a space, and
 * what cannot be seen is spelled out (ksig_shown()).
 */
typedef struct ksig_table ksig_table;
ksig_table *ksig_table_new(const struct ksig_column *columns, size_t n_columns);
void ksig_table_free(ksig_table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_table, ksig_table_free)

/* Adds a row; CELLS has one string a column, NULL is an empty cell (null in JSON). Strings are copied. */
void ksig_table_add(ksig_table *table, const char *const *cells);
size_t ksig_table_rows(const ksig_table *table);

/* Keeps and orders columns as NAMES ("upstream,revision") says; NULL keeps all. Unknown: a usage error. */
bool ksig_table_select(ksig_table *table, const char *names, GError **error);

void ksig_table_print(const ksig_table *table, enum ksig_format format, FILE *stream);

/* "Mon" to "Sun", "Jan" to "Dec": in English whatever the locale. NULL-ended. */
extern const char *const ksig_days[];
extern const char *const ksig_months[];

/* "1,234,567"; free with g_free(). */
char *ksig_number(uint64_t number);

enum { KSIG_SHARE_BYTES = 8 };
/* "0.950" in BUFFER (KSIG_SHARE_BYTES); a negative SHARE is none: NULL. */
const char *ksig_share(char *buffer, double share);

/* STRING with what is not UTF-8 replaced by U+FFFD and control characters but \n and \t dropped. */
char *ksig_utf8(const char *string, gssize length_bytes);

/*
 * STRING as people are shown it, on a terminal or a page: as ksig_utf8() makes it, and what would move, turn
 * round or hide text (bidirectional controls, characters of no width) is spelled out, "<U+202E>".
 */
char *ksig_shown(const char *string, gssize length_bytes);

/* fprintf() for people: all of it goes through ksig_shown(). What programs read (JSON) is written as it is.
 */
void ksig_print(FILE *stream, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Text of unknown make: a line that is not UTF-8 is taken for ISO 8859-1, line ends (CR LF, CR) become \n,
 * NULs and control characters go. Free with g_free().
 */
char *ksig_text_of_bytes(const char *bytes, size_t length_bytes);

/*
 * C source with its comments made blanks, so that offsets and lines stay; strings are left as they are. Free
 * with g_free().
 */
char *ksig_c_without_comments(const char *text);

/* Whether one of WORDS (NULL-ended) stands in TEXT. */
bool ksig_text_has_any(const char *text, const char *const *words);

/*
 * The one of the N_WORDS WORDS that is most like WORD (fewest letters to change), to be suggested in place of
 * a wrong one; NULL if there are no words.
 */
const char *ksig_nearest(const char *word, const char *const *words, size_t n_words);

/*
 * DATE (taken; may be NULL) with its zone in full, "2022-10-25T19:55:08+02:00": GLib writes "+02", which ISO
 * 8601 allows and most readers of it (JavaScript, RFC 3339) refuse. What is no such date stays as it is. Free
 * with g_free().
 */
char *ksig_iso_date(char *date);

/* The CVE ids that stand in TEXT, in upper case, each once, in order; empty, never NULL. Free with
 * g_strfreev(). */
GStrv ksig_cves(const char *text);

/*
 * Whether TEXT, a message or a changelog's entry, says that it is (of) the fix of CVE: it names it, and no
 * sentence with it says otherwise ("unfixed", "related to", "introduced by", "not fixed by"), nor is it but
 * an address or a footnote, nor within a first line 'Revert "…"' or below that. A title's "(CVE-…)" counts
 * whatever the title's words are, if these do not deny it. Braces and fields ("{CVE-…}", "CVE:
 * CVE-…") always count.
 */
bool ksig_cve_is_claimed(const char *text, const char *cve);

/*
 * The tickets that stand in TEXT in forms that mean nothing else ("rhbz#1772081", "bsc#1051510", "LP: #1234",
 * "RHEL-406", a tracker's address), as changelogs have them: "1772081", "RHEL-406", "#935270"; each once, in
 * order; empty, never NULL. Free with g_strfreev().
 */
GStrv ksig_tickets(const char *text);

/* ---- JSON ---------------------------------------------------------------------------------------- */

/*
 * json_parser_load_from_data() for text from outside: json-glib's parser recurses, so that a file of nothing
 * but brackets would end the program. More than 100 levels are an input error, and so are comments.
 * LENGTH_BYTES -1: TEXT is a string.
 */
bool ksig_json_load(JsonParser *parser, const char *text, gssize length_bytes, GError **error);

/*
 * Members of OBJECT (NULL: it has none): what is foreign may be of any type, and what is not of the type that
 * is asked for is not there. A missing string, array or object is NULL, a number FALLBACK, a flag false; a
 * list of strings is empty, never NULL, without what is no string in it, and to be freed with g_strfreev().
 */
const char *ksig_json_string(JsonObject *object, const char *name);
gint64 ksig_json_integer(JsonObject *object, const char *name, gint64 fallback);
bool ksig_json_flag(JsonObject *object, const char *name);
JsonArray *ksig_json_array(JsonObject *object, const char *name);
JsonObject *ksig_json_object(JsonObject *object, const char *name);
char **ksig_json_strings(JsonObject *object, const char *name);
