/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ksig list` lists beside patches. */
#pragma once

#include "catalog/catalog.h"

/* What revisions contain without a line of its own: of REVISION (NULL: of all), with ids that begin with ID.
 * COLUMNS as ksig_table_select() takes them; NULL: those of the format. */
int ksig_list_contained(ksig_catalog *catalog, const char *revision, const char *id, enum ksig_format format,
			const char *columns, GError **error);
