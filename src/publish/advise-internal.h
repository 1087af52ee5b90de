/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/publish.h"

/* An advisory for each source package of CHANGES that none of ADVISORIES (NULL: none) is about. */
GPtrArray *repo_advise(const struct ksig_repo_options *options, GPtrArray *changes, GPtrArray *packages,
		       GError **error);
