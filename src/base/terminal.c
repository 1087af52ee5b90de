/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person reads a listing on: a terminal's width, colour, the pager. */
#include "base/base.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static enum ksig_color color_mode = KSIG_COLOR_AUTO;
static pid_t pager;       /* 0: none runs */
static size_t paged_room; /* the terminal's width, asked before standard output was the pager's */

bool ksig_color_parse(const char *word, enum ksig_color *out_color, GError **error)
{
	static const char *const words[] = {"auto", "always", "never"};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (g_str_equal(words[i], word)) {
			*out_color = (enum ksig_color) i;
			return true;
		}
	}
	return ksig_error_set(error, KSIG_ERROR_USAGE, "color: %s: auto, always or never expected", word);
}

void ksig_terminal_set_color(enum ksig_color color)
{
	color_mode = color;
}

bool ksig_terminal_is(FILE *stream)
{
	return (pager > 0 && stream == stdout) || isatty(fileno(stream));
}

size_t ksig_terminal_width(FILE *stream)
{
	struct winsize size;

	if (pager > 0 && stream == stdout)
		return paged_room;
	if (!isatty(fileno(stream)) || ioctl(fileno(stream), TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

bool ksig_terminal_has_color(FILE *stream)
{
	const char *none = g_getenv("NO_COLOR");

	if (color_mode != KSIG_COLOR_AUTO)
		return color_mode == KSIG_COLOR_ALWAYS;
	return ksig_terminal_is(stream) && !(none && *none) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
}

/* Calls nothing that a signal's handler may not. */
static void wait_for_pager(void)
{
	while (waitpid(pager, NULL, 0) < 0 && kill(pager, 0) == 0)
		;
}

/* Who has seen enough quits the pager: that is no error, and there is no reader left. */
static void leave(int number)
{
	(void) number;
	wait_for_pager();
	_exit(0);
}

/* ^C reaches the pager as well, which goes on: it has the terminal until it is quit. */
static void leave_by(int number)
{
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	wait_for_pager();
	signal(number, SIG_DFL);
	raise(number);
}

/* As git has it: colours pass, what fits stays on the screen. */
static char **pager_environment(void)
{
	char **environment = g_get_environ();

	environment = g_environ_setenv(environment, "LESS", "FRX", FALSE);
	return g_environ_setenv(environment, "LV", "-c", FALSE);
}

bool ksig_terminal_page(char **argv, GError **error)
{
	g_auto(GStrv) environment = pager_environment();
	const size_t room = ksig_terminal_width(stdout);
	g_autoptr(GError) reason = NULL;
	int input = -1;

	if (!g_spawn_async_with_pipes(NULL, argv, environment,
				      G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pager,
				      &input, NULL, NULL, &reason)) {
		pager = 0;
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "pager: %s", reason->message);
	}
	paged_room = room;
	signal(SIGPIPE, leave);
	signal(SIGINT, leave_by);
	signal(SIGTERM, leave_by);
	fflush(stdout);
	dup2(input, STDOUT_FILENO);
	if (isatty(STDERR_FILENO))
		dup2(input, STDERR_FILENO);
	close(input);
	return true;
}

void ksig_terminal_end(void)
{
	if (pager <= 0)
		return;
	fflush(stdout);
	fflush(stderr);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	wait_for_pager();
	pager = 0;
}
