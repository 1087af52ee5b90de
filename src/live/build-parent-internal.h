/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/built-internal.h"

/* "vmlinux" or a module's name, and its file. */
bool live_parent_is_module(const struct live_build *build, const char *object);
bool live_parent_find(const struct live_build *build, const char *object, char **out_name, char **out_path,
		      GError **error);
/* The debug file of module NAME. */
char *live_parent_debug(const struct live_build *build, const char *name, GError **error);
