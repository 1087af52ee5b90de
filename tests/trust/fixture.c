/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder;
static unsigned counter;

const char *fixture_missing(void)
{
	static const char *const programs[] = {"gpg", "rpmbuild", "rpmsign", "openssl"};

	for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
		g_autofree char *path = g_find_program_in_path(programs[i]);
		if (!path)
			return programs[i];
	}
	return NULL;
}

const char *fixture_folder(void)
{
	if (!folder) {
		g_autoptr(GError) error = NULL;
		folder = ksig_directory_temporary("/tmp", "ksig-fix", &error);
		g_assert_no_error(error);
	}
	return folder;
}

static char *in_folder(const char *name)
{
	return g_build_filename(fixture_folder(), name, NULL);
}

const char *fixture_home(void)
{
	static char *home;

	if (!home) {
		home = in_folder("gpg");
		g_assert_true(ksig_directory_make(home, NULL));
		g_assert_cmpint(g_chmod(home, 0700), ==, 0);
	}
	return home;
}

void fixture_run(const char *const *argv)
{
	g_autoptr(GError) error = NULL;
	const struct ksig_process_options options = {.timeout_ms = 120000};

	ksig_process_run(argv, &options, NULL, NULL, &error);
	g_assert_no_error(error);
}

void fixture_remove(void)
{
	const char *const kill_agent[] = {"gpgconf", "--homedir", fixture_home(), "--kill", "all", NULL};

	fixture_run(kill_agent);
	ksig_directory_remove(folder, NULL);
}

char *fixture_public(const char *name)
{
	g_autofree char *file = g_strconcat(name, ".asc", NULL);

	return in_folder(file);
}

static void export(const char *name)
{
	g_autofree char *path = fixture_public(name);
	const char *const argv[] = {"gpg",      "--homedir", fixture_home(), "--batch", "--yes", "--armor",
				    "--output", path,        "--export",     name,      NULL};

	fixture_run(argv);
}

void fixture_key(const char *name, const char *at, const char *expires)
{
	const char *time = at ? at : "20240101T000000";
	const char *const argv[] = {"gpg",
				    "--homedir",
				    fixture_home(),
				    "--batch",
				    "--pinentry-mode",
				    "loopback",
				    "--passphrase",
				    "",
				    "--faked-system-time",
				    time,
				    "--quick-gen-key",
				    name,
				    "rsa2048",
				    "sign",
				    expires,
				    NULL};

	fixture_run(argv);
	export(name);
}

static char *fingerprint(const char *name)
{
	const char *const argv[] = {"gpg",           "--homedir",   fixture_home(), "--batch",
				    "--with-colons", "--list-keys", name,           NULL};
	g_autoptr(GString) output = NULL;

	g_assert_true(ksig_process_run(argv, NULL, NULL, &output, NULL));
	const char *line = strstr(output->str, "\nfpr:::::::::");
	g_assert_nonnull(line);
	return g_strndup(line + 13, 40);
}

/*
 * gpg leaves a revocation certificate beside each key, with a colon before it that keeps it from being used.
 * It is used in another home: the secret key goes on signing, as a thief's would.
 */
void fixture_revoke(const char *name)
{
	g_autofree char *id = fingerprint(name);
	g_autofree char *file = g_strconcat(id, ".rev", NULL);
	g_autofree char *path = g_build_filename(fixture_home(), "openpgp-revocs.d", file, NULL);
	g_autofree char *home = g_strdup_printf("%s/revoke-%u", fixture_folder(), counter++);
	g_autofree char *public_path = fixture_public(name);
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	char *start = strstr(text, ":-----BEGIN");
	g_assert_nonnull(start);
	g_assert_true(g_file_set_contents(path, start + 1, -1, NULL));
	g_assert_cmpint(g_mkdir(home, 0700), ==, 0);
	const char *const import[] = {"gpg",      "--homedir", home, "--batch",
				      "--import", public_path, path, NULL};
	const char *const write[] = {"gpg",      "--homedir", home,       "--batch", "--yes", "--armor",
				     "--output", public_path, "--export", name,      NULL};
	fixture_run(import);
	fixture_run(write);
}

void fixture_certificate(const char *name)
{
	g_autofree char *file = g_strconcat(name, ".pem", NULL);
	g_autofree char *key_file = g_strconcat(name, ".key", NULL);
	g_autofree char *path = in_folder(file);
	g_autofree char *key_path = in_folder(key_file);
	g_autofree char *subject = g_strconcat("/CN=", name, NULL);
	const char *const argv[] = {"openssl", "req",    "-x509", "-newkey", "rsa:2048",
				    "-nodes",  "-days",  "3650",  "-subj",   subject,
				    "-keyout", key_path, "-out",  path,      NULL};

	fixture_run(argv);
}

char *fixture_package(const char *name, const char *file, const char *content, gssize length)
{
	g_autofree char *top = g_strdup_printf("%s/build-%u", fixture_folder(), counter++);
	g_autofree char *spec_path = g_build_filename(top, "p.spec", NULL);
	g_autofree char *source = g_build_filename(top, "content", NULL);
	g_autofree char *define = g_strconcat("_topdir ", top, NULL);
	g_autofree char *spec = g_strdup_printf(
		"Name: %s\nVersion: 1\nRelease: 1\nSummary: marker-of-the-summary\nLicense: none\nBuildArch: "
		"noarch\n"
		"%%define _binaries_in_noarch_packages_terminate_build 0\n%%define __os_install_post "
		"%%{nil}\n%%description\n.\n%%install\ninstall -D %s "
		"%%{buildroot}%s\n"
		"%%files\n%s\n",
		name, source, file, file);
	const char *const argv[] = {"rpmbuild", "-bb", "--quiet", "--define", define, spec_path, NULL};

	g_assert_true(ksig_directory_make(top, NULL));
	g_assert_true(g_file_set_contents(spec_path, spec, -1, NULL));
	g_assert_true(g_file_set_contents(source, content, length, NULL));
	fixture_run(argv);
	return g_strdup_printf("%s/RPMS/noarch/%s-1-1.noarch.rpm", top, name);
}

static char *copy(const char *path, gsize *out_length, char **out_data)
{
	g_autofree char *data = NULL;
	gsize length = 0;
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *place = g_strdup_printf("%s/copy-%u", fixture_folder(), counter++);

	g_assert_true(g_file_get_contents(path, &data, &length, NULL));
	g_assert_true(ksig_directory_make(place, NULL));
	char *target = g_build_filename(place, name, NULL);
	g_assert_true(g_file_set_contents(target, data, (gssize) length, NULL));
	if (out_length)
		*out_length = length;
	if (out_data)
		*out_data = g_steal_pointer(&data);
	return target;
}

char *fixture_sign_package(const char *path, const char *key, const char *at)
{
	char *target = copy(path, NULL, NULL);
	g_autofree char *name = g_strconcat("_gpg_name ", key, NULL);
	g_autofree char *home = g_strconcat("_gpg_path ", fixture_home(), NULL);
	g_autofree char *extra = g_strconcat("_gpg_sign_cmd_extra_args --batch",
					     at ? " --faked-system-time " : "", at, NULL);
	g_autofree char *gpg = g_find_program_in_path("gpg");
	g_autofree char *program = g_strconcat("__gpg ", gpg, NULL);
	const char *const argv[] = {"rpmsign",  "--addsign", "--define", program, "--define", name,
				    "--define", home,        "--define", extra,   target,     NULL};

	if (key)
		fixture_run(argv);
	return target;
}

char *fixture_damage(const char *path, gssize offset)
{
	g_autofree char *data = NULL;
	gsize length = 0;
	char *target = copy(path, &length, &data);

	data[offset < 0 ? (gssize) length + offset : offset] ^= 0x20;
	g_assert_true(g_file_set_contents(target, data, (gssize) length, NULL));
	return target;
}

gssize fixture_find(const char *path, const char *marker)
{
	g_autofree char *data = NULL;
	gsize length = 0;

	g_assert_true(g_file_get_contents(path, &data, &length, NULL));
	const char *found = memmem(data, length, marker, strlen(marker));
	g_assert_nonnull(found);
	return found - data;
}

static GBytes *sign(const char *key, const char *at, GBytes *data)
{
	g_autofree char *input = g_strdup_printf("%s/sign-%u", fixture_folder(), counter++);
	g_autofree char *output = g_strconcat(input, ".asc", NULL);
	const char *time = at ? at : "20240601T000000";
	const char *const argv[] = {
		"gpg", "--homedir", fixture_home(), "--batch", "--faked-system-time", time,  "--local-user",
		key,   "--armor",   "--output",     output,    "--detach-sign",       input, NULL};
	char *signature = NULL;
	gsize length = 0;

	g_assert_true(g_file_set_contents(input, g_bytes_get_data(data, NULL),
					  (gssize) g_bytes_get_size(data), NULL));
	fixture_run(argv);
	g_assert_true(g_file_get_contents(output, &signature, &length, NULL));
	return g_bytes_new_take(signature, length);
}

/* The same signature is made once: gpg takes a tenth of a second, and a table has many rows. */
GBytes *fixture_sign(const char *key, const char *at, GBytes *data)
{
	static GHashTable *made;
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, data);
	g_autofree char *name = g_strjoin("|", key, at ? at : "", digest, NULL);

	if (!made)
		made = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
	GBytes *known = g_hash_table_lookup(made, name);
	if (!known) {
		known = sign(key, at, data);
		g_hash_table_insert(made, g_steal_pointer(&name), known);
	}
	return g_bytes_ref(known);
}
