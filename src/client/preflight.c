/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is looked at before a patch is loaded, so that the machine is not asked to do what must fail. */
#include "client/preflight-internal.h"
#include "client/choose-internal.h"
#include "client/client-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"
#include "live/manifest.h"

#include <errno.h>
#include <string.h>

/* Measured on 6.1; kernel/module/main.c, signing.c. */
const char *client_load_meaning(int errnum)
{
	switch (errnum) {
	case EKEYREJECTED:
		return "the kernel does not trust its signature, or it has none";
	case EBUSY:
		return "another transition is under way";
	case EEXIST:
		return "a module of that name is loaded already";
	case EINVAL:
		return "a function that it patches is not in this kernel (see the kernel's log)";
	case ENOEXEC:
		return "not a module, cut short, or for other symbol versions";
	case EPERM:
		return "not permitted: root is needed, and no lockdown";
	default:
		return g_strerror(errnum);
	}
}

static bool foresee_memory(const ksig_client *client, const char *path, GError **error)
{
	g_autofree char *text = client_system_file(client, "/proc/meminfo");
	const char *line = text ? strstr(text, "MemAvailable:") : NULL;
	g_autoptr(GBytes) module = ksig_bytes_read(path, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);

	if (!module)
		return false;
	const guint64 needed = g_bytes_get_size(module) / 1024 * 4 + CLIENT_MEMORY_SPARE_KIB;
	if (line && g_ascii_strtoull(line + 13, NULL, 10) < needed)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "memory: %" G_GUINT64_FORMAT " KiB needed to load it", needed);
	return true;
}

const char *client_name_of(const ksig_client *client, GPtrArray *manifests, const char *module)
{
	for (guint i = 0; i < manifests->len; i++) {
		const ksig_live_manifest *manifest = manifests->pdata[i];
		if (g_str_equal(manifest->module, module))
			return manifest->document->name;
	}
	return g_hash_table_lookup(client->state.modules, module);
}

static bool check_other(ksig_client *client, GPtrArray *manifests, const ksig_live_manifest *wanted,
			const char *module, GError **error)
{
	const char *name = client_name_of(client, manifests, module);

	if (client_patch_flag(client, module, "transition"))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: its transition is still under way",
				      module);
	if (!name)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: a live patch that ksig did not load is in the kernel", module);
	/* A cumulative patch takes the place of all others, also of those that it knows nothing of. */
	return g_str_equal(name, wanted->document->name) ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			      "%s: %s (module %s) is applied, and would be lost: roll it back first",
			      wanted->id, name, module);
}

static bool check_others(ksig_client *client, const ksig_live_manifest *wanted, GError **error)
{
	g_autoptr(GPtrArray) loaded = client_loaded_patches(client);
	g_autoptr(GPtrArray) manifests = client_manifests(client, NULL);

	for (guint i = 0; i < loaded->len; i++)
		if (!check_other(client, manifests, wanted, loaded->pdata[i], error))
			return false;
	return true;
}

bool client_is_applied(ksig_client *client, const ksig_live_manifest *manifest)
{
	g_autofree char *build = client_module_build_id(client, manifest->module);

	return client_patch_flag(client, manifest->module, "enabled") &&
	       !client_patch_flag(client, manifest->module, "transition") &&
	       (!manifest->module_build_id || (build && g_str_equal(build, manifest->module_build_id)));
}

bool client_preflight(ksig_client *client, const ksig_live_manifest *manifest, gint64 seen, GError **error)
{
	g_autofree char *why = client_forbidden(client, manifest);
	g_autofree char *boot = client_boot_id(client);
	g_autofree char *path = client_store(client, manifest->id, "module.ko");

	if (client_kill_switch(client))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "ksig.live=0 stands on the kernel's command line: nothing is applied");
	if (why)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %s", manifest->id, why);
	if (g_strcmp0(client->state.forced_boot, boot) == 0)
		return ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"a transition was forced since the machine was booted: reboot it before "
			"the next live patch");
	return client_accepts(client, manifest->id, seen, error) && check_others(client, manifest, error) &&
	       foresee_memory(client, path, error);
}
