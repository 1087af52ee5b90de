/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The preprocessor, given text of strangers. */
#pragma once

#include "kmod/devices.h"

/* What the preprocessor makes of INPUT. FOLDER: where the copies are that it may include; NULL: none. */
GString *device_preprocess(const GString *input, const char *folder, GError **error);

/* TEXT in which nothing includes but copies; to g_free(). */
char *device_harmless(const char *text);

/* TEXT with lines that a '\\' continues on one line; to g_free(). */
char *device_without_splices(const char *text);
