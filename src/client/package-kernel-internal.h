/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"

/* The build id of the kernel image in a package; the package is not verified here. */
char *client_package_build_id(const char *package, GError **error);
