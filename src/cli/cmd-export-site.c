/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig export site. */
#include "cli/cmd-export.h"
#include "cli/cmd-missing.h"

#include "export/export.h"

int ksig_export_site_form(ksig_catalog *catalog, ksig_store *store,
			  const struct ksig_site_arguments *arguments, const char *target, GError **error)
{
	for (char **link = arguments->links; link && *link; link++)
		if (!ksig_export_site_link_check(*link, error))
			return KSIG_ERROR_USAGE;
	g_autoptr(GPtrArray) pools = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_upstream_pool_free);
	g_autoptr(GError) reason = NULL;
	g_autoptr(GPtrArray) missing = arguments->no_missing
					       ? NULL
					       : ksig_missing_of_workspace(catalog, store, pools, &reason);
	const struct ksig_export_site options = {.missing = missing,
						 .records = arguments->records,
						 .links = (const char *const *) arguments->links,
						 .blame = (const char *const *) arguments->blame,
						 .url = arguments->url,
						 .no_raw = arguments->no_raw,
						 .against_upstream = arguments->against_upstream};
	unsigned absent = 0;

	if (reason)
		ksig_print(stderr, "ksig: no page of missing fixes: %s\n", reason->message);
	if (arguments->pairs && !ksig_history_names_update(catalog, store, &absent, error))
		return KSIG_ERROR_ENVIRONMENT;
	return ksig_export_site(catalog, store, &options, target, error) ? 0 : KSIG_ERROR_ENVIRONMENT;
}
