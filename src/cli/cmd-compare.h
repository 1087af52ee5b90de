/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli, compare: the two sides of what is open between two revisions (cmd-compare-account.c). */
#pragma once

#include "catalog/catalog.h"
#include "cli/cmd.h"
#include "tree/tree.h"

bool ksig_compare_account(ksig_catalog *catalog, const char *one, const char *other, enum ksig_format format,
			  GError **error);
bool ksig_compare_pairs(ksig_catalog *catalog, const ksig_store *store, const char *one, const char *other,
			enum ksig_format format, GError **error);
