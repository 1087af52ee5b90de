/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A revision's series is tens of thousands of small objects. */
#pragma once

#include "tree/tree.h"

struct ksig_hold;

/* A hold on REPOSITORY, at PATH, whose object database frees it. */
struct ksig_hold *ksig_hold_new(git_repository *repository, const char *path, GError **error);
void ksig_hold_begin(struct ksig_hold *hold);

/* Packs what is held if it is much. */
bool ksig_hold_relieve(struct ksig_hold *hold, git_repository *repository, const char *path, GError **error);

/* Packs the rest; from then on objects are written as they come. On an error what was held is lost. */
bool ksig_hold_end(struct ksig_hold *hold, git_repository *repository, const char *path, GError **error);

/*
 * The packs that were made so and are there still; and away with them, when the one called KEPT (40 digits,
 * and maybe one of them) has what is in them.
 */
uint32_t ksig_hold_packs(const struct ksig_hold *hold);
void ksig_hold_remove_packs(struct ksig_hold *hold, const char *kept);

/* They are there, and are never asked for again. */
void ksig_hold_forget_packs(struct ksig_hold *hold);
