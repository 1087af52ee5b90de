/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where commits, CVEs and tickets are looked up: addresses with @ID@ in them, of the user's choosing or well
 * known. */
#include "export/site-links-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-internal.h"
#include "export/site-text-internal.h"

#include <stdlib.h>

#define MAINLINE "https://git.kernel.org/linus/@ID@"
#define STABLE "https://git.kernel.org/stable/c/@ID@"
#define OTHER(path) "https://git.kernel.org/pub/scm/linux/kernel/git/" path ".git/commit/?id=@ID@"

static const struct {
	const char *name;
	const char *address;
} well_known[] = {
	{"mainline", MAINLINE},
	{"linus", MAINLINE},
	{"torvalds", MAINLINE},
	{"linux", MAINLINE},
	{"stable", STABLE},
	{"longterm", STABLE},
	{"lts", STABLE},
	{"linux-stable", STABLE},
	{"next", OTHER("next/linux-next")},
	{"linux-next", OTHER("next/linux-next")},
	{"net", OTHER("netdev/net")},
	{"net-next", OTHER("netdev/net-next")},
	{"rt", OTHER("rt/linux-stable-rt")},
	{"cve", "https://www.cve.org/CVERecord?id=@ID@"},
	{"commit", MAINLINE},
};

bool ksig_export_site_link_check(const char *link, GError **error)
{
	const char *address = strchr(link, '=');

	if (address && address > link &&
	    (g_str_has_prefix(address, "=https://") || g_str_has_prefix(address, "=http://")) &&
	    strstr(address, "@ID@"))
		return true;
	return ksig_error_set(error, KSIG_ERROR_USAGE,
			      "--link=%s: NAME=URL expected, with http:// or https:// and @ID@ in it", link);
}

static const char *chosen(const struct ksig_site *site, const char *name)
{
	const size_t length = strlen(name);

	for (const char *const *link = site->options->links; link && *link; link++)
		if (strncmp(*link, name, length) == 0 && (*link)[length] == '=')
			return *link + length + 1;
	return NULL;
}

/* A range that ends at a release of Linus's is of his tree, one that ends at a stable release of that one. */
static const char *of_range(const char *argument)
{
	const char *end = argument && strstr(argument, "git:") ? strstr(argument, "..") : NULL;
	unsigned parts = 0;

	if (!end || end[2] != 'v' || !g_ascii_isdigit(end[3]))
		return NULL;
	for (const char *at = end + 3; *at && *at != '-'; at++) {
		if (!g_ascii_isdigit(*at) && *at != '.')
			return NULL;
		parts += *at == '.';
	}
	return parts == 1 ? MAINLINE : parts == 2 ? STABLE : NULL;
}

static const char *address_of(const struct ksig_site *site, const char *name, const char *argument)
{
	const char *address = chosen(site, name);

	for (size_t i = 0; !address && i < G_N_ELEMENTS(well_known); i++)
		if (g_str_equal(well_known[i].name, name))
			address = well_known[i].address;
	if (!address && g_str_has_prefix(name, "linux-") && g_str_has_suffix(name, ".y"))
		address = STABLE;
	return address ? address : of_range(argument);
}

static const char *argument_of(const GPtrArray *upstreams, const char *name)
{
	for (guint i = 0; i < upstreams->len; i++) {
		const struct ksig_catalog_upstream *upstream = upstreams->pdata[i];
		if (g_str_equal(upstream->name, name))
			return upstream->argument;
	}
	return NULL;
}

/* Bare numbers are tickets of whose they are: of Red Hat's where the releases are called so. */
static const char *of_tickets(const struct ksig_site *site)
{
	const struct ksig_revision *last = site->revisions->pdata[site->revisions->len - 1];
	const char *address = chosen(site, "ticket");

	return address                      ? address
	       : strstr(last->label, ".el") ? "https://bugzilla.redhat.com/show_bug.cgi?id=@ID@"
					    : NULL;
}

bool ksig_site_add_links(const struct ksig_site *site, GString *json, GError **error)
{
	g_autoptr(GPtrArray) upstreams = ksig_catalog_upstreams(site->catalog, error);
	g_autoptr(GPtrArray) sources = ksig_site_indexed(site->sources);

	if (!upstreams)
		return false;
	g_string_append(json, ",\n\"links\":{\"cve\":");
	ksig_site_json(json, address_of(site, "cve", NULL));
	g_string_append(json, ",\"commit\":");
	ksig_site_json(json, address_of(site, "commit", NULL));
	g_string_append(json, ",\"ticket\":");
	ksig_site_json(json, of_tickets(site));
	g_string_append(json, ",\"sources\":[");
	for (guint i = 0; i < sources->len; i++) {
		const char *name = ((const struct ksig_site_group *) sources->pdata[i])->name;
		g_string_append(json, i ? "," : "");
		ksig_site_json(json, address_of(site, name, argument_of(upstreams, name)));
	}
	g_string_append(json, "]}");
	return true;
}

void ksig_site_link_cve(const struct ksig_site *site, GString *html, const char *cve)
{
	const char *address = address_of(site, "cve", NULL);
	const char *mark = strstr(address, "@ID@");
	g_autofree char *id = g_uri_escape_string(cve, NULL, FALSE);
	g_autofree char *target = g_strdup_printf("%.*s%s%s", (int) (mark - address), address, id,
						  mark + strlen("@ID@"));

	g_string_append(html, "<a href=\"");
	ksig_site_escape(html, target);
	g_string_append(html, "\" rel=\"noreferrer\">");
	ksig_site_escape(html, cve);
	g_string_append(html, "</a>");
}
