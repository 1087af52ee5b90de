/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs of rpmbuild and mock: log, progress by the folder that kbuild compiles, the log's own complaints as
 * the error, want of space told apart; packages found and moved.
 */
#include "rpm/rpmbuild-run.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { LINES_QUOTED = 12, TAIL_BYTES = 1500, LINE_LIMIT_BYTES = 1024, LOG_LIMIT_BYTES = 256 << 20 };

GPtrArray *ksig_rpm_build_command(const char *topdir, const char *what)
{
	GPtrArray *command = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(command, g_strdup("rpmbuild"));
	g_ptr_array_add(command, g_strdup(what));
	g_ptr_array_add(command, g_strdup("--nodeps"));
	ksig_rpm_build_define(command, "_topdir %s", topdir);
	return command;
}

void ksig_rpm_build_define(GPtrArray *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_ptr_array_add(command, g_strdup("--define"));
	g_ptr_array_add(command, g_strdup_vprintf(format, arguments));
	va_end(arguments);
}

/* ---- what it says -------------------------------------------------------------------------------- */

struct follower {
	int log_fd;
	const char *log;
	GString *line;
	char *title;
	ksig_progress *progress;
	uint64_t done;
};

/* "  CC [M]  drivers/net/wireguard/main.o" is about "drivers/net". */
static char *subsystem_of(const char *line)
{
	const char *path = line + strspn(line, " ");

	if (path == line || !g_ascii_isupper(*path) || !(path = strrchr(line, ' ')) || !strchr(path, '/'))
		return NULL;
	g_auto(GStrv) parts = g_strsplit(path + 1, "/", 3);
	return parts[0] && parts[1] && parts[2] ? g_strdup_printf("building %s/%s", parts[0], parts[1])
						: g_strdup_printf("building %s", parts[0]);
}

static void follow_line(struct follower *follower)
{
	g_autofree char *title = subsystem_of(follower->line->str);

	if (title && g_strcmp0(title, follower->title) != 0) {
		ksig_progress_free(follower->progress);
		follower->progress = ksig_progress_new(title, 0);
		g_free(follower->title);
		follower->title = g_steal_pointer(&title);
	}
	if (follower->progress)
		ksig_progress_set(follower->progress, ++follower->done);
	g_string_truncate(follower->line, 0);
}

static bool follow(const char *said, size_t length_bytes, void *data, GError **error)
{
	struct follower *follower = data;

	if (write(follower->log_fd, said, length_bytes) != (ssize_t) length_bytes)
		return ksig_error_errno(error, errno ? errno : ENOSPC, "%s", follower->log);
	for (size_t i = 0; i < length_bytes; i++)
		if (said[i] == '\n')
			follow_line(follower);
		else if (follower->line->len < LINE_LIMIT_BYTES)
			g_string_append_c(follower->line, said[i]);
	return true;
}

static bool is_for_want_of_space(const char *text)
{
	static const char *const words[] = {"No space left on device", "echo: I/O error", "File too large",
					    "Disk quota exceeded", NULL};

	return ksig_text_has_any(text, words);
}

/* A tool's own words; what make and rpmbuild say of its exit status is a consequence. */
static bool is_complaint(const char *line)
{
	static const char *const words[] = {"error:", "Error:", "ERROR:", "FAILED", NULL};

	/* "+ …": what the shell runs, not what comes of it */
	return (ksig_text_has_any(line, words) && !g_str_has_prefix(line, "+ ") &&
		!strstr(line, "error: Bad exit status")) ||
	       is_for_want_of_space(line);
}

/* What make and the shell say themselves, where no tool says anything; "Error 1" is only that one did. */
static bool is_of_make(const char *line)
{
	static const char *const words[] = {": *** ",
					    "Argument list too long",
					    ": not found",
					    "command not found",
					    "No such file or directory",
					    NULL};

	return ksig_text_has_any(line, words) && !g_str_has_prefix(line, "+ ") && !strstr(line, "] Error ") &&
	       !strstr(line, "Waiting for unfinished jobs");
}

/* Adds the LINES that IS_IT says so of to OUT, each once; how many there are. */
static guint quote_lines(GString *out, char **lines, bool (*is_it)(const char *line))
{
	guint shown = 0;

	for (char **line = lines; *line && shown < LINES_QUOTED; line++)
		if (is_it(*line) && !strstr(out->str, *line))
			g_string_append_printf(out, "%s%s", shown++ ? "; " : "", *line);
	return shown;
}

/* The end of TEXT, whole lines. */
static const char *tail_of(const char *text, size_t length_bytes)
{
	const char *start = length_bytes > TAIL_BYTES ? text + length_bytes - TAIL_BYTES : text;
	const char *line = start > text ? strchr(start, '\n') : NULL;

	return line ? line + 1 : start;
}

/* The lines of LOG that say what went wrong; if none does, its end. */
static char *quote_log(const char *log)
{
	size_t length_bytes = 0;
	g_autofree char *content = ksig_file_read(log, LOG_LIMIT_BYTES, &length_bytes, NULL);
	g_auto(GStrv) lines = g_strsplit(content ? content : "", "\n", -1);
	g_autoptr(GString) out = g_string_new(NULL);

	if (quote_lines(out, lines, is_complaint) == 0 && quote_lines(out, lines, is_of_make) == 0 && content)
		g_string_append(out, tail_of(content, length_bytes));
	return g_strstrip(ksig_utf8(out->str, (gssize) out->len));
}

/* ---- runs ---------------------------------------------------------------------------------------- */

static bool run_logged(const struct ksig_rpmbuild *build, const char *const *argv, int log_fd, GError **error)
{
	struct follower follower = {.log_fd = log_fd, .log = build->log, .line = g_string_new(NULL)};
	const struct ksig_process_options options = {.directory = build->directory,
						     .environment = build->environment,
						     .timeout_ms = build->timeout_ms,
						     .ends_all = true,
						     .log_fd = log_fd,
						     .watch = follow,
						     .watch_data = &follower};
	int status = 0;
	const bool ran = ksig_process_run(argv, &options, &status, NULL, error);

	ksig_progress_free(follower.progress);
	g_string_free(follower.line, TRUE);
	g_free(follower.title);
	if (!ran || status == 0)
		return ran;
	g_autofree char *quoted = quote_log(build->log);
	const enum ksig_error code = is_for_want_of_space(quoted) ? KSIG_ERROR_ENVIRONMENT : KSIG_ERROR_INPUT;
	return ksig_error_set(error, code, "%s ended with status %d: %s (the log is %s)", argv[0], status,
			      quoted, build->log);
}

bool ksig_rpm_build_run(const struct ksig_rpmbuild *build, GPtrArray *command, GError **error)
{
	const struct ksig_process_options options = {.directory = build->directory,
						     .environment = build->environment,
						     .ends_all = true,
						     .timeout_ms = build->timeout_ms};

	g_ptr_array_add(command, NULL);
	const char *const *argv = (const char *const *) command->pdata;
	if (!build->log)
		return ksig_process_run(argv, &options, NULL, NULL, error);
	const int fd = open(build->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return ksig_error_errno(error, errno, "%s", build->log);
	const bool good = run_logged(build, argv, fd, error);
	close(fd);
	return good;
}

/* ---- packages ------------------------------------------------------------------------------------ */

GPtrArray *ksig_rpm_build_packages(const char *topdir, const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(topdir, folder, NULL);
	g_autoptr(GPtrArray) found = ksig_directory_find(path, ".rpm");

	if (!found->len) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: rpmbuild left no package there", path);
		return NULL;
	}
	return g_steal_pointer(&found);
}

bool ksig_rpm_build_collect(const char *topdir, const char *folder, const char *output, GPtrArray *moved,
			    GError **error)
{
	g_autoptr(GPtrArray) found = ksig_rpm_build_packages(topdir, folder, error);

	for (guint i = 0; found && i < found->len; i++) {
		g_autoptr(GFile) from = g_file_new_for_path(found->pdata[i]);
		g_autofree char *name = g_path_get_basename(found->pdata[i]);
		g_autofree char *path = g_build_filename(output, name, NULL);
		g_autoptr(GFile) to = g_file_new_for_path(path);
		g_autoptr(GError) reason = NULL;
		if (!g_file_move(from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &reason))
			return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", path, reason->message);
		g_ptr_array_add(moved, g_steal_pointer(&path));
	}
	return found != NULL;
}
