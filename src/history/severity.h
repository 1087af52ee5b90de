/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history: how bad a flaw is, as far as the words of its fix let guess. */
#pragma once

#include "base/base.h"

enum ksig_severity { KSIG_SEVERITY_NONE, KSIG_SEVERITY_LOW, KSIG_SEVERITY_MEDIUM, KSIG_SEVERITY_HIGH };
const char *ksig_history_severity_name(enum ksig_severity severity);

/* A hint at how bad a flaw is, of the words of its fix; OUT_WORD: the one that it goes by, or NULL. */
enum ksig_severity ksig_history_severity_guess(const char *text, const char **out_word);
