/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A build whose ksig was killed by what cannot be caught (SIGKILL, no memory) leaves compilers and scripts
 * that go on for a while. They must not write into a tree in which the next run builds. They are known by a
 * variable in their environment, which all that a build starts inherits.
 */
#include "kernel/leftover-internal.h"

#include <signal.h>
#include <string.h>

enum { WAIT_STEP_US = 50 * 1000, WAIT_STEPS = 200, ENVIRONMENT_LIMIT_BYTES = 4 << 20 };

char *leftover_mark(const char *topdir)
{
	return g_strconcat("KSIG_KERNEL_BUILD=", topdir, NULL);
}

/* True if the environment of process PID has MARK; false also if it cannot be read, for it is not ours then.
 */
static bool has_mark(const char *pid, const char *mark)
{
	g_autofree char *path = g_strdup_printf("/proc/%s/environ", pid);
	size_t length = 0;
	g_autofree char *text = ksig_file_read(path, ENVIRONMENT_LIMIT_BYTES, &length, NULL);

	for (const char *at = text; at && at < text + length; at += strlen(at) + 1)
		if (g_str_equal(at, mark))
			return true;
	return false;
}

/* Kills what is left; gives how many. */
static unsigned kill_leftovers(const char *mark)
{
	g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
	unsigned found = 0;
	const char *name;

	while (processes && (name = g_dir_read_name(processes)))
		if (g_ascii_isdigit(*name) && has_mark(name, mark)) {
			found++;
			kill((pid_t) g_ascii_strtoll(name, NULL, 10), SIGKILL);
		}
	return found;
}

bool leftover_end(const char *topdir, GError **error)
{
	g_autofree char *mark = leftover_mark(topdir);

	for (unsigned i = 0; kill_leftovers(mark); i++) {
		if (i == WAIT_STEPS)
			return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
					      "%s: processes of an interrupted build do not end", topdir);
		g_usleep(WAIT_STEP_US);
	}
	return true;
}
