/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

#include <rpm/header.h>
#include <rpm/rpmio.h>

/* The package file PATH, opened to be read; to Fclose(). NULL: an environment error. */
FD_t rpm_package_open(const char *path, GError **error);

/* The header of the package file PATH with what stands before it, unproved; to headerFree(). */
Header rpm_package_header(const char *path, GError **error);
