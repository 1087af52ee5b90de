/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

#include <rpm/header.h>

/* The header of the package file PATH with what stands before it, unproved; to headerFree(). */
Header rpm_package_header(const char *path, GError **error);
