/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli, compare: the two sides of what is open between two revisions (cmd-compare-account.c). */
#pragma once

#include "catalog/catalog.h"
#include "cli/cmd.h"
#include "tree/tree.h"

/* How a table is printed: COLUMNS as ksig_table_select() takes them. */
struct compare_output {
	enum ksig_format format;
	const char *columns;
};

bool ksig_compare_account(ksig_catalog *catalog, const char *one, const char *other,
			  const struct compare_output *output, GError **error);
bool ksig_compare_pairs(ksig_catalog *catalog, const ksig_store *store, const char *one, const char *other,
			const struct compare_output *output, GError **error);
