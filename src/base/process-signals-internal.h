/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Children have process groups of their own, so that a time limit ends all of them; a signal from the
 * terminal or from kill(1) reaches this process alone.
 */
#pragma once

#include "base/base.h"

#include <sys/types.h>

/* From _add to _remove, a signal that ends this process ends the process GROUP first. */
void process_signals_add(int group);
void process_signals_remove(int group);
