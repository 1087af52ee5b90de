/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig trust add, remove and say: sentences added to or taken from the policy file, keys copied beside it
 * (DER made PEM).
 */
#include "trust/key-internal.h"
#include "trust/policy-internal.h"
#include "trust/refusal-internal.h"
#include "trust/trust-internal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

static char *policy_read(const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "policy", NULL);

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return g_strdup("");
	return ksig_file_read(path, TRUST_LIMIT_POLICY_BYTES, NULL, error);
}

static bool policy_write(const char *folder, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "policy", NULL);

	return ksig_file_write(path, text, -1, 0644, error);
}

bool ksig_trust_say(const char *folder, const char *sentence, GError **error)
{
	g_autofree char *text = policy_read(folder, error);

	if (!text)
		return false;
	const char *gap = *text && !g_str_has_suffix(text, "\n") ? "\n" : "";
	g_autofree char *longer = g_strconcat(text, gap, sentence, "\n", NULL);
	g_autofree char *path = g_build_filename(folder, "policy", NULL);
	g_autoptr(ksig_trust) scratch = trust_new(folder);
	const bool good = trust_policy_parse(scratch, path, longer, error);
	return good && policy_write(folder, longer, error);
}

/* DER becomes PEM, so that what a file is can be seen from its name. */
static bool certificate_to_pem(const char *file, char **data, gsize *length, GError **error)
{
	g_autoptr(X509) certificate = trust_certificate_parse(file, *data, *length, error);
	g_autoptr(BIO) bio = certificate ? BIO_new(BIO_s_mem()) : NULL;
	char *text = NULL;

	if (!certificate)
		return false;
	if (PEM_write_bio_X509(bio, certificate) != 1)
		return trust_openssl_error(error, KSIG_ERROR_INPUT, file);
	*length = (gsize) BIO_get_mem_data(bio, &text);
	g_free(*data);
	*data = g_strndup(text, *length);
	return true;
}

/* Copies FILE to the folder's keys, or finds that the same key is there. */
static bool key_take(const char *folder, const char *name, const char *file, GError **error)
{
	gsize length = 0;
	g_autofree char *data = ksig_file_read(file, TRUST_LIMIT_KEY_BYTES, &length, error);

	if (!data)
		return false;
	if (length && *data == TRUST_DER_SEQUENCE && !certificate_to_pem(file, &data, &length, error))
		return false;
	g_autofree char *base = g_strconcat(name, trust_is_certificate(data, length) ? ".pem" : ".asc", NULL);
	g_autofree char *keys = g_build_filename(folder, "keys", NULL);
	g_autofree char *path = g_build_filename(keys, base, NULL);
	g_autofree char *old = NULL;
	gsize old_length = 0;
	if (g_file_get_contents(path, &old, &old_length, NULL)) {
		if (old_length != length || memcmp(old, data, length) != 0)
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					      "%s: another key has that name; remove it first", path);
		return true;
	}
	struct ksig_trust_key key = {.name = (char *) name, .path = (char *) file};
	g_autoptr(ksig_trust) scratch = trust_new(folder);
	const bool good = trust_key_load(scratch, &key, data, length, error);
	g_free(key.fingerprint);
	g_free(key.public_key);
	g_free(key.sha1);
	g_clear_pointer(&key.openpgp, g_ptr_array_unref);
	g_clear_pointer(&key.certificate, g_bytes_unref);
	return good && ksig_directory_make(keys, error) &&
	       ksig_file_write(path, data, (gssize) length, 0644, error);
}

bool ksig_trust_add(const char *folder, const char *name, const char *file, const struct ksig_grant *grant,
		    GError **error)
{
	if (!trust_name_is_good(name))
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "%s: letters, digits and ._+- expected in the name of a key", name);
	if (!ksig_directory_make(folder, error) || (file && !key_take(folder, name, file, error)))
		return false;
	g_autofree char *sentence = trust_grant_to_string(name, grant);
	return ksig_trust_say(folder, sentence, error);
}

bool ksig_trust_remove(const char *folder, const char *name, GError **error)
{
	g_autofree char *text = policy_read(folder, error);
	g_autoptr(GString) kept = g_string_new(NULL);
	bool found = false;

	if (!text)
		return false;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = trust_words(*line);
		if (words && g_strv_length(words) > 1 && g_str_equal(words[0], "key") &&
		    g_str_equal(words[1], name))
			found = true;
		else
			g_string_append_printf(kept, "%s%s", *line, line[1] ? "\n" : "");
	}
	if (!found || !trust_name_is_good(name))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no key of that name in %s/policy",
				      name, folder);
	if (!policy_write(folder, kept->str, error))
		return false;
	static const char *const endings[] = {".asc", ".pem"};
	for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
		g_autofree char *base = g_strconcat(name, endings[i], NULL);
		g_autofree char *path = g_build_filename(folder, "keys", base, NULL);
		if (g_unlink(path) < 0 && errno != ENOENT)
			return ksig_error_errno(error, errno, "%s", path);
	}
	return true;
}
