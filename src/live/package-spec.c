/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/package-spec-internal.h"
#include "live/manifest.h"
#include "live/package.h"

#include <string.h>

/* Nothing may touch the module any more: it is stripped and signed, and its manifest holds its digest. */
static const char untouched[] = "%global debug_package %{nil}\n"
				"%global _build_id_links none\n"
				"%global __os_install_post %{nil}\n"
				"%global _enable_debug_packages 0\n";

/* Trust decides what is loaded, not a package: a refusal is said, and the package stays for a better day. */
static const char posttrans[] =
	"%%posttrans\n"
	"if [ \"$(uname -r)\" = '%s' ] && [ -x %%{_bindir}/ksig-live ]; then\n"
	"    %%{_bindir}/ksig-live live apply '%s' || echo '%s: not applied; see ksig-live live status' >&2\n"
	"fi\n"
	"exit 0\n\n";

/* A patch that cannot be taken back (1) keeps its files, and so its package. */
static const char preun[] = "%%preun\n"
			    "if [ \"$1\" -eq 0 ] && [ -x %%{_bindir}/ksig-live ]; then\n"
			    "    %%{_bindir}/ksig-live live rollback --from='%s' || [ $? -ne 1 ]\n"
			    "fi\n\n";

/* TEXT as the spec has it: one line, and no macro of RPM's. */
static char *plain(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text ? text : "", "%", -1);
	char *joined = g_strjoinv("%%", parts);

	return g_strdelimit(joined, "\r\n", ' ');
}

/* RPM refuses a version with two hyphens, such as Debian's 6.1.0-56-amd64: there the kernel's file stands for
 * it. */
static void add_kernel(GString *spec, const char *release)
{
	const char *first = strchr(release, '-');

	if (first && strchr(first + 1, '-'))
		g_string_append_printf(spec, "Requires: /lib/modules/%s/vmlinuz\n", release);
	else
		g_string_append_printf(spec, "Requires: kernel-uname-r = %s\n", release);
}

static void add_head(GString *spec, const struct live_package *package)
{
	const ksig_live_manifest *manifest = package->manifest;
	const char *dist = package->given_dist ? package->given_dist : package->dist;

	g_string_append(spec, untouched);
	g_string_append_printf(spec, "Name: %s\nVersion: 1\nRelease: %" G_GINT64_FORMAT "%s\n", package->name,
			       manifest->document->revision, dist ? dist : "%{?dist}");
	g_string_append_printf(spec, "Summary: Live patch for kernel %s\nLicense: GPL-2.0-only\n",
			       manifest->release);
	g_string_append_printf(spec, "Group: System Environment/Kernel\nExclusiveArch: %s\n",
			       package->architecture);
	g_string_append(spec, "Source0: module.ko\nSource1: manifest.json\nSource2: manifest.json.asc\n");
	if (package->tested)
		g_string_append(spec, "Source3: test.json\nSource4: test.json.asc\n");
	for (guint i = 0; i < package->patches->len; i++)
		g_string_append_printf(spec, "Source%u: %s\n", 100 + i, (char *) package->patches->pdata[i]);
	g_string_append(spec,
			"Requires: ksig-live\nRequires(posttrans): ksig-live\nRequires(preun): ksig-live\n");
	add_kernel(spec, manifest->release);
	for (char **cve = manifest->cves; *cve; cve++)
		g_string_append_printf(spec, "Provides: livepatch-cve(%s)\n", *cve);
	g_string_append_printf(spec, "Provides: livepatch-buildid(%s)\n", manifest->document->build_id);
}

static void add_list(GString *spec, const char *title, char **list)
{
	if (!*list)
		return;
	g_string_append_printf(spec, "\n%s\n", title);
	for (; *list; list++) {
		g_autofree char *text = plain(*list);
		g_string_append_printf(spec, "  %s\n", text);
	}
}

static void add_description(GString *spec, const struct live_package *package)
{
	const ksig_live_manifest *manifest = package->manifest;

	g_string_append_printf(
		spec, "\n%%description\nA cumulative live patch for kernel %s alone, build id\n%s.\n",
		manifest->release, manifest->document->build_id);
	add_list(spec, "Fixed by it:", manifest->cves);
	add_list(spec, "Not to be fixed live; the kernel that fixes it:", manifest->unfixable);
	add_list(spec, "Functions that it replaces:", manifest->functions);
}

static void add_body(GString *spec, const struct live_package *package)
{
	const char *id = package->manifest->id;

	/* Not by macros: the source package keeps the spec expanded, and the scratch folder differs each
	 * time. */
	g_string_append_printf(spec,
			       "\n%%prep\n\n%%build\n\n%%install\n"
			       "install -d \"$RPM_BUILD_ROOT%s/%s\"\n"
			       "cd \"$RPM_SOURCE_DIR\"\n"
			       "install -p -m 644 module.ko manifest.json manifest.json.asc %s"
			       "\"$RPM_BUILD_ROOT%s/%s/\"\n\n",
			       KSIG_LIVE_PACKAGED, id, package->tested ? "test.json test.json.asc " : "",
			       KSIG_LIVE_PACKAGED, id);
	g_string_append_printf(spec, posttrans, package->manifest->release, id, id);
	g_string_append_printf(spec, preun, id);
	g_string_append_printf(spec, "%%files\n%%dir /usr/lib/ksig\n%%dir %s\n%s/%s/\n\n", KSIG_LIVE_PACKAGED,
			       KSIG_LIVE_PACKAGED, id);
}

static void add_changelog(GString *spec, const struct live_package *package)
{
	const ksig_live_manifest *manifest = package->manifest;
	g_autoptr(GDateTime) issued = g_date_time_new_from_unix_utc(manifest->document->issued);
	g_autofree char *provider = plain(manifest->document->provider);
	/* RPM reads the English names of days and months alone. */
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	g_string_append_printf(spec, "%%changelog\n* %s %s %02d %d %s - 1-%" G_GINT64_FORMAT "\n",
			       days[g_date_time_get_day_of_week(issued) - 1],
			       months[g_date_time_get_month(issued) - 1],
			       g_date_time_get_day_of_month(issued), g_date_time_get_year(issued), provider,
			       manifest->document->revision);
	g_autofree char *cves = g_strjoinv(", ", manifest->cves);
	g_string_append_printf(spec, "- Revision %" G_GINT64_FORMAT "%s%s%s\n", manifest->document->revision,
			       *cves ? ": {" : "", cves, *cves ? "}" : "");
}

char *live_package_spec(const struct live_package *package)
{
	GString *spec = g_string_new("# Made by ksig live package; all of it comes from manifest.json.\n");

	add_head(spec, package);
	add_description(spec, package);
	add_body(spec, package);
	add_changelog(spec, package);
	return g_string_free(spec, FALSE);
}
