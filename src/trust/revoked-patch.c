/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patches that the policy withdraws, by whatever people call them. */
#include "trust/revoked-patch-internal.h"
#include "trust/trust-internal.h"

#include <string.h>

static bool is_hex(const char *word)
{
	return *word && strspn(word, "0123456789abcdefABCDEF") == strlen(word);
}

/* WORD as it is compared: small, an epoch ("0:", as dnf writes it) and "sha256:" left out. */
static char *plain(const char *word)
{
	g_autofree char *small = g_ascii_strdown(word, -1);
	g_autoptr(GRegex) noise = g_regex_new("^sha256:|(?<![0-9a-z_.])[0-9]+:", G_REGEX_RAW, 0,
					      NULL); /* a word may be any bytes */

	return g_regex_replace_literal(noise, small, -1, 0, "", 0, NULL);
}

/* A word that can never match is a revocation that does nothing. */
bool trust_revocation_is_good(const char *word, GError **error)
{
	static const char cve[] = "^cve-[0-9*?]+-[0-9*?]{1,}$", whole[] = "^cve-[0-9]{4}-[0-9]{4,}$";
	g_autofree char *small = plain(word);
	const bool is_pattern = strpbrk(small, "*?") != NULL;

	if (g_str_has_prefix(small, "cve") && !g_str_equal(small, "cve*") &&
	    !g_regex_match_simple(is_pattern ? cve : whole, small, G_REGEX_RAW, 0))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: no patch can match: CVE-YEAR-NUMBER expected", word);
	if ((is_hex(small) && strlen(small) >= 32 && strlen(small) != 64) || strpbrk(small, "/:"))
		return ksig_error_set(
			error, KSIG_ERROR_INPUT,
			"%s: no patch can match: an id, a package, 64 digits of a SHA-256 or a CVE expected",
			word);
	return true;
}

/* A package's name goes on after the revision: ".el8.x86_64". */
static bool names(const char *word, const char *patch, gint64 revision)
{
	g_autofree char *name = g_ascii_strdown(patch, -1);
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
	for (char **cve = manifest->cves; cve && *cve; cve++) {
		g_autofree char *small = g_ascii_strdown(*cve, -1);
		if (g_pattern_match_simple(word, small))
			return true;
	}
	return false;
}

bool ksig_trust_patch_is_revoked(const ksig_trust *trust, const struct ksig_document *manifest)
{
	for (guint i = 0; i < trust->revoked_patches->len; i++) {
		g_autofree char *word = plain(g_ptr_array_index(trust->revoked_patches, i));
		if (names(word, manifest->name, manifest->revision) || has_digest(manifest, word) ||
		    fixes(manifest, word))
			return true;
	}
	return false;
}
