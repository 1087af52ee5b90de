/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of a manifest or index that are refused before they are signed: what readers refuse, or
 * misunderstand. */
#include "live/document-words-internal.h"
#include "live/manifest.h"

#include <string.h>

enum { BUILD_ID_DIGITS_LEAST = 16, BUILD_ID_DIGITS_MOST = 128 };

bool live_words_check_expires(const char *expires, GError **error)
{
	g_autofree char *end = g_strconcat(expires, "T00:00:00Z", NULL);
	g_autoptr(GDateTime) day = strlen(expires) == strlen("2027-01-31")
					   ? g_date_time_new_from_iso8601(end, NULL)
					   : NULL;
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();

	return (day && g_date_time_compare(day, now) > 0) ||
	       ksig_error_set(error, KSIG_ERROR_USAGE, "--expires: %s: a day to come expected, as 2027-01-31",
			      expires);
}

bool live_words_check_revisions(gint64 revision, gint64 minimum, gint64 previous, GError **error)
{
	if (minimum < 0 || minimum > revision)
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "--minimum: %" G_GINT64_FORMAT
				      ": a revision up to this one, %" G_GINT64_FORMAT ", expected",
				      minimum, revision);
	if (previous < 0 || previous >= revision)
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "--previous: %" G_GINT64_FORMAT
				      ": a revision below this one, %" G_GINT64_FORMAT ", expected",
				      previous, revision);
	return true;
}

bool live_words_check_cves(const char *option, const char *const *cves, bool kernel, GError **error)
{
	for (; cves && *cves; cves++) {
		g_auto(GStrv) words = g_strsplit(*cves, " ", 2);
		g_auto(GStrv) found = ksig_cves(words[0] ? words[0] : "");
		const bool has_kernel = words[0] && words[1] && *words[1];
		if (!found[0] || !g_str_equal(found[0], words[0]) || has_kernel != kernel)
			return ksig_error_set(
				error, KSIG_ERROR_USAGE, "--%s: %s: %s expected", option, *cves,
				kernel ? "a CVE and a kernel, as \"CVE-2026-1234 5.14.0-427.el9\","
				       : "a CVE, as CVE-2026-1234,");
	}
	return true;
}

bool live_words_check_build_id(const char *build_id, GError **error)
{
	const size_t digits = strspn(build_id, "0123456789abcdef");

	return (build_id[digits] == '\0' && digits % 2 == 0 && digits >= BUILD_ID_DIGITS_LEAST &&
		digits <= BUILD_ID_DIGITS_MOST) ||
	       ksig_error_set(error, KSIG_ERROR_USAGE,
			      "--build-id: %s: a build id, as readelf -n says, expected", build_id);
}

bool live_words_check_pairs(const char *option, const char *const *pairs, GError **error)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (; pairs && *pairs; pairs++) {
		g_auto(GStrv) halves = g_strsplit(*pairs, "=", 2);
		if (!halves[0] || !halves[1] || !*halves[1] || !ksig_live_id_is_good(halves[0]))
			return ksig_error_set(error, KSIG_ERROR_USAGE, "--%s: %s: NAME=VALUE expected",
					      option, *pairs);
		if (!g_hash_table_add(names, g_strdup(halves[0])))
			return ksig_error_set(error, KSIG_ERROR_USAGE, "--%s: %s is said twice", option,
					      halves[0]);
	}
	return true;
}

const char *live_words_value(const char *const *pairs, const char *name)
{
	const size_t length = strlen(name);

	for (; pairs && *pairs; pairs++)
		if (strncmp(*pairs, name, length) == 0 && (*pairs)[length] == '=')
			return *pairs + length + 1;
	return NULL;
}
