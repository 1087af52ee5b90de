/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A driver's source, as tables of ids are looked for in it. */
#pragma once

#include "kmod/devices-internal.h"
#include "kmod/devices.h"

void device_names_clear(device_names *names);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(device_names, device_names_clear)

/* The names that the source of RECIPE below FOLDER uses. */
device_names device_names_read(const char *folder, const ksig_recipe *recipe);

/* The usual words, SETTINGS (directives) and the ids of the kernel's source in FOLDER; to g_free(). */
char *device_base_definitions(const char *folder, const char *settings, GError **error);

/* LINE is a directive that the preprocessor is given: a definition, a condition, #pragma once. */
bool device_is_directive(const char *line);

/* Adds the directives of TEXT that the preprocessor has to know: definitions, conditions. */
void device_add_directives(GString *out, const char *text);

/* The .c and .h files of RECIPE below FOLDER: paths below FOLDER (char *). */
GPtrArray *device_sources(const char *folder, const ksig_recipe *recipe);

/* Calls SEE for each regular file of RECIPE below FOLDER. */
typedef void device_file_fn(const char *path, const char *relative, void *data);
void device_each_file(const char *folder, const ksig_recipe *recipe, device_file_fn *see, void *data);

/*
 * Directives to g_free(): of a kernel's CONFIGURATION (NULL: none), then of RECIPE's options (NULL: left out)
 * for the kernel RELEASE (NULL: unknown).
 */
char *device_settings(const char *configuration, const ksig_recipe *recipe, const char *release);

/* Every CONFIG_ word that the source of RECIPE below FOLDER names, as if it were on. */
char *device_settings_all(const char *folder, const ksig_recipe *recipe);
