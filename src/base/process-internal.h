/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/* From _add to _remove, a signal that ends this process ends the process GROUP first. */
void process_signals_add(int group);
void process_signals_remove(int group);
