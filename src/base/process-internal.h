/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

#include <sys/types.h>

/* From _add to _remove, a signal that ends this process ends the process GROUP first. */
void process_signals_add(int group);
void process_signals_remove(int group);

/*
 * Called in the child, which PARENT forked: goes on in a child of its own, and stays between the two to end
 * their process group when PARENT is gone. False: it is gone, or there can be no child.
 */
bool process_guard_stand(pid_t parent);

/* Seconds of processor time of GROUP so far; without those of processes that left it. */
unsigned process_cpu_s(pid_t group);
