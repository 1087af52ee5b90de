/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For kernel boot: packages installed into a root without scripts, the modules that are to be loaded in
 * order, and an initramfs of busybox and them.
 */
#include "kernel/boot-root-internal.h"
#include "kernel/fetch-internal.h"
#include "kernel/kernel-internal.h"
#include "elf/elf.h"

#include <string.h>
#include <sys/stat.h>

static const struct ksig_process_options plain = {0};

bool boot_install(const char *const *packages, const char *root, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	/* What the packages need and what their scripts would do belongs to a whole system, which this is
	 * not. */
	static const char *const fixed[] = {
		"rpm", "-i", "--nodeps", "--noscripts", "--notriggers", "--nosignature", "--ignorearch"};

	for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++)
		g_ptr_array_add(argv, (gpointer) fixed[i]);
	g_ptr_array_add(argv, (gpointer) "--root");
	g_ptr_array_add(argv, (gpointer) root);
	for (; *packages; packages++)
		g_ptr_array_add(argv, (gpointer) *packages);
	g_ptr_array_add(argv, NULL);
	return ksig_process_run((const char *const *) argv->pdata, &plain, NULL, NULL, error);
}

char *boot_release(const char *root, GError **error)
{
	g_autofree char *folder = g_build_filename(root, "lib/modules", NULL);
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	g_autofree char *found = NULL;
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *image = g_build_filename(folder, name, "vmlinuz", NULL);
		if (!g_file_test(image, G_FILE_TEST_EXISTS))
			continue;
		if (found) {
			ksig_error_set(error, KSIG_ERROR_USAGE,
				       "%s: several kernels, %s and %s; --release says which", folder, found,
				       name);
			return NULL;
		}
		found = g_strdup(name);
	}
	if (!found)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no kernel (RELEASE/vmlinuz) there", folder);
	return g_steal_pointer(&found);
}

/* The name that the kernel gives to the module in file PATH. */
static char *module_name(const char *path)
{
	g_autofree char *name = g_path_get_basename(path);
	char *end = strstr(name, ".ko");

	if (end)
		*end = '\0';
	return g_strdelimit(g_steal_pointer(&name), "-", '_');
}

/* The line of modules.dep for module NAME: its file, then what it needs, nearest first. */
static char **dependencies(const char *modules_dep, const char *name)
{
	g_auto(GStrv) lines = g_strsplit(modules_dep, "\n", -1);

	for (char **line = lines; *line; line++) {
		char *colon = strchr(*line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		g_autofree char *found = module_name(*line);
		if (!g_str_equal(found, name))
			continue;
		g_autofree char *all = g_strconcat(*line, " ", g_strstrip(colon + 1), NULL);
		return g_strsplit(g_strstrip(all), " ", -1);
	}
	return NULL;
}

static bool add_file(GPtrArray *files, const char *path)
{
	g_autofree char *name = module_name(path);

	for (guint i = 0; i < files->len; i++) {
		g_autofree char *other = module_name(g_ptr_array_index(files, i));
		if (g_str_equal(name, other))
			return false;
	}
	g_ptr_array_add(files, g_strdup(path));
	return true;
}

/* Adds what NAME needs and then itself. */
static bool add_known(GPtrArray *files, const char *folder, const char *modules_dep, const char *name,
		      GError **error)
{
	g_autofree char *plain_name = g_strdelimit(g_strdup(name), "-", '_');
	g_auto(GStrv) needed = dependencies(modules_dep, plain_name);

	if (!needed)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no module %s there", folder, name);
	for (guint i = g_strv_length(needed); i-- > 0;) {
		g_autofree char *path = g_build_filename(folder, needed[i], NULL);
		add_file(files, path);
	}
	return true;
}

/* A module from elsewhere: what it names in its own modinfo is looked for in the root. */
static bool add_foreign(GPtrArray *files, const char *folder, const char *modules_dep, const char *path,
			GError **error)
{
	g_autoptr(ksig_module) module = ksig_elf_module_read(path, error);

	for (guint i = 0; module && i < module->depends->len; i++)
		if (!add_known(files, folder, modules_dep, g_ptr_array_index(module->depends, i), error))
			return false;
	if (module)
		add_file(files, path);
	return module != NULL;
}

GPtrArray *boot_modules(const char *root, const char *release, const char *const *modules, GError **error)
{
	g_autofree char *folder = g_build_filename(root, "lib/modules", release, NULL);
	g_autofree char *path = g_build_filename(folder, "modules.dep", NULL);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	const char *const argv[] = {"depmod", "-b", root, release, NULL};

	if (!modules || !*modules)
		return g_steal_pointer(&files);
	if (!ksig_process_run(argv, &plain, NULL, NULL, error))
		return NULL;
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_SYMVERS_BYTES, NULL, error);
	for (; text && *modules; modules++)
		if (!(strstr(*modules, ".ko") ? add_foreign : add_known)(files, folder, text, *modules,
									 error))
			return NULL;
	return text ? g_steal_pointer(&files) : NULL;
}

static bool write_module(const char *path, const char *folder, GString *script, GError **error)
{
	g_autofree char *name = module_name(path);
	g_autofree char *to = g_strdup_printf("%s/%s.ko", folder, name);
	g_autoptr(GBytes) bytes = ksig_elf_unpack_file(path, 0, error);
	gsize length = 0;

	if (!bytes)
		return false;
	const char *data = g_bytes_get_data(bytes, &length);
	g_string_append_printf(
		script, "busybox insmod /%s.ko && echo ksig-boot: loaded %s || echo ksig-boot: refused %s\n",
		name, name, name);
	return ksig_file_write(to, data, (gssize) length, 0644, error);
}

/* The static busybox of this machine, which is all the user space there is. */
static bool write_busybox(const char *folder, GError **error)
{
	g_autofree char *program = g_find_program_in_path("busybox");
	g_autofree char *to = g_build_filename(folder, "busybox", NULL);

	if (!program)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "busybox (static): not installed");
	if (!kernel_fetch(program, to, 64 << 20, error))
		return false;
	return chmod(to, 0755) == 0;
}

static bool pack(const char *folder, GPtrArray *names, const char *path, GError **error)
{
	static const char *const argv[] = {"cpio", "-o", "-H", "newc", "--quiet", NULL};
	g_autoptr(GString) input = g_string_new(NULL), output = NULL;

	for (guint i = 0; i < names->len; i++)
		g_string_append_printf(input, "%s\n", (const char *) g_ptr_array_index(names, i));
	const struct ksig_process_options options = {
		.directory = folder, .input = input->str, .input_length_bytes = input->len};
	return ksig_process_run(argv, &options, NULL, &output, error) &&
	       ksig_file_write(path, output->str, (gssize) output->len, 0644, error);
}

bool boot_write_initramfs(const char *folder, GPtrArray *modules, const char *path, GError **error)
{
	g_autoptr(GString) script = g_string_new("#!/busybox sh\n"
						 "alias busybox=/busybox\n"
						 "busybox mkdir -p /proc /sys\n"
						 "busybox mount -t proc proc /proc\n"
						 "busybox mount -t sysfs sysfs /sys\n"
						 "echo ksig-boot: release $(busybox uname -r)\n");
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *init = g_build_filename(folder, "init", NULL);

	for (guint i = 0; i < modules->len; i++) {
		g_autofree char *name = module_name(g_ptr_array_index(modules, i));
		g_ptr_array_add(names, g_strconcat(name, ".ko", NULL));
		if (!write_module(g_ptr_array_index(modules, i), folder, script, error))
			return false;
	}
	g_string_append(script, "echo ksig-boot: end\nbusybox reboot -f\n");
	g_ptr_array_add(names, g_strdup("init"));
	g_ptr_array_add(names, g_strdup("busybox"));
	return ksig_file_write(init, script->str, -1, 0755, error) && write_busybox(folder, error) &&
	       pack(folder, names, path, error);
}
