/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends a child with all that it started when this process is killed: the signal that a child can ask for
 * reaches it alone. */
#include "base/process-guard-internal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void end_group(int number)
{
	(void) number;
	kill(0, SIGKILL);
}

/* What the program ends with is what its guard ends with. */
static _Noreturn void wait_for(pid_t program)
{
	int status = 0;

	while (waitpid(program, &status, 0) != program)
		;
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

bool process_guard_stand(pid_t parent)
{
	const pid_t guard = getpid();

	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, end_group);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return false;
	const pid_t program = fork();
	if (program < 0)
		return false;
	if (program > 0) {
		/* Its ends of pipes would keep them open. */
		close_range(0, ~0U, 0);
		wait_for(program);
	}
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == guard;
}
