/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What readers need besides repodata: keys, .repo files, mirror lists, and the signed list of their sums. */
#include "publish/extras-internal.h"
#include "publish/pool-internal.h"
#include "rpm/metadata.h"

static const char KEYS_NAME[] = "RPM-GPG-KEY";

static bool write_and_sum(const repo_publication *publication, GString *sums, const char *name,
			  const char *data, gsize length_bytes, GError **error)
{
	g_autofree char *path = g_build_filename(publication->aside, name, NULL);
	g_autofree char *hash = repo_string_hash(data, length_bytes);

	g_string_append_printf(sums, "%s  %s\n", hash, name);
	return ksig_file_write(path, data, (gssize) length_bytes, 0644, error);
}

static bool sum_of(const repo_publication *publication, GString *sums, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(publication->aside, name, NULL);
	gsize length_bytes = 0;
	g_autofree char *data = ksig_file_read(path, KSIG_RPM_LIMIT_SMALL_BYTES, &length_bytes, error);

	if (!data)
		return false;
	g_autofree char *hash = repo_string_hash(data, length_bytes);
	g_string_append_printf(sums, "%s  %s\n", hash, name);
	return true;
}

/* The signer's key first, so that another signer makes another text. */
static GString *keys_text(const struct ksig_repo_options *options, GError **error)
{
	g_autoptr(GBytes) own = ksig_rpm_signer_public_key(&options->signer, error);
	if (!own)
		return NULL;
	g_autoptr(GString)
		keys = g_string_new_len(g_bytes_get_data(own, NULL), (gssize) g_bytes_get_size(own));

	for (const char *const *file = options->keys; file && *file; file++) {
		g_autofree char *text = ksig_file_read(*file, KSIG_RPM_LIMIT_SMALL_BYTES, NULL, error);
		if (!text)
			return NULL;
		g_string_append(keys, text);
	}
	return g_steal_pointer(&keys);
}

static bool write_keys(const repo_publication *publication, GString *sums, GError **error)
{
	if (!publication->options->signer.key)
		return true;
	g_autoptr(GString) keys = keys_text(publication->options, error);

	return keys && write_and_sum(publication, sums, KEYS_NAME, keys->str, keys->len, error);
}

static bool write_mirror_lists(const repo_publication *publication, GString *sums, GPtrArray *prefixes,
			       GError **error)
{
	const struct ksig_repo_options *options = publication->options;

	for (guint i = 0; options->base_url && i < prefixes->len; i++) {
		const char *prefix = g_ptr_array_index(prefixes, i);
		g_autofree char *name = g_strdup_printf("%smirrorlist", prefix);
		g_autofree char *text = g_strdup_printf("%s/generations/%s/%s\n", options->base_url,
							publication->next, prefix);
		if (!write_and_sum(publication, sums, name, text, strlen(text), error))
			return false;
	}
	return true;
}

static void put_section(const struct ksig_repo_options *options, GString *text, const char *release,
			const char *part, const char *suffix)
{
	const bool is_signed = options->signer.key != NULL;

	g_string_append_printf(text, "[ksig-%s%s]\nname=ksig %s%s for release %s\n", options->channel, suffix,
			       options->channel, suffix, release);
	g_string_append_printf(text, "mirrorlist=%s/%s/%s/%s/mirrorlist\nenabled=%d\n", options->base_url,
			       options->channel, release, part, *suffix == '\0');
	g_string_append_printf(text, "gpgcheck=%d\nrepo_gpgcheck=%d\n", is_signed, is_signed);
	if (is_signed)
		g_string_append_printf(text, "gpgkey=%s/%s/RPM-GPG-KEY\n", options->base_url,
				       options->channel);
	g_string_append_c(text, '\n');
}

/* The releases of PREFIXES, each once. */
static GPtrArray *releases_of(const GPtrArray *prefixes)
{
	GPtrArray *releases = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < prefixes->len; i++) {
		const char *prefix = g_ptr_array_index(prefixes, i);
		g_autofree char *release = g_strndup(prefix, strcspn(prefix, "/"));
		if (releases->len == 0 || !g_str_equal(releases->pdata[releases->len - 1], release))
			g_ptr_array_add(releases, g_steal_pointer(&release));
	}
	return releases;
}

static char *repo_name(const struct ksig_repo_options *options, const char *release)
{
	return g_strdup_printf("%s/ksig-%s.repo", release, options->channel);
}

static GString *repo_text(const struct ksig_repo_options *options, const char *release)
{
	GString *text = g_string_new(NULL);

	put_section(options, text, release, "$basearch", "");
	put_section(options, text, release, "$basearch/debug", "-debug");
	put_section(options, text, release, "source", "-source");
	return text;
}

static bool write_repo_files(const repo_publication *publication, GString *sums, GPtrArray *prefixes,
			     GError **error)
{
	g_autoptr(GPtrArray) releases = releases_of(prefixes);

	for (guint i = 0; publication->options->base_url && i < releases->len; i++) {
		g_autofree char *name = repo_name(publication->options, releases->pdata[i]);
		g_autoptr(GString) text = repo_text(publication->options, releases->pdata[i]);
		if (!write_and_sum(publication, sums, name, text->str, text->len, error))
			return false;
	}
	return true;
}

/* ---- what is there already ----------------------------------------------------------------------- */

static bool is_other(const struct ksig_repo_options *options, const char *name, const GString *text)
{
	g_autofree char *path = g_build_filename(options->root, options->channel, name, NULL);
	g_autofree char *there = ksig_file_read(path, KSIG_RPM_LIMIT_SMALL_BYTES, NULL, NULL);

	return g_strcmp0(there, text->str) != 0;
}

/* Clients that require signatures, or follow mirror lists, would be refused all of it. */
static bool check_kept(const struct ksig_repo_options *options, const GPtrArray *releases, GError **error)
{
	g_autofree char *keys = g_build_filename(options->root, options->channel, KEYS_NAME, NULL);

	if (!options->signer.key && g_file_test(keys, G_FILE_TEST_EXISTS))
		return ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"%s: its metadata is signed, and readers require that: --sign-with expected",
			options->channel);
	for (guint i = 0; !options->base_url && i < releases->len; i++) {
		g_autofree char *name = repo_name(options, releases->pdata[i]);
		g_autofree char *path = g_build_filename(options->root, options->channel, name, NULL);
		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return ksig_error_set(
				error, KSIG_ERROR_NEGATIVE,
				"%s: it has mirror lists, and readers follow them: --base-url expected",
				options->channel);
	}
	return true;
}

bool publication_compare_extras(const repo_publication *publication, GPtrArray *prefixes, bool *out_changed,
				GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	g_autoptr(GPtrArray) releases = releases_of(prefixes);

	*out_changed = false;
	if (!publication->current)
		return true;
	if (!check_kept(options, releases, error))
		return false;
	for (guint i = 0; options->base_url && i < releases->len; i++) {
		g_autofree char *name = repo_name(options, releases->pdata[i]);
		g_autoptr(GString) text = repo_text(options, releases->pdata[i]);
		*out_changed |= is_other(options, name, text);
	}
	if (!options->signer.key)
		return true;
	g_autoptr(GString) keys = keys_text(options, error);
	if (keys)
		*out_changed |= is_other(options, KEYS_NAME, keys);
	return keys != NULL;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static bool sign_sums(const repo_publication *publication, const GString *sums, GError **error)
{
	const struct ksig_signer *signer = &publication->options->signer;
	g_autofree char *path = g_build_filename(publication->aside, "SHA256SUMS", NULL);
	g_autofree char *signature_path = g_build_filename(publication->aside, "SHA256SUMS.asc", NULL);
	g_autoptr(GBytes) data = g_bytes_new_static(sums->str, sums->len);

	if (!ksig_file_write(path, sums->str, (gssize) sums->len, 0644, error))
		return false;
	if (!signer->key)
		return true;
	g_autoptr(GBytes) signature = ksig_rpm_signer_sign(signer, data, error);
	return signature && ksig_bytes_write(signature_path, signature, error);
}

bool publication_write_extras(const repo_publication *publication, GPtrArray *prefixes, GError **error)
{
	g_autoptr(GString) sums = g_string_new(NULL);

	if (!write_keys(publication, sums, error) ||
	    !write_mirror_lists(publication, sums, prefixes, error) ||
	    !write_repo_files(publication, sums, prefixes, error))
		return false;
	for (guint i = 0; i < prefixes->len; i++) {
		g_autofree char *name = g_strdup_printf("%srepodata/repomd.xml", (char *) prefixes->pdata[i]);
		if (!sum_of(publication, sums, name, error))
			return false;
	}
	return sign_sums(publication, sums, error);
}
