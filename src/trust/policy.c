/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy's sentences, word by word, into keys with grants, allowances, minimums, revocations and hashes;
 * anything else is an error with its line.
 */
#include "trust/policy-internal.h"
#include "trust/revoked-key-internal.h"
#include "trust/revoked-patch-internal.h"
#include "trust/trust-internal.h"

#include <string.h>

void trust_grant_free(struct ksig_grant *grant)
{
	g_free(grant->provider);
	g_strfreev(grant->patterns);
	g_free(grant);
}

void trust_key_free(struct ksig_trust_key *key)
{
	g_free(key->name);
	g_free(key->path);
	g_free(key->fingerprint);
	g_free(key->public_key);
	g_free(key->sha1);
	g_clear_pointer(&key->openpgp, g_ptr_array_unref);
	g_clear_pointer(&key->certificate, g_bytes_unref);
	g_ptr_array_unref(key->grants);
	g_free(key);
}

struct ksig_trust_key *trust_key_find(const ksig_trust *trust, const char *name)
{
	for (guint i = 0; i < trust->keys->len; i++) {
		struct ksig_trust_key *key = g_ptr_array_index(trust->keys, i);
		if (g_str_equal(key->name, name))
			return key;
	}
	return NULL;
}

bool trust_name_is_good(const char *name)
{
	if (!g_ascii_isalnum(name[0]) || strlen(name) > 100)
		return false;
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-")] ==
	       '\0';
}

bool trust_date_parse(const char *word, gint64 *out_time, GError **error)
{
	g_autofree char *iso = strlen(word) == 10 ? g_strconcat(word, "T00:00:00Z", NULL) : g_strdup(word);
	g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(iso, NULL);

	if (!date)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a date such as 2027-01-31 expected",
				      word);
	*out_time = g_date_time_to_unix(date);
	return true;
}

char **trust_words(const char *line)
{
	g_autofree char *text = g_strndup(line, strcspn(line, "#\r"));
	g_auto(GStrv) parts = g_strsplit_set(text, " \t", TRUST_LIMIT_WORDS * 2);
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

	for (char **part = parts; *part; part++)
		if (**part)
			g_ptr_array_add(words, g_strdup(*part));
	if (!words->len)
		return NULL;
	g_ptr_array_add(words, NULL);
	return (char **) g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

/* True if WORDS from there on are those of PHRASE, whose "*" stands for any one word. */
static bool words_match(char **words, guint n_words, const char *phrase)
{
	g_auto(GStrv) wanted = g_strsplit(phrase, " ", -1);

	if (g_strv_length(wanted) > n_words)
		return false;
	for (guint i = 0; wanted[i]; i++)
		if (!g_str_equal(wanted[i], "*") && !g_str_equal(wanted[i], words[i]))
			return false;
	return true;
}

/* "ROLE key of PROVIDER [for PATTERN…] [until DATE]" */
struct ksig_grant *trust_grant_parse(char **words, guint n_words, GError **error)
{
	struct ksig_grant grant = {0};
	g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(g_free);
	guint i = 4;

	if (!words_match(words, n_words, "* key of *")) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "ROLE key of PROVIDER expected");
		return NULL;
	}
	if (!ksig_trust_role_parse(words[0], &grant.role, error))
		return NULL;
	if (i < n_words && g_str_equal(words[i], "for"))
		for (i++; i < n_words && !g_str_equal(words[i], "until"); i++)
			g_ptr_array_add(patterns, g_strdup(words[i]));
	if (i + 2 == n_words && g_str_equal(words[i], "until")) {
		if (!trust_date_parse(words[i + 1], &grant.until, error))
			return NULL;
		i += 2;
	}
	if (i != n_words || (n_words > 4 && g_str_equal(words[4], "for") && !patterns->len)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: for PATTERN… or until DATE expected",
			       words[MIN(i, n_words - 1)]);
		return NULL;
	}
	g_ptr_array_add(patterns, NULL);
	grant.patterns = (char **) g_ptr_array_free(g_steal_pointer(&patterns), FALSE);
	grant.provider = g_strdup(words[3]);
	return g_memdup2(&grant, sizeof(grant));
}

char *trust_grant_to_string(const char *name, const struct ksig_grant *grant)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "key %s is a %s key of %s", name, ksig_trust_role_name(grant->role),
			       grant->provider);
	for (char **pattern = grant->patterns; pattern && *pattern; pattern++)
		g_string_append_printf(text, "%s %s", pattern == grant->patterns ? " for" : "", *pattern);
	if (grant->until) {
		g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(grant->until);
		g_autofree char *iso = g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ");
		g_string_append_printf(text, " until %s", iso);
	}
	return g_string_free(text, FALSE);
}

static struct ksig_trust_key *key_get(ksig_trust *trust, const char *name)
{
	struct ksig_trust_key *key = trust_key_find(trust, name);

	if (!key) {
		key = g_new0(struct ksig_trust_key, 1);
		key->name = g_strdup(name);
		key->grants = g_ptr_array_new_with_free_func((GDestroyNotify) trust_grant_free);
		g_ptr_array_add(trust->keys, key);
	}
	return key;
}

/* "key NAME is revoked"; a fingerprint may be several words, as gpg prints it. */
static bool say_revoked(ksig_trust *trust, char **words, guint n_words, GError **error)
{
	g_autoptr(GString) word = g_string_new(NULL);

	for (guint i = 1; i + 2 < n_words; i++)
		g_string_append(word, words[i]);
	g_autofree char *fingerprint = trust_fingerprint(word->str);
	if (!fingerprint && (n_words > 4 || !trust_name_is_good(words[1])))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a name for a key, nor a fingerprint",
				      word->str);
	key_get(trust, n_words == 4 && trust_name_is_good(words[1]) ? words[1] : fingerprint)->revoked = true;
	return true;
}

static bool say_key(ksig_trust *trust, char **words, guint n_words, GError **error)
{
	if (g_str_equal(words[n_words - 2], "is") && g_str_equal(words[n_words - 1], "revoked"))
		return say_revoked(trust, words, n_words, error);
	if (!trust_name_is_good(words[1]))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a name for a key", words[1]);
	if (!words_match(words + 3, n_words - 3, "a") && !words_match(words + 3, n_words - 3, "an"))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "is revoked, or is a ROLE key expected");
	struct ksig_grant *grant = trust_grant_parse(words + 4, n_words - 4, error);
	if (!grant)
		return false;
	g_ptr_array_add(key_get(trust, words[1])->grants, grant);
	return true;
}

static bool say_minimum(ksig_trust *trust, char **words, GError **error)
{
	guint64 revision = 0;

	if (!g_ascii_string_to_unsigned(words[5], 10, 0, G_MAXINT64, &revision, NULL))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a revision, a number, expected",
				      words[5]);
	gint64 *value = g_new(gint64, 1);
	*value = (gint64) revision;
	g_hash_table_replace(trust->minimums, g_strdup(words[1]), value);
	return true;
}

static bool say_hash(ksig_trust *trust, const char *name, GError **error)
{
	static const char *const known[] = {"md5", "sha1", "ripemd160", NULL};

	if (!g_strv_contains(known, name))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: md5, sha1 or ripemd160 expected; others are accepted anyway",
				      name);
	g_ptr_array_insert(trust->hashes, 0, g_strdup(name));
	return true;
}

static void say_allow(ksig_trust *trust, char **words)
{
	const char *pair[] = {words[0], words[5], NULL};

	g_ptr_array_add(trust->allows, g_strdupv((char **) pair));
}

static bool say(ksig_trust *trust, char **words, GError **error)
{
	const guint n_words = g_strv_length(words);

	if (n_words >= 4 && g_str_equal(words[0], "key") &&
	    (g_str_equal(words[2], "is") || g_str_equal(words[n_words - 1], "revoked")))
		return say_key(trust, words, n_words, error);
	if (n_words == 4 && words_match(words, n_words, "hash * is accepted"))
		return say_hash(trust, words[1], error);
	if (n_words == 5 && words_match(words, n_words, "withdrawn patches are rolled back")) {
		trust->rolls_back = true;
		return true;
	}
	if (n_words == 4 && words_match(words, n_words, "patch * is revoked")) {
		if (!trust_revocation_is_good(words[1], error))
			return false;
		g_ptr_array_add(trust->revoked_patches, g_strdup(words[1]));
		return true;
	}
	if (n_words == 6 && words_match(words, n_words, "repository * is at least *"))
		return say_minimum(trust, words, error);
	if (n_words == 6 && words_match(words, n_words, "* may patch kernels of *")) {
		say_allow(trust, words);
		return true;
	}
	return ksig_error_set(error, KSIG_ERROR_INPUT, "not a sentence of a policy (see ksig-trust(1)): %s",
			      words[0]);
}

bool trust_policy_parse(ksig_trust *trust, const char *what, const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		g_auto(GStrv) words = trust_words(lines[i]);
		if (words && !say(trust, words, error)) {
			g_prefix_error(error, "%s:%u: ", what, i + 1);
			return false;
		}
	}
	return true;
}
