/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel tarball's OpenPGP signature over its uncompressed bytes, and its sum in a (clear-signed)
 * sha256sums file, by keys that the flavour names.
 */
#include "kernel/fetch-internal.h"
#include "kernel/kernel-internal.h"
#include "rpm/keyring.h"
#include "rpm/rpm.h"

#include <string.h>

enum { SIGNATURE_LIMIT_BYTES = 1 << 20 };

/* The program that gives the uncompressed bytes of PATH. */
static const char *decompressor(const char *path)
{
	return g_str_has_suffix(path, ".xz")    ? "xz"
	       : g_str_has_suffix(path, ".gz")  ? "gzip"
	       : g_str_has_suffix(path, ".bz2") ? "bzip2"
	       : g_str_has_suffix(path, ".zst") ? "zstd"
						: "cat";
}

/* A file that is to be a signature and is none is a wrong file. */
static bool has_none(const char *what, GError **reason, GError **error)
{
	if (g_error_matches(*reason, KSIG_ERROR, KSIG_ERROR_NEGATIVE))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no OpenPGP signature in it", what);
	g_propagate_prefixed_error(error, g_steal_pointer(reason), "%s: ", what);
	return false;
}

bool ksig_kernel_tarball_verify(const char *tarball, const char *name, const char *signature,
				const char *const *key_files, const char *const *allowed, GError **error)
{
	const char *program = decompressor(tarball);
	const char *const argv[] = {program, g_str_equal(program, "cat") ? tarball : "-dc",
				    g_str_equal(program, "cat") ? NULL : tarball, NULL};
	static const struct ksig_process_options options = {0};
	g_autoptr(ksig_keyring) keyring = ksig_rpm_keyring_new(key_files, error);
	g_autoptr(GBytes) mark = keyring ? ksig_bytes_read(signature, SIGNATURE_LIMIT_BYTES, error) : NULL;
	g_autoptr(ksig_process) process = mark ? ksig_process_start(argv, &options, error) : NULL;

	if (!process)
		return false;
	g_autoptr(GError) reason = NULL;
	g_autoptr(GPtrArray) signatures = ksig_rpm_keyring_stream_signatures(
		keyring, ksig_process_fd(process), mark, &reason);
	return (signatures || has_none(signature, &reason, error)) &&
	       ksig_process_finish(process, NULL, error) &&
	       ksig_rpm_signatures_check(signatures, allowed, name, error);
}

/* What is clear-signed in the file PATH by a key of FILES that ALLOWED names. */
static char *signed_text(const char *path, const char *const *files, const char *const *allowed,
			 const char *what, GError **error)
{
	g_autoptr(ksig_keyring) keyring = ksig_rpm_keyring_new(files, error);
	g_autoptr(GBytes) text = keyring ? ksig_bytes_read(path, KERNEL_LIMIT_SUMS_BYTES, error) : NULL;
	g_autoptr(GBytes) plain = NULL;
	g_autoptr(GError) reason = NULL;
	g_autoptr(GPtrArray)
		signatures = text ? ksig_rpm_keyring_text_signatures(keyring, text, &plain, &reason) : NULL;
	gsize length = 0;

	if (text && !signatures)
		has_none(what, &reason, error);
	if (!signatures || !ksig_rpm_signatures_check(signatures, allowed, what, error))
		return NULL;
	const char *bytes = g_bytes_get_data(plain, &length);
	return g_strndup(bytes ? bytes : "", length);
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

bool ksig_kernel_tarball_check_sum(const char *tarball, const char *name, const char *sums,
				   const char *const *key_files, const char *const *allowed, GError **error)
{
	g_autoptr(ksig_scratch) home = ksig_directory_temporary(NULL, "ksig-gpg", error);
	g_autofree char *path = home ? g_build_filename(home, "sums", NULL) : NULL;
	g_autofree char *base = g_path_get_basename(name);

	if (!path || !kernel_fetch(sums, path, KERNEL_LIMIT_SUMS_BYTES, error))
		return false;
	g_autofree char *text = key_files ? signed_text(path, key_files, allowed, sums, error)
					  : ksig_file_read(path, KERNEL_LIMIT_SUMS_BYTES, NULL, error);
	if (!text)
		return false;
	g_autofree char *said = sum_of(text, base);
	if (!said)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no sum of %s in it", sums, base);
	g_autofree char *sum = ksig_file_sha256(tarball, error);
	return sum && (g_str_equal(sum, said) ||
		       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: SHA-256 %s, but %s says %s", name, sum,
				      sums, said));
}
