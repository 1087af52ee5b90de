/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpm/rpm.h"

/* The name of the generation that CHANNEL links to; NULL without error: none yet. */
char *repo_generation_current(const char *root, const char *channel, GError **error);
char *repo_generation_path(const char *root, const char *name);
/* Packages of generation NAME (NULL: none). */
GPtrArray *repo_generation_packages(const char *root, const char *name, GError **error);
bool repo_generation_write_packages(const char *folder, GPtrArray *packages, GError **error);
/* The newest COUNT generations of CHANNEL, newest first, as names. */
GPtrArray *repo_generation_list(const char *root, const char *channel, guint count);
/* Moves FOLDER into place as the next generation and switches CHANNEL to it. */
char *repo_generation_switch(const char *root, const char *channel, const char *folder, const char *name,
			     GError **error);
/* The name after the newest, with a number above ABOVE. */
char *repo_generation_next(const char *root, const char *channel, gint64 above);
gint64 repo_generation_last(const char *root, const char *channel);
bool repo_generation_prune(const char *root, const char *channel, guint keep, GError **error);
