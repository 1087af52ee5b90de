/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's initramfs: busybox, the script that is its first process, and the modules. */
#include "live/gate-guest-internal.h"
#include "live/gate-internal.h"
#include "live/manifest.h"

#include "gate-resources.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { LIMIT_BUSYBOX_BYTES = 64 << 20 };

typedef struct archive guest_archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(guest_archive, archive_write_free)
typedef struct archive_entry guest_entry;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(guest_entry, archive_entry_free)

GBytes *live_gate_file(const char *name)
{
	g_autofree char *path = g_strconcat("/ksig/gate/", name, NULL);

	return g_resource_lookup_data(ksig_gate_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

static bool add(struct archive *archive, const char *name, unsigned mode, GBytes *content, GError **error)
{
	g_autoptr(guest_entry) entry = archive_entry_new();
	gsize length = 0;
	const void *data = content ? g_bytes_get_data(content, &length) : NULL;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, content ? AE_IFREG : AE_IFDIR);
	archive_entry_set_perm(entry, (__LA_MODE_T) mode);
	archive_entry_set_size(entry, (la_int64_t) length);
	if (archive_write_header(archive, entry) == ARCHIVE_OK &&
	    (!length || archive_write_data(archive, data, length) == (la_ssize_t) length))
		return true;
	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "initramfs: %s: %s", name,
			      archive_error_string(archive));
}

static bool add_file(struct archive *archive, const char *name, unsigned mode, const char *path, gsize limit,
		     GError **error)
{
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, limit, error);

	return bytes && add(archive, name, mode, bytes, error);
}

static bool add_text(struct archive *archive, const char *name, const char *text, GError **error)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

	return add(archive, name, 0644, bytes, error);
}

static bool add_busybox(struct archive *archive, GError **error)
{
	g_autofree char *path = g_find_program_in_path("busybox");

	if (!path)
		return ksig_error_set(
			error, KSIG_ERROR_ENVIRONMENT,
			"busybox is not installed (a static one: package busybox-static, or busybox)");
	return add(archive, "bin", 0755, NULL, error) &&
	       add_file(archive, "bin/busybox", 0755, path, LIMIT_BUSYBOX_BYTES, error);
}

/* "OBJECT FUNCTION" a line, of the functions that stand as "OBJECT:FUNCTION" in the manifest. */
static char *functions_text(const ksig_live_manifest *manifest)
{
	GString *text = g_string_new(NULL);

	for (char **function = manifest->functions; *function; function++) {
		const char *colon = strchr(*function, ':');
		if (colon)
			g_string_append_printf(text, "%.*s %s\n", (int) (colon - *function), *function,
					       colon + 1);
	}
	return g_string_free(text, FALSE);
}

static bool add_texts(const struct gate *gate, struct archive *archive, GError **error)
{
	g_autoptr(GBytes) init = live_gate_file("init.sh");
	g_autofree char *functions = functions_text(gate->manifest);
	g_autofree char *setup = g_strdup_printf("%s %s %d\n", gate->manifest->module,
						 gate->older ? gate->older->module : "-", GATE_DEADLINE_S);

	return add(archive, "init", 0755, init, error) && add_text(archive, "setup", setup, error) &&
	       add_text(archive, "functions", functions, error) &&
	       (!gate->options->probe ||
		add_file(archive, "probe", 0755, gate->options->probe, KSIG_LIVE_LIMIT_SMALL_BYTES, error));
}

/* Modules that the patch reaches into, in the order in which they are named. */
static bool add_modules(const struct gate *gate, struct archive *archive, GError **error)
{
	const char *const *path = gate->options->modules;

	if (!add(archive, "mods", 0755, NULL, error))
		return false;
	for (unsigned i = 0; path && path[i] && i < GATE_LIMIT_MODULES; i++) {
		g_autofree char *name = g_strdup_printf("mods/%03u.ko", i);
		if (!add_file(archive, name, 0644, path[i], KSIG_LIVE_LIMIT_OBJECT_BYTES, error))
			return false;
	}
	return true;
}

static bool add_patches(const struct gate *gate, struct archive *archive, GBytes *hold, GError **error)
{
	g_autofree char *older = gate->older ? g_build_filename(gate->options->older, "module.ko", NULL)
					     : NULL;

	return add(archive, "patch.ko", 0644, gate->module, error) &&
	       (!older || add_file(archive, "older.ko", 0644, older, KSIG_LIVE_LIMIT_OBJECT_BYTES, error)) &&
	       (!hold || add(archive, "hold.ko", 0644, hold, error));
}

char *live_gate_guest(const struct gate *gate, GBytes *hold, GError **error)
{
	g_autofree char *path = g_build_filename(gate->scratch, "initramfs", NULL);
	g_autoptr(guest_archive) archive = archive_write_new();

	if (archive_write_set_format_cpio_newc(archive) != ARCHIVE_OK ||
	    archive_write_open_filename(archive, path) != ARCHIVE_OK) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", path, archive_error_string(archive));
		return NULL;
	}
	if (!add_busybox(archive, error) || !add_texts(gate, archive, error) ||
	    !add_modules(gate, archive, error) || !add_patches(gate, archive, hold, error))
		return NULL;
	if (archive_write_close(archive) != ARCHIVE_OK) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", path, archive_error_string(archive));
		return NULL;
	}
	return g_steal_pointer(&path);
}
