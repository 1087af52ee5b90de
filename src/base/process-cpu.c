/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the processes of a group have used of processors, with those of their children that ended. */
#include "base/process-cpu-internal.h"

#include <stdio.h>
#include <unistd.h>

enum { STAT_BYTES = 4096 };

/* Clock ticks of the process ID, if it is of GROUP; 0: it is not, or is gone. */
static unsigned long long ticks_of(const char *id, pid_t group)
{
	g_autofree char *path = g_build_filename("/proc", id, "stat", NULL);
	g_autofree char *text = ksig_file_read(path, STAT_BYTES, NULL, NULL);
	/* Its name is the program's to choose, and may have anything in it. */
	const char *end = text ? strrchr(text, ')') : NULL;
	unsigned long long user = 0, system = 0;
	long long children_user = 0, children_system = 0;
	int its_group = 0;

	if (!end ||
	    sscanf(end, ") %*c %*d %d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld", &its_group, &user,
		   &system, &children_user, &children_system) != 5 ||
	    its_group != group)
		return 0;
	return user + system + (unsigned long long) (children_user + children_system);
}

unsigned process_cpu_s(pid_t group)
{
	g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
	unsigned long long ticks = 0;
	const char *name = NULL;

	while (processes && (name = g_dir_read_name(processes)))
		if (g_ascii_isdigit(*name))
			ticks += ticks_of(name, group);
	return (unsigned) (ticks / (unsigned long long) sysconf(_SC_CLK_TCK));
}
