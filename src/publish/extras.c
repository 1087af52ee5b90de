/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What readers need besides repodata: keys, .repo files, mirror lists, and the signed list of their sums. */
#include "publish/extras-internal.h"
#include "publish/pool-internal.h"
#include "rpm/metadata.h"

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

static bool write_keys(const repo_publication *publication, GString *sums, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	g_autoptr(GString) keys = g_string_new(NULL);

	if (!options->signer.key)
		return true;
	g_autoptr(GBytes) own = ksig_rpm_signer_public_key(&options->signer, error);
	if (!own)
		return false;
	g_string_append_len(keys, g_bytes_get_data(own, NULL), (gssize) g_bytes_get_size(own));
	for (const char *const *file = options->keys; file && *file; file++) {
		g_autofree char *text = ksig_file_read(*file, KSIG_RPM_LIMIT_SMALL_BYTES, NULL, error);
		if (!text)
			return false;
		g_string_append(keys, text);
	}
	return write_and_sum(publication, sums, "RPM-GPG-KEY", keys->str, keys->len, error);
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

static void put_section(const repo_publication *publication, GString *text, const char *release,
			const char *part, const char *suffix)
{
	const struct ksig_repo_options *options = publication->options;
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

static bool write_repo_files(const repo_publication *publication, GString *sums, GPtrArray *prefixes,
			     GError **error)
{
	g_autofree char *last = NULL;

	for (guint i = 0; publication->options->base_url && i < prefixes->len; i++) {
		const char *prefix = g_ptr_array_index(prefixes, i);
		g_autofree char *release = g_strndup(prefix, strcspn(prefix, "/"));
		if (g_strcmp0(release, last) == 0)
			continue;
		g_autoptr(GString) text = g_string_new(NULL);
		put_section(publication, text, release, "$basearch", "");
		put_section(publication, text, release, "$basearch/debug", "-debug");
		put_section(publication, text, release, "source", "-source");
		g_autofree char *name = g_strdup_printf("%s/ksig-%s.repo", release,
							publication->options->channel);
		if (!write_and_sum(publication, sums, name, text->str, text->len, error))
			return false;
		g_free(last);
		last = g_steal_pointer(&release);
	}
	return true;
}

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
