/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Constant expressions of C. */
#pragma once

#include "base/base.h"

/* The value of TEXT, numbers and operators; false: there is more in it. */
bool device_number(const char *text, uint64_t *out_value);
