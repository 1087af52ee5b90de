/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a live patch puts into the template of its spec, recipes/live/live.spec.in. */
#include "live/package-spec-internal.h"
#include "live/manifest.h"
#include "live/package.h"
#include "rpm/rpm.h"

#include "live-spec.h"
#include <string.h>

/* RPM refuses a version with two hyphens, such as Debian's 6.1.0-56-amd64: there the kernel's file stands for
 * it. */
static char *kernel_of(const char *release)
{
	const char *first = strchr(release, '-');

	return first && strchr(first + 1, '-') ? g_strdup_printf("/lib/modules/%s/vmlinuz", release)
					       : g_strdup_printf("kernel-uname-r = %s", release);
}

static char *source_lines(const GPtrArray *patches)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < patches->len; i++)
		g_string_append_printf(out, "Source%u: %s\n", 100 + i, (char *) patches->pdata[i]);
	return g_string_free(out, FALSE);
}

static char *cve_lines(char **cves)
{
	GString *out = g_string_new(NULL);

	for (; *cves; cves++)
		g_string_append_printf(out, "Provides: livepatch-cve(%s)\n", *cves);
	return g_string_free(out, FALSE);
}

/* A paragraph of the description; empty if LIST is. */
static char *list_lines(const char *title, char **list)
{
	GString *out = g_string_new(NULL);

	if (*list)
		g_string_append_printf(out, "\n%s\n", title);
	for (; *list; list++) {
		g_autofree char *text = ksig_rpm_spec_line(*list);
		g_string_append_printf(out, "  %s\n", text);
	}
	return g_string_free(out, FALSE);
}

static char *fill(const struct ksig_mark *marks)
{
	g_autoptr(GBytes) template = g_resource_lookup_data(
		ksig_live_spec_get_resource(), "/ksig/live/live.spec.in", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

	return ksig_template_fill(g_bytes_get_data(template, NULL), marks);
}

char *live_package_spec(const struct live_package *package)
{
	const ksig_live_manifest *manifest = package->manifest;
	const char *dist = package->given_dist ? package->given_dist : package->dist;
	g_autofree char *revision = g_strdup_printf("%" G_GINT64_FORMAT, manifest->document->revision);
	g_autofree char *patches = source_lines(package->patches);
	g_autofree char *kernel = kernel_of(manifest->release);
	g_autofree char *cves = cve_lines(manifest->cves);
	g_autofree char *fixed = list_lines("Fixed by it:", manifest->cves);
	g_autofree char *unfixable = list_lines("Not to be fixed live; the kernel that fixes it:",
						manifest->unfixable);
	g_autofree char *functions = list_lines("Functions that it replaces:", manifest->functions);
	g_autofree char *date = ksig_rpm_spec_day(manifest->document->issued);
	g_autofree char *provider = ksig_rpm_spec_line(manifest->document->provider);
	g_autofree char *names = g_strjoinv(", ", manifest->cves);
	g_autofree char *fixes = *names ? g_strdup_printf(": {%s}", names) : NULL;

	return fill((const struct ksig_mark[]){
		{"NAME", package->name},
		{"REVISION", revision},
		{"DIST", dist ? dist : "%{?dist}"},
		{"RELEASE", manifest->release},
		{"ARCHITECTURE", package->architecture},
		{"TESTED", package->tested ? "yes" : NULL},
		{"PATCHES", patches},
		{"KERNEL", kernel},
		{"CVES", cves},
		{"BUILD_ID", manifest->document->build_id},
		{"FIXED", fixed},
		{"UNFIXABLE", unfixable},
		{"FUNCTIONS", functions},
		{"PACKAGED", KSIG_LIVE_PACKAGED},
		{"ID", manifest->id},
		{"TEST_FILES", package->tested ? "test.json test.json.asc " : NULL},
		{"DATE", date},
		{"PROVIDER", provider},
		{"FIXES", fixes},
		{NULL},
	});
}
