/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the processes of a group have used of processors, with those of their children that ended. */
#pragma once

#include "base/base.h"

#include <sys/types.h>

/* Seconds of processor time of GROUP so far; without those of processes that left it. */
unsigned process_cpu_s(pid_t group);
