/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vouching for the running kernel: its package, kept as kernels/BUILD-ID.rpm if policy accepts it and its
 * image has the running build id. src/kernel and kmod/kernel.c are about other kernels.
 */
#include "client/package-kernel-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"

#include <string.h>

enum { LIMIT_PACKAGE_BYTES = 1 << 30 };

/* The copy is verified, not the original: nobody but root can change it afterwards. */
bool ksig_client_vouch(ksig_client *client, const char *package, GError **error)
{
	g_autofree char *running = client_running_build_id(client, error);
	g_autoptr(GBytes) bytes = running ? ksig_bytes_read(package, LIMIT_PACKAGE_BYTES, error) : NULL;
	g_autofree char *folder = client_path(client, "kernels", NULL);

	if (!bytes || !ksig_directory_make(folder, error))
		return false;
	g_autofree char *aside = g_build_filename(folder, "new.rpm", NULL);
	g_autofree char *base = g_strconcat(running, ".rpm", NULL);
	g_autofree char *path = g_build_filename(folder, base, NULL);
	gsize length = 0;
	const char *data = g_bytes_get_data(bytes, &length);
	if (!ksig_file_write(aside, data, (gssize) length, 0644, error) ||
	    !ksig_trust_check_package(client->trust, KSIG_ROLE_KERNEL, aside, NULL, error))
		return false;
	g_autofree char *build = client_package_build_id(aside, error);
	if (!build)
		return false;
	if (!g_str_equal(build, running))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: holds the kernel with build id %s, but %s runs", package, build,
				      running);
	return ksig_file_write(path, data, (gssize) length, 0644, error);
}
