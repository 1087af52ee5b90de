/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kernel-internal.h"

#include <string.h>

/* What arch/SRCARCH/boot/ holds after a build. */
static const char *image_of(const char *arch)
{
	if (g_str_equal(arch, "aarch64"))
		return "Image.gz";
	if (g_str_equal(arch, "ppc64le"))
		return "zImage";
	return "bzImage";
}

static void set(GString *text, const char *name, const char *value)
{
	g_autofree char *mark = g_strdup_printf("@%s@", name);

	g_string_replace(text, mark, value, 0);
}

/* '%' begins a macro in a spec; what comes from a flavour is text. */
static char *quote(const char *text)
{
	g_autoptr(GString) quoted = g_string_new(text);

	g_string_replace(quoted, "%", "%%", 0);
	g_string_replace(quoted, "\n", " ", 0);
	return g_strdup(quoted->str);
}

/* A commit's reason in the changelog: "- name: reason (link)". */
static void append_reason(GString *text, const char *name, const char *value, const char *reason,
			  const char *link)
{
	g_string_append_printf(text, "- %s%s%s: %s", name, value ? "=" : "", value ? value : "", reason);
	if (link)
		g_string_append_printf(text, " (%s)", link);
	g_string_append_c(text, '\n');
}

char *kernel_reasons(const ksig_flavour *flavour)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < flavour->options->len; i++) {
		const struct ksig_option *option = g_ptr_array_index(flavour->options, i);
		append_reason(text, option->name, option->value, option->reason, option->link);
	}
	for (guint i = 0; i < flavour->patches->len; i++) {
		const struct ksig_flavour_patch *patch = g_ptr_array_index(flavour->patches, i);
		append_reason(text, patch->name, NULL, patch->reason, patch->link);
	}
	g_string_replace(text, "%", "%%", 0);
	return g_strdup(text->str);
}

char *kernel_changelog_head(const char *date, const char *packager, const char *version, GError **error)
{
	int year, month, day;
	char text[64];
	GDate when = {0};

	if (sscanf(date, "%4d-%2d-%2d", &year, &month, &day) != 3 ||
	    !g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: a date as YYYY-MM-DD expected", date);
		return NULL;
	}
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	g_date_set_dmy(&when, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
	g_snprintf(text, sizeof(text), "%s %s %02d %04d", days[g_date_get_weekday(&when) - 1],
		   months[month - 1], day, year);
	g_autofree char *who = quote(packager);
	return g_strdup_printf("* %s %s - %s\n", text, who, version);
}

int64_t kernel_midnight(const char *date)
{
	g_autofree char *text = g_strconcat(date, "T00:00:00Z", NULL);
	g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(text, NULL);

	return when ? g_date_time_to_unix(when) : 0;
}

static char *changelog(const struct ksig_lts_options *options, GError **error)
{
	g_autofree char *version = g_strdup_printf("%s-%u%s", options->version, options->release,
						   options->job.flavour->tag);
	g_autofree char *head = kernel_changelog_head(options->job.date, options->job.flavour->packager,
						      version, error);
	g_autofree char *reasons = kernel_reasons(options->job.flavour);
	g_autofree char *points = options->points ? ksig_kernel_points_changelog(options->points)
						  : g_strdup("");

	return head ? g_strdup_printf("%s- Linux %s\n%s%s", head, options->version, points, reasons) : NULL;
}

static void set_patches(GString *spec, const ksig_flavour *flavour)
{
	g_autoptr(GString) lines = g_string_new(NULL), apply = g_string_new(NULL);

	for (guint i = 0; i < flavour->patches->len; i++) {
		const struct ksig_flavour_patch *patch = g_ptr_array_index(flavour->patches, i);
		g_string_append_printf(lines, "Patch%u: %s.patch\n", i + 1, patch->name);
		g_string_append_printf(apply, "patch -p1 -F0 -s < %%{PATCH%u}\n", i + 1);
	}
	set(spec, "PATCHES", lines->str);
	set(spec, "APPLY", apply->str);
}

/* The packages of FLAVOUR beside core and modules, which there always are. */
static void set_subpackages(GString *spec, const ksig_flavour *flavour)
{
	static const struct {
		const char *name, *mark;
	} optional[] = {{"modules-extra", "WITH_MODULES_EXTRA"},
			{"devel", "WITH_DEVEL"},
			{"headers", "WITH_HEADERS"},
			{"doc", "WITH_DOC"},
			{"perf", "WITH_PERF"},
			{"python3-perf", "WITH_PYTHON3_PERF"},
			{"tools", "WITH_TOOLS"},
			{"bpftool", "WITH_BPFTOOL"},
			{"debuginfo", "WITH_DEBUGINFO"}};

	for (size_t i = 0; i < G_N_ELEMENTS(optional); i++)
		set(spec, optional[i].mark,
		    g_strv_contains((const char *const *) flavour->subpackages, optional[i].name) ? "1"
												  : "0");
}

bool lts_spec_write(const struct ksig_lts_options *options, const char *path, GError **error)
{
	const ksig_flavour *flavour = options->job.flavour;
	g_autofree char *template = kernel_recipe_path("lts.spec.in");
	g_autofree char *text = ksig_file_read(template, KERNEL_LIMIT_SPEC_BYTES, NULL, error);
	g_autofree char *entry = text ? changelog(options, error) : NULL;

	if (!entry)
		return false;
	g_autoptr(GString) spec = g_string_new(text);
	g_autofree char *release = g_strdup_printf("%u%s", options->release, flavour->tag);
	g_autofree char *tarball = g_strdup_printf("linux-%s.tar%s", options->version,
						   strrchr(options->tarball, '.'));
	g_autofree char *architectures = g_strjoinv(" ", flavour->architectures);
	g_autofree char *summary = quote(flavour->summary);
	set(spec, "FLAVOUR", flavour->name);
	set(spec, "VERSION", options->version);
	set(spec, "RELEASE", release);
	set(spec, "SRCARCH", kbuild_srcarch(options->job.arch));
	set(spec, "PACKAGE", flavour->package);
	set(spec, "SUMMARY", summary);
	set(spec, "ARCHITECTURES", *architectures ? architectures : options->job.arch);
	set(spec, "TARBALL", tarball);
	set(spec, "IMAGE", image_of(options->job.arch));
	set_patches(spec, flavour);
	set_subpackages(spec, flavour);
	set(spec, "MODULE_COMPRESSION", flavour->modules_compression);
	set(spec, "CHANGELOG", entry);
	return ksig_file_write(path, spec->str, (gssize) spec->len, 0644, error);
}
