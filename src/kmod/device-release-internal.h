/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel a source folder is, as far as its makefiles say. */
#pragma once

#include "kmod/devices.h"

/* LINUX_VERSION_CODE and RHEL_RELEASE_CODE of the kernel's source in FOLDER, as directives; to g_free(). */
char *device_version_words(const char *folder);
