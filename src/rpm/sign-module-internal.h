/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpm/rpm.h"

/* Whether the file NAME is a module, compressed or not. */
bool sign_module_is(const char *name);
/* What is in FILE, which errors call NAME, at most 256 MiB; what is not compressed comes back as it is. */
GBytes *sign_module_unpack(const char *name, GBytes *file, GError **error);
/* MODULE as NAME has to be, such that a kernel opens it. */
GBytes *sign_module_pack(const char *name, GBytes *module, GError **error);
