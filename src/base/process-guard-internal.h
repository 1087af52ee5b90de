/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends a child with all that it started when this process is killed. */
#pragma once

#include "base/base.h"

#include <sys/types.h>

/*
 * Called in the child, which PARENT forked: goes on in a child of its own, and stays between the two to end
 * their process group when PARENT is gone. False: it is gone, or there can be no child.
 */
bool process_guard_stand(pid_t parent);
