/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc and /sys say (build id, taint, loaded patches, tasks that hold a transition up), and loading and
 * unloading by libkmod. Where a path begins is the client's root.
 */
#include "client/system-internal.h"
#include "client/client-internal.h"
#include "live/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <string.h>
#include <unistd.h>

char *client_system_file(const ksig_client *client, const char *path)
{
	g_autofree char *whole = g_build_filename(client->root, path, NULL);
	char *text = NULL;

	if (!g_file_get_contents(whole, &text, NULL, NULL))
		return NULL;
	return g_strchomp(text);
}

char *client_running_build_id(const ksig_client *client, GError **error)
{
	g_autofree char *path = g_build_filename(client->root, "/sys/kernel/notes", NULL);
	g_autoptr(GBytes) notes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, error);
	char *id = notes ? ksig_elf_notes_build_id(notes) : NULL;

	if (notes && !id)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no build id in it", path);
	return id;
}

char *client_boot_id(const ksig_client *client)
{
	char *id = client_system_file(client, "/proc/sys/kernel/random/boot_id");

	return id ? id : g_strdup("unknown");
}

gint64 client_taint(const ksig_client *client)
{
	g_autofree char *text = client_system_file(client, "/proc/sys/kernel/tainted");

	return text ? g_ascii_strtoll(text, NULL, 10) : 0;
}

bool client_patch_is_there(const ksig_client *client, const char *name)
{
	g_autofree char *path = g_build_filename(client->root, "/sys/kernel/livepatch", name, NULL);

	return g_file_test(path, G_FILE_TEST_IS_DIR);
}

char *client_release(const ksig_client *client)
{
	return client_system_file(client, "/proc/sys/kernel/osrelease");
}

bool client_kill_switch(const ksig_client *client)
{
	g_autofree char *line = client_system_file(client, "/proc/cmdline");
	g_auto(GStrv) words = g_strsplit(line ? line : "", " ", -1);

	return g_strv_contains((const char *const *) words, "ksig.live=0");
}

bool client_signatures_enforced(const ksig_client *client)
{
	g_autofree char *enforce = client_system_file(client, "/sys/module/module/parameters/sig_enforce");
	g_autofree char *lockdown = client_system_file(client, "/sys/kernel/security/lockdown");

	return (enforce && enforce[0] == 'Y') || (lockdown && !strstr(lockdown, "[none]"));
}

GPtrArray *client_loaded_patches(const ksig_client *client)
{
	g_autofree char *path = g_build_filename(client->root, "/sys/kernel/livepatch", NULL);
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (directory && (name = g_dir_read_name(directory)))
		g_ptr_array_add(names, g_strdup(name));
	return names;
}

bool client_patch_flag(const ksig_client *client, const char *name, const char *file)
{
	g_autofree char *path = g_build_filename("/sys/kernel/livepatch", name, file, NULL);
	g_autofree char *text = client_system_file(client, path);

	return text && g_str_equal(text, "1");
}

bool client_patch_write(const ksig_client *client, const char *name, const char *file, const char *value,
			GError **error)
{
	g_autofree char *path = g_build_filename(client->root, "/sys/kernel/livepatch", name, file, NULL);
	const int status = client->kernel.write(path, value, client->kernel.data);

	return status >= 0 || ksig_error_errno(error, -status, "%s", path);
}

bool client_module_is_loaded(const ksig_client *client, const char *name)
{
	g_autofree char *path = g_build_filename(client->root, "/sys/module", name, NULL);

	return g_file_test(path, G_FILE_TEST_IS_DIR);
}

char *client_module_build_id(const ksig_client *client, const char *name)
{
	g_autofree char *path = g_build_filename(client->root, "/sys/module", name,
						 "notes/.note.gnu.build-id", NULL);
	g_autoptr(GBytes) notes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);

	return notes ? ksig_elf_notes_build_id(notes) : NULL;
}

/* The patched function that a stack goes through: " [<0>] NAME+0x…" lines. */
static const char *function_in(const char *stack, const ksig_live_manifest *manifest)
{
	for (char **function = manifest ? manifest->functions : NULL; function && *function; function++) {
		const char *colon = strchr(*function, ':');
		g_autofree char *word = g_strdup_printf(" %s+", colon ? colon + 1 : *function);
		if (stack && strstr(stack, word))
			return colon ? colon + 1 : *function;
	}
	return NULL;
}

static char task_state(const char *stat)
{
	const char *paren = stat ? strrchr(stat, ')') : NULL;

	return paren && paren[1] ? paren[2] : '?';
}

static char *task_line(const ksig_client *client, const char *pid, const char *tid,
		       const ksig_live_manifest *manifest)
{
	g_autofree char *base = g_strdup_printf("/proc/%s/task/%s", pid, tid);
	g_autofree char *comm_path = g_build_filename(base, "comm", NULL);
	g_autofree char *stat_path = g_build_filename(base, "stat", NULL);
	g_autofree char *stack_path = g_build_filename(base, "stack", NULL);
	g_autofree char *comm = client_system_file(client, comm_path);
	g_autofree char *stat = client_system_file(client, stat_path);
	g_autofree char *stack = client_system_file(client, stack_path);
	const char *function = function_in(stack, manifest);

	if (stack)
		g_strdelimit(stack, "\n", ' ');
	return g_strdup_printf("task %s (%s) state %c%s%s; stack: %s", tid, comm ? comm : "?",
			       task_state(stat), function ? ", sits in patched function " : "",
			       function ? function : "", stack ? stack : "(not readable)");
}

static void stalled_of(const ksig_client *client, const char *pid, const char *wanted,
		       const ksig_live_manifest *manifest, GString *out, unsigned *count)
{
	g_autofree char *folder = g_build_filename(client->root, "/proc", pid, "task", NULL);
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *tid;

	while (directory && (tid = g_dir_read_name(directory))) {
		g_autofree char *path = g_strdup_printf("/proc/%s/task/%s/patch_state", pid, tid);
		g_autofree char *state = client_system_file(client, path);
		if (!state || g_str_equal(state, "-1") || g_str_equal(state, wanted) ||
		    ++*count > CLIENT_LIMIT_TASKS)
			continue;
		g_autofree char *line = task_line(client, pid, tid, manifest);
		g_string_append_printf(out, "%s%s", out->len ? "\n" : "", line);
	}
}

char *client_stalled(const ksig_client *client, bool enabling, const ksig_live_manifest *manifest)
{
	g_autofree char *folder = g_build_filename(client->root, "/proc", NULL);
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	GString *out = g_string_new(NULL);
	unsigned count = 0;
	const char *name;

	while (directory && (name = g_dir_read_name(directory)))
		if (g_ascii_isdigit(name[0]))
			stalled_of(client, name, enabling ? "1" : "0", manifest, out, &count);
	if (count > CLIENT_LIMIT_TASKS)
		g_string_append_printf(out, "\nand %u more", count - CLIENT_LIMIT_TASKS);
	return g_string_free(out, FALSE);
}

static int kmod_do(const char *path, const char *name)
{
	struct kmod_ctx *context = kmod_new(NULL, NULL);
	struct kmod_module *module = NULL;
	int status = context ? 0 : -ENOMEM;

	if (context)
		status = path ? kmod_module_new_from_path(context, path, &module)
			      : kmod_module_new_from_name(context, name, &module);
	if (status >= 0)
		status = path ? kmod_module_insert_module(module, 0, NULL)
			      : kmod_module_remove_module(module, O_NONBLOCK);
	if (module)
		kmod_module_unref(module);
	if (context)
		kmod_unref(context);
	return status;
}

static int kmod_load(const char *path, void *data)
{
	(void) data;
	return kmod_do(path, NULL);
}

static int kmod_unload(const char *name, void *data)
{
	(void) data;
	return kmod_do(NULL, name);
}

static int sysfs_write(const char *path, const char *value, void *data)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	int status = 0;

	(void) data;
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		status = -errno;
	close(fd);
	return status;
}

const struct ksig_client_kernel client_libkmod = {
	.load = kmod_load, .unload = kmod_unload, .write = sysfs_write};
