/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/* Out of FOLDER's reports: whether more than LIMIT_PERCENT of those that tried ID say that it failed. */
bool live_reports_halt(const char *folder, gint64 limit_percent, const char *id, bool *out_halt,
		       GError **error);
