/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patches that the policy withdraws, by whatever people call them. */
#include "trust/trust-internal.h"

#include <string.h>

static bool is_hex(const char *word)
{
	return *word && strspn(word, "0123456789abcdefABCDEF") == strlen(word);
}

/* A word that can never match is a revocation that does nothing. */
bool trust_revocation_is_good(const char *word, GError **error)
{
	static const char cve[] = "^CVE-[0-9]{4}-[0-9]{4,}$";

	if (g_ascii_strncasecmp(word, "CVE-", 4) == 0 && !strpbrk(word, "*?") &&
	    !g_regex_match_simple(cve, word, G_REGEX_CASELESS, 0))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: no patch can match: CVE-YEAR-NUMBER expected", word);
	if (is_hex(word) && strlen(word) >= 32 && strlen(word) != 64)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: no patch can match: 64 digits of a SHA-256 expected", word);
	return true;
}

/* A package's name goes on after the revision: ".el8.x86_64". */
static bool names(const char *word, const char *name, gint64 revision)
{
	g_autofree char *id = g_strdup_printf("%s-%" G_GINT64_FORMAT, name, revision);
	g_autofree char *package = g_strdup_printf("%s-1-%" G_GINT64_FORMAT, name, revision);
	const size_t length = strlen(package);

	return g_pattern_match_simple(word, name) || g_pattern_match_simple(word, id) ||
	       g_pattern_match_simple(word, package) ||
	       (strncmp(word, package, length) == 0 && word[length] == '.');
}

static bool has_digest(const struct ksig_document *manifest, const char *word)
{
	GHashTableIter iter;
	gpointer digest;

	g_hash_table_iter_init(&iter, manifest->files);
	while (g_hash_table_iter_next(&iter, NULL, &digest))
		if (g_ascii_strcasecmp(digest, word) == 0)
			return true;
	return false;
}

static bool fixes(const struct ksig_document *manifest, const char *word)
{
	for (char **cve = manifest->cves; cve && *cve; cve++)
		if (g_ascii_strcasecmp(*cve, word) == 0)
			return true;
	return false;
}

bool ksig_trust_patch_is_revoked(const ksig_trust *trust, const struct ksig_document *manifest)
{
	for (guint i = 0; i < trust->revoked_patches->len; i++) {
		const char *word = g_ptr_array_index(trust->revoked_patches, i);
		if (names(word, manifest->name, manifest->revision) || has_digest(manifest, word) ||
		    fixes(manifest, word))
			return true;
	}
	return false;
}
