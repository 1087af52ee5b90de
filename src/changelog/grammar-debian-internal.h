/* SPDX-License-Identifier: GPL-2.0-or-later */
/* debian/changelog (deb-changelog(5)) with the habits of Debian's kernel team. */
#pragma once

#include "changelog/changelog-internal.h"
#include "changelog/changelog.h"

ksig_changelog_line_fn ksig_changelog_line_debian;
struct ksig_changelog_entry *ksig_changelog_entry_debian(const struct ksig_changelog_builder *builder,
							 const char *text);
