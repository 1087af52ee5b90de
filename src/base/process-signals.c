/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Children have process groups of their own, so that a time limit ends all of them; a signal from the
 * terminal or from kill(1) reaches this process alone. Before it ends this process, it ends them.
 */
#include "base/process-signals-internal.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { CHILDREN_MAX = 256 };

static atomic_int children[CHILDREN_MAX]; /* process groups; 0: free */
static const int signals[] = {SIGHUP, SIGINT, SIGTERM};

static void end_children(int number)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		const int group = atomic_load(&children[i]);
		if (group > 0)
			kill(-group, SIGTERM);
	}
	signal(number, SIG_DFL);
	raise(number);
}

/* A signal that is handled or ignored by somebody else (nohup) stays as it is. */
static gpointer install(gpointer data)
{
	const struct sigaction action = {.sa_handler = end_children, .sa_flags = SA_RESTART};
	struct sigaction present;

	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
		if (sigaction(signals[i], NULL, &present) == 0 && present.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
	return data;
}

void process_signals_add(int group)
{
	static GOnce once = G_ONCE_INIT;

	g_once(&once, install, NULL);
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		int expected = 0;
		if (atomic_compare_exchange_strong(&children[i], &expected, group))
			return;
	}
}

void process_signals_remove(int group)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		int expected = group;
		if (atomic_compare_exchange_strong(&children[i], &expected, 0))
			return;
	}
}
