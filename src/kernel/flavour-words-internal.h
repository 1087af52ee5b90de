/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words of a flavour file may be made of. */
#pragma once

#include "kernel/kernel.h"

bool flavour_option_name_is_good(const char *name);
bool flavour_option_value_is_good(const char *value);

/* As rpm has it; what it takes, a shell, make and a file system take, too. */
bool flavour_package_is_good(const char *name);
bool flavour_tag_is_good(const char *tag);
bool flavour_file_is_good(const char *name);

/* One line of UTF-8, not blank, without control characters: for %changelog and the preamble. */
bool flavour_line_is_good(const char *text);
