/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recipe to start from, read off what a module's authors or packagers have: Kbuild files, dkms.conf, a
 * spec. */
#pragma once

#include "base/base.h"

/*
 * The text of a recipe NAME for the module in FROM: a folder, a tarball, a dkms.conf or a spec (whose tarball
 * lies beside it); to g_free(). What is not found is not guessed: the licence is then NOASSERTION. No module:
 * an input error.
 */
char *ksig_kmod_recipe_draft(const char *name, const char *from, GError **error);
