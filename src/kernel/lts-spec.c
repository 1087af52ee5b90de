/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills lts.spec.in for a flavour: patches, subpackages and the changelog with the reasons of its options. A
 * plus flavour's changelog takes its parts from here.
 */
#include "kernel/lts-spec-internal.h"
#include "kernel/flavour-internal.h"
#include "kernel/kbuild-internal.h"
#include "kernel/kernel-internal.h"
#include "rpm/rpm.h"

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
	return ksig_rpm_spec_text(text->str);
}

char *kernel_changelog_head(const char *date, const char *packager, const char *version, GError **error)
{
	int year, month, day;

	if (sscanf(date, "%4d-%2d-%2d", &year, &month, &day) != 3 ||
	    !g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: a date as YYYY-MM-DD expected", date);
		return NULL;
	}
	g_autofree char *day_text = ksig_rpm_spec_day(kernel_midnight(date));
	g_autofree char *who = ksig_rpm_spec_line(packager);
	return g_strdup_printf("* %s %s - %s\n", day_text, who, version);
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

static void add_patches(GArray *marks, const ksig_flavour *flavour)
{
	g_autoptr(GString) lines = g_string_new(NULL), apply = g_string_new(NULL);

	for (guint i = 0; i < flavour->patches->len; i++) {
		const struct ksig_flavour_patch *patch = g_ptr_array_index(flavour->patches, i);
		g_string_append_printf(lines, "Patch%u: %s.patch\n", i + 1, patch->name);
		g_string_append_printf(apply, "patch -p1 -F0 -s < %%{PATCH%u}\n", i + 1);
	}
	ksig_marks_add(marks, "PATCHES", lines->str);
	ksig_marks_add(marks, "APPLY", apply->str);
}

/* The packages of FLAVOUR beside core and modules, which there always are. */
static void add_subpackages(GArray *marks, const ksig_flavour *flavour)
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
		ksig_marks_add(marks, optional[i].mark,
			       g_strv_contains((const char *const *) flavour->subpackages, optional[i].name)
				       ? "1"
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
	g_autoptr(GArray) marks = ksig_marks_new();
	g_autofree char *release = g_strdup_printf("%u%s", options->release, flavour->tag);
	g_autofree char *tarball = g_strdup_printf("linux-%s.tar%s", options->version,
						   strrchr(options->tarball, '.'));
	g_autofree char *architectures = g_strjoinv(" ", flavour->architectures);
	g_autofree char *summary = ksig_rpm_spec_line(flavour->summary);
	ksig_marks_add(marks, "FLAVOUR", flavour->name);
	ksig_marks_add(marks, "VERSION", options->version);
	ksig_marks_add(marks, "RELEASE", release);
	ksig_marks_add(marks, "SRCARCH", kbuild_srcarch(options->job.arch));
	ksig_marks_add(marks, "PACKAGE", flavour->package);
	ksig_marks_add(marks, "SUMMARY", summary);
	ksig_marks_add(marks, "ARCHITECTURES", *architectures ? architectures : options->job.arch);
	ksig_marks_add(marks, "TARBALL", tarball);
	ksig_marks_add(marks, "IMAGE", image_of(options->job.arch));
	add_patches(marks, flavour);
	add_subpackages(marks, flavour);
	ksig_marks_add(marks, "MODULE_COMPRESSION", flavour->modules_compression);
	ksig_marks_add(marks, "CHANGELOG", entry);
	g_autofree char *spec = ksig_marks_fill(marks, text);
	return ksig_file_write(path, spec, -1, 0644, error);
}
