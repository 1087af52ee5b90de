/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the catalog knows already when a revision comes. */
#pragma once

#include "breakdown/work-internal.h"

/* The tree and commit of the catalog's last revision. */
bool known_last(ksig_catalog *catalog, git_oid *out_tree, git_oid *out_commit, GError **error);

/* Marks the candidates that the catalog's patches came from. */
bool known_carried(struct ksig_work *work, GError **error);
