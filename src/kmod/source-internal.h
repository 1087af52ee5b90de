/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recipe's source. */
#pragma once

#include "kmod/build.h"

/* The folder FROM becomes TO, links as links. */
bool ksig_kmod_source_copy(const char *from, const char *to, GError **error);

/* Puts what the recipe names of its source into FOLDER, substitutions made. */
bool ksig_kmod_source_stage(const struct ksig_kmod_build *build, const char *folder, GError **error);

/* True if PATH is a git repository, bare or not. */
bool ksig_kmod_source_is_repository(const char *path);

/* A text that changes whenever the source does, without reading all of it; to g_free(). */
char *ksig_kmod_source_state(const struct ksig_kmod_build *build, GError **error);
