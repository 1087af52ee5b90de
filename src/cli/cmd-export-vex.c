/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig export openvex, csaf, osv. */
#include "cli/cmd-export.h"
#include "cli/cmd.h"

/* What is to be said of which revision, with all that has to outlive it. */
typedef struct {
	ksig_revision *revision;
	ksig_cve_book *book;
	GPtrArray *verdicts;
	char *date;
} cve_advice;

static void cve_advice_clear(cve_advice *advice)
{
	ksig_catalog_revision_free(advice->revision);
	ksig_history_cve_book_free(advice->book);
	g_clear_pointer(&advice->verdicts, g_ptr_array_unref);
	g_free(advice->date);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cve_advice, cve_advice_clear)

static bool ask(ksig_catalog *catalog, const char *label, const char *records, cve_advice *advice,
		struct ksig_export_vex *vex, GError **error)
{
	advice->revision = ksig_catalog_find_revision(catalog, label, error);
	advice->book = advice->revision ? ksig_history_cve_book_open(catalog, error) : NULL;
	advice->verdicts = advice->book
				   ? ksig_history_cve_survey(advice->book, advice->revision, records, error)
				   : NULL;
	advice->date = advice->verdicts ? ksig_export_vex_date(catalog, advice->revision, error) : NULL;
	if (!advice->date)
		return false;
	if (advice->verdicts->len == 0)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "no patch and no changelog entry names a CVE; with --records, those of "
				      "the records count");
	vex->revision = advice->revision;
	vex->verdicts = advice->verdicts;
	vex->date = advice->date;
	if (!vex->product)
		vex->product = "pkg:rpm/kernel";
	if (!vex->publisher)
		vex->publisher = "ksig";
	return true;
}

typedef bool write_fn(const struct ksig_export_vex *vex, FILE *stream, const char *name, GError **error);

static bool write_file(const struct ksig_export_vex *vex, write_fn *write, const char *target, GError **error)
{
	g_autofree char *part = NULL;
	FILE *stream = ksig_command_stream(target, &part, error);

	if (!stream)
		return false;
	const bool written = write(vex, stream, target ? target : "standard output", error);
	return ksig_command_stream_end(stream, target, part, written, error);
}

int ksig_export_vex_form(ksig_catalog *catalog, const char *form, const char *label, const char *records,
			 struct ksig_export_vex *vex, const char *target, GError **error)
{
	g_auto(cve_advice) said = {0};
	unsigned files = 0;

	if (g_str_equal(form, "csaf") && (!vex->publisher || !vex->publisher_url)) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "csaf: who says so is part of it: --publisher=NAME and --publisher-url=URL");
		return KSIG_ERROR_USAGE;
	}
	if (g_str_equal(form, "osv") && !vex->ecosystem) {
		ksig_error_set(
			error, KSIG_ERROR_USAGE,
			"osv: whose versions these are is part of it: --ecosystem=NAME, as \"AlmaLinux:8\"");
		return KSIG_ERROR_USAGE;
	}
	if (!ask(catalog, label, records, &said, vex, error))
		return KSIG_ERROR_ENVIRONMENT;
	if (!g_str_equal(form, "osv"))
		return write_file(vex, g_str_equal(form, "csaf") ? ksig_export_csaf : ksig_export_openvex,
				  target, error)
			       ? 0
			       : KSIG_ERROR_ENVIRONMENT;
	if (!ksig_export_osv(vex, target, &files, error))
		return KSIG_ERROR_ENVIRONMENT;
	ksig_print(stderr, "%s: %u files\n", target, files);
	return 0;
}
