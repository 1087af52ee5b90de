/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CVEs of a published kernel's advisory from the breakdown: the revision whose label the version begins with,
 * its fixes, and a severity guessed from their words.
 */
#include "publish/catalog-advice.h"
#include "history/cve.h"
#include "history/severity.h"

#include <string.h>

static bool is_of(const char *version_release, const char *label)
{
	const size_t length = strlen(label);

	return g_str_has_prefix(version_release, label) &&
	       (version_release[length] == '\0' || version_release[length] == '.');
}

/* The label of the revision, the longest that fits; NULL without error: none. */
static char *find_label(ksig_catalog *catalog, const char *version_release, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);
	const char *found = NULL;

	for (guint i = 0; revisions && i < revisions->len; i++) {
		const struct ksig_revision *revision = g_ptr_array_index(revisions, i);
		if (revision->position > 0 && is_of(version_release, revision->label) &&
		    (!found || strlen(revision->label) > strlen(found)))
			found = revision->label;
	}
	return g_strdup(found);
}

static void add_fix(ksig_advisory *advisory, const struct ksig_cve_fix *fix)
{
	g_autofree char *line = g_strdup_printf("%s: %s", fix->cve, fix->subject);

	ksig_publish_advisory_add_cve(advisory, fix->cve);
	ksig_publish_advisory_add_line(advisory, line);
	if (fix->upstream) {
		g_autofree char *url = g_strdup_printf("https://git.kernel.org/linus/%s", fix->upstream);
		ksig_publish_advisory_add_reference(advisory, "other", fix->upstream, url);
	}
}

/* The worst of what the words of the fixes hint at; said as the guess that it is. */
static void set_severity(ksig_advisory *advisory, const GPtrArray *fixes)
{
	static const char *const words[] = {[KSIG_SEVERITY_LOW] = "low",
					    [KSIG_SEVERITY_MEDIUM] = "moderate",
					    [KSIG_SEVERITY_HIGH] = "important"};
	enum ksig_severity worst = KSIG_SEVERITY_NONE;
	const struct ksig_cve_fix *of = NULL;
	const char *word = NULL;

	for (guint i = 0; i < fixes->len; i++) {
		const struct ksig_cve_fix *fix = g_ptr_array_index(fixes, i);
		const char *by = NULL;
		const enum ksig_severity severity = ksig_history_severity_guess(fix->words, &by);
		if (severity > worst) {
			worst = severity;
			of = fix;
			word = by;
		}
	}
	if (!of || advisory->severity)
		return;
	g_autofree char *line = g_strdup_printf("Severity %s: a guess, as the fix of %s says \"%s\".",
						words[worst], of->cve, word);
	advisory->severity = g_strdup(words[worst]);
	ksig_publish_advisory_add_line(advisory, line);
}

bool ksig_publish_know_from_catalog(ksig_advisory *advisory, const char *name, const char *version_release,
				    void *data, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (!g_str_has_prefix(name, "kernel"))
		return true;
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(data, false, &reason);
	if (!catalog) {
		/* No workspace is no breakdown; a damaged one is an error. */
		if (g_error_matches(reason, KSIG_ERROR, KSIG_ERROR_NEGATIVE))
			return true;
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	g_autofree char *label = find_label(catalog, version_release, &reason);
	g_autoptr(GPtrArray) fixes = label ? ksig_history_cve_fixes(catalog, label, &reason) : NULL;
	for (guint i = 0; fixes && i < fixes->len; i++)
		add_fix(advisory, g_ptr_array_index(fixes, i));
	if (fixes)
		set_severity(advisory, fixes);
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	return reason == NULL && (!label || fixes);
}
