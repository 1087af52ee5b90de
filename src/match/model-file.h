/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Models as files. */
#pragma once

#include "match/model.h"

/* The model in the file at PATH; NULL: the program's own. Wrong names, numbers or checksum are input errors.
 */
ksig_model *ksig_match_model_load(const char *path, GError **error);
void ksig_match_model_free(ksig_model *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_model, ksig_match_model_free)
