/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of functions and symbols in prose. */
#pragma once

#include "base/base.h"

/*
 * The words of TEXT, a changelog's entry or a subject, that look like a function's or a symbol's name:
 * "name()", and from SHORTEST letters on a word with an underscore; each as often as it stands there. Free
 * with g_strfreev().
 */
GStrv ksig_upstream_symbols(const char *text, size_t shortest);
