/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A difference as a person or a program is shown it. */
#include "cli/cmd-show.h"

/* As git colours it. */
static const char *color_of(const char *line)
{
	static const struct {
		const char *begin, *color;
	} colors[] = {
		{"diff --git ", "\033[1m"}, {"index ", "\033[1m"}, {"--- ", "\033[1m"}, {"+++ ", "\033[1m"},
		{"@@", "\033[36m"},         {"+", "\033[32m"},     {"-", "\033[31m"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(colors); i++)
		if (g_str_has_prefix(line, colors[i].begin))
			return colors[i].color;
	return NULL;
}

void ksig_show_diff(const char *text, size_t length_bytes)
{
	g_autofree char *clean = ksig_terminal_is(stdout) ? ksig_shown(text, (gssize) length_bytes) : NULL;
	const char *at = clean ? clean : text;
	const char *end = at + (clean ? strlen(clean) : length_bytes);

	if (!ksig_terminal_has_color(stdout)) {
		fwrite(at, 1, (size_t) (end - at), stdout);
		return;
	}
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t) (end - at));
		const char *color = color_of(at);
		stop = stop ? stop : end;
		fputs(color ? color : "", stdout);
		fwrite(at, 1, (size_t) (stop - at), stdout);
		fputs(color ? "\033[m\n" : "\n", stdout);
		at = stop + 1;
	}
}
