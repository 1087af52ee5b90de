/* SPDX-License-Identifier: GPL-2.0-or-later */
/* %changelog as genlog.py of the el7 to el10 kernels writes it. */
#pragma once

#include "changelog/changelog-internal.h"
#include "changelog/changelog.h"

ksig_changelog_line_fn ksig_changelog_line_rpm;
struct ksig_changelog_entry *ksig_changelog_entry_rpm(const struct ksig_changelog_builder *builder,
						      const char *text);
