/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kernel-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <gpgme.h>
#include <string.h>
#include <unistd.h>

static void context_release(gpgme_ctx_t *context)
{
	if (*context)
		gpgme_release(*context);
}
static void data_release(gpgme_data_t *data)
{
	if (*data)
		gpgme_data_release(*data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(gpgme_ctx_t, context_release)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(gpgme_data_t, data_release)

static bool gpgme_failed(GError **error, gpgme_error_t reason, const char *what)
{
	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: OpenPGP: %s", what, gpgme_strerror(reason));
}

/*
 * A context that knows the keys of FILES and no others: its home is a scratch folder. Public keys need no
 * agent; one that gpg started would outlive us.
 */
static bool open_context(gpgme_ctx_t *context, const char *home, const char *const *files, GError **error)
{
	g_autofree char *conf = g_build_filename(home, "gpg.conf", NULL);
	gpgme_error_t reason;

	if (!ksig_file_write(conf, "no-autostart\n", -1, 0600, error))
		return false;
	gpgme_check_version(NULL);
	if ((reason = gpgme_new(context)) ||
	    (reason = gpgme_ctx_set_engine_info(*context, GPGME_PROTOCOL_OpenPGP, NULL, home)))
		return gpgme_failed(error, reason, home);
	for (; *files; files++) {
		g_auto(gpgme_data_t) data = NULL;
		if ((reason = gpgme_data_new_from_file(&data, *files, 1)) ||
		    (reason = gpgme_op_import(*context, data)))
			return gpgme_failed(error, reason, *files);
		if (gpgme_op_import_result(*context)->considered < 1)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no OpenPGP key in it", *files);
	}
	return true;
}

/* The primary key's fingerprint of the key that FINGERPRINT names, which may be a subkey. */
static char *primary_of(gpgme_ctx_t context, const char *fingerprint)
{
	gpgme_key_t key = NULL;

	if (gpgme_get_key(context, fingerprint, &key, 0) != GPG_ERR_NO_ERROR)
		return g_strdup(fingerprint);
	char *primary = g_strdup(key->subkeys->fpr);
	gpgme_key_unref(key);
	return primary;
}

static bool judge_one(gpgme_ctx_t context, gpgme_signature_t signature, const char *const *allowed,
		      const char *what, GError **error)
{
	if (gpgme_err_code(signature->status) == GPG_ERR_NO_PUBKEY)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: signed by an unknown key %s", what,
				      signature->fpr);
	if (signature->status != GPG_ERR_NO_ERROR)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: wrong signature of key %s: %s", what,
				      signature->fpr, gpgme_strerror(signature->status));
	g_autofree char *primary = primary_of(context, signature->fpr);
	if (allowed && *allowed && !g_strv_contains(allowed, primary))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: signed by key %s, which the flavour does not name", what, primary);
	return true;
}

/* One good signature of an allowed key is enough; without one, the first reason is told. */
static bool judge(gpgme_ctx_t context, const char *const *allowed, const char *what, GError **error)
{
	gpgme_verify_result_t result = gpgme_op_verify_result(context);
	g_autoptr(GError) first = NULL;

	for (gpgme_signature_t signature = result ? result->signatures : NULL; signature;
	     signature = signature->next)
		if (judge_one(context, signature, allowed, what, first ? NULL : &first))
			return true;
	if (!first)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no signature in it", what);
	g_propagate_error(error, g_steal_pointer(&first));
	return false;
}

/* The program that gives the uncompressed bytes of PATH. */
static const char *decompressor(const char *path)
{
	return g_str_has_suffix(path, ".xz")    ? "xz"
	       : g_str_has_suffix(path, ".gz")  ? "gzip"
	       : g_str_has_suffix(path, ".bz2") ? "bzip2"
	       : g_str_has_suffix(path, ".zst") ? "zstd"
						: "cat";
}

/* SIGNATURE over TEXT; with TEXT NULL it holds the text itself, which OUT_TEXT gets. */
static bool verify_data(gpgme_ctx_t context, const char *signature, gpgme_data_t text, gpgme_data_t out_text,
			const char *what, GError **error)
{
	g_auto(gpgme_data_t) sign = NULL;
	gpgme_error_t reason;

	if ((reason = gpgme_data_new_from_file(&sign, signature, 1)) ||
	    (reason = gpgme_op_verify(context, sign, text, out_text))) {
		if (gpgme_err_code(reason) == GPG_ERR_NO_DATA)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no OpenPGP signature in it",
					      what);
		return gpgme_failed(error, reason, what);
	}
	return true;
}

static bool verify_stream(gpgme_ctx_t context, int fd, const char *signature, GError **error)
{
	g_auto(gpgme_data_t) text = NULL;
	gpgme_error_t reason = gpgme_data_new_from_fd(&text, fd);

	return reason ? gpgme_failed(error, reason, signature)
		      : verify_data(context, signature, text, NULL, signature, error);
}

bool ksig_kernel_tarball_verify(const char *tarball, const char *signature, const char *const *key_files,
				const char *const *allowed, GError **error)
{
	g_autoptr(ksig_scratch) home = ksig_directory_temporary(NULL, "ksig-gpg", error);
	g_auto(gpgme_ctx_t) context = NULL;
	const char *program = decompressor(tarball);
	const char *const argv[] = {program, g_str_equal(program, "cat") ? tarball : "-dc",
				    g_str_equal(program, "cat") ? NULL : tarball, NULL};
	static const struct ksig_process_options options = {0};

	if (!home || !open_context(&context, home, key_files, error))
		return false;
	g_autoptr(ksig_process) process = ksig_process_start(argv, &options, error);
	return process && verify_stream(context, ksig_process_fd(process), signature, error) &&
	       ksig_process_finish(process, NULL, error) && judge(context, allowed, tarball, error);
}

static char *sha256_of(const char *path, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	char buffer[1 << 16];
	size_t length;
	FILE *stream = fopen(path, "re");

	if (!stream) {
		ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	while ((length = fread(buffer, 1, sizeof(buffer), stream)) > 0)
		g_checksum_update(sum, (const guchar *) buffer, (gssize) length);
	bool is_bad = ferror(stream);
	fclose(stream);
	if (is_bad) {
		ksig_error_errno(error, EIO, "%s", path);
		return NULL;
	}
	return g_strdup(g_checksum_get_string(sum));
}

/* What is clear-signed in the file PATH by a key of FILES that ALLOWED names. */
static char *signed_text(const char *home, const char *path, const char *const *files,
			 const char *const *allowed, const char *what, GError **error)
{
	g_auto(gpgme_ctx_t) context = NULL;
	g_auto(gpgme_data_t) plain = NULL;
	gpgme_error_t reason;

	if (!open_context(&context, home, files, error))
		return NULL;
	if ((reason = gpgme_data_new(&plain))) {
		gpgme_failed(error, reason, what);
		return NULL;
	}
	if (!verify_data(context, path, NULL, plain, what, error) || !judge(context, allowed, what, error))
		return NULL;
	size_t length = 0;
	char *bytes = gpgme_data_release_and_get_mem(g_steal_pointer(&plain), &length);
	char *text = g_strndup(bytes ? bytes : "", length);
	gpgme_free(bytes);
	return text;
}

/* The sum of NAME in TEXT: "HEX  NAME", as sha256sum(1) and kernel.org's sha256sums.asc write it. */
static char *sum_of(const char *text, const char *name)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_strchomp(*line);
		if (strspn(*line, "0123456789abcdef") == 64 && strlen(*line) == 66 + strlen(name) &&
		    g_str_has_suffix(*line, name))
			return g_strndup(*line, 64);
	}
	return NULL;
}

bool ksig_kernel_tarball_check_sum(const char *tarball, const char *sums, const char *const *key_files,
				   const char *const *allowed, GError **error)
{
	g_autoptr(ksig_scratch) home = ksig_directory_temporary(NULL, "ksig-gpg", error);
	g_autofree char *path = home ? g_build_filename(home, "sums", NULL) : NULL;
	g_autofree char *name = g_path_get_basename(tarball);

	if (!path || !kernel_fetch(sums, path, KERNEL_LIMIT_SUMS_BYTES, error))
		return false;
	g_autofree char *text = key_files ? signed_text(home, path, key_files, allowed, sums, error)
					  : ksig_file_read(path, KERNEL_LIMIT_SUMS_BYTES, NULL, error);
	if (!text)
		return false;
	g_autofree char *said = sum_of(text, name);
	if (!said)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no sum of %s in it", sums, name);
	g_autofree char *sum = sha256_of(tarball, error);
	return sum && (g_str_equal(sum, said) ||
		       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: SHA-256 %s, but %s says %s", tarball,
				      sum, sums, said));
}
