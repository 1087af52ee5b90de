/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Releases and entries while they are read. */
#pragma once

#include "changelog/changelog-internal.h"
#include "changelog/changelog.h"

/* Opens a release; LABEL, PACKAGER and DATE are taken over. */
void ksig_changelog_open(struct ksig_changelog_builder *builder, char *label, char *packager, char *date);

/* Ends the entry at hand (if any) and begins one with TEXT. */
void ksig_changelog_begin(struct ksig_changelog_builder *builder, const char *text);

/* Adds a continuation line to the entry at hand; with none at hand, it begins one. */
void ksig_changelog_continue(struct ksig_changelog_builder *builder, const char *text);
void ksig_changelog_end(struct ksig_changelog_builder *builder);

/* An entry that owns SUBJECT, SUBSYSTEM, AUTHOR and TICKETS (NULL: none); its CVEs are read out of TEXT. */
struct ksig_changelog_entry *ksig_changelog_entry_new(char *subject, char *subsystem, char *author,
						      GStrv tickets, const char *text);
