/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boots a kernel in QEMU without acceleration and judges it by its serial console: user space reached, uname
 * -r, each module loaded or why not.
 */
#include "kernel/boot-root-internal.h"

#include <string.h>

/* A busy host's clock says nothing about the kernel, which would panic for a timer that comes late. */
#define BOOT_APPEND "console=ttyS0 panic=-1 loglevel=5 no_timer_check"

static void module_free(gpointer data)
{
	struct ksig_boot_module *module = data;

	g_free(module->name);
	g_free(module);
}

void ksig_kernel_boot_result_clear(struct ksig_boot_result *result)
{
	g_clear_pointer(&result->release, g_free);
	g_clear_pointer(&result->console, g_free);
	g_clear_pointer(&result->modules, g_ptr_array_unref);
}

/* Runs the machine to its end; what it writes on its serial line is the result. */
static char *run_machine(const struct ksig_boot_options *options, const char *image, const char *initramfs,
			 GError **error)
{
	g_autofree char *memory = g_strdup_printf("%u", options->memory_mib ? options->memory_mib : 512);
	const char *const argv[] = {"qemu-system-x86_64",
				    "-accel",
				    "tcg",
				    "-cpu",
				    "max",
				    "-m",
				    memory,
				    "-nodefaults",
				    "-display",
				    "none",
				    "-serial",
				    "stdio",
				    "-no-reboot",
				    "-kernel",
				    image,
				    "-initrd",
				    initramfs,
				    "-append",
				    BOOT_APPEND,
				    NULL};
	const struct ksig_process_options process = {
		.timeout_ms = (options->timeout_s ? options->timeout_s : 300) * 1000,
		.output_limit_bytes = 16 << 20,
	};
	g_autoptr(GString) output = NULL;
	int status = 0;

	if (!ksig_process_run(argv, &process, &status, &output, error))
		return NULL;
	if (status != 0) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "qemu-system-x86_64 ended with status %d: %s",
			       status, output->str);
		return NULL;
	}
	return ksig_utf8(output->str, (gssize) output->len);
}

static void read_line(struct ksig_boot_result *out, const char *line)
{
	static const char *const mark = "ksig-boot: ";
	const char *text = strstr(line, mark);

	if (!text)
		return;
	text += strlen(mark);
	if (g_str_has_prefix(text, "release ")) {
		g_free(out->release);
		out->release = g_strstrip(g_strdup(text + strlen("release ")));
	} else if (g_str_has_prefix(text, "loaded ") || g_str_has_prefix(text, "refused ")) {
		struct ksig_boot_module *module = g_new0(struct ksig_boot_module, 1);
		module->is_loaded = *text == 'l';
		module->name = g_strstrip(g_strdup(strchr(text, ' ')));
		g_ptr_array_add(out->modules, module);
	}
}

static void read_console(struct ksig_boot_result *out)
{
	g_auto(GStrv) lines = g_strsplit(out->console, "\n", -1);

	for (char **line = lines; *line; line++)
		read_line(out, *line);
}

/* The last line of the console that names MODULE, which is where the kernel says why. */
static char *reason_of(const struct ksig_boot_result *out, const char *module)
{
	g_auto(GStrv) lines = g_strsplit(out->console, "\n", -1);
	g_autofree char *start = g_strconcat(module, ": ", NULL);
	char *reason = NULL;

	for (char **line = lines; *line; line++) {
		const char *found = strstr(*line, start);
		if (!found || strstr(*line, "ksig-boot") || reason)
			continue;
		reason = g_strstrip(g_strdup(found));
	}
	return reason ? reason : g_strdup("the kernel does not say why");
}

static bool judge(const struct ksig_boot_result *out, const char *release, guint n_modules, GError **error)
{
	if (!out->release) {
		size_t length = strlen(out->console);
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: user space was not reached; the console ends: %s", release,
				      out->console + (length > 400 ? length - 400 : 0));
	}
	if (!g_str_equal(out->release, release))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: uname -r says %s", release,
				      out->release);
	for (guint i = 0; i < out->modules->len; i++) {
		const struct ksig_boot_module *module = g_ptr_array_index(out->modules, i);
		if (module->is_loaded)
			continue;
		g_autofree char *reason = reason_of(out, module->name);
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: module %s does not load: %s", release,
				      module->name, reason);
	}
	if (out->modules->len != n_modules)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: ended after %u of %u modules", release,
				      out->modules->len, n_modules);
	return true;
}

static bool boot_in(const struct ksig_boot_options *options, const char *root, const char *scratch,
		    struct ksig_boot_result *out, GError **error)
{
	g_autofree char *release = options->release ? g_strdup(options->release) : boot_release(root, error);
	g_autoptr(GPtrArray) modules = release ? boot_modules(root, release, options->modules, error) : NULL;

	if (!modules)
		return false;
	g_autofree char *image = g_build_filename(root, "lib/modules", release, "vmlinuz", NULL);
	g_autofree char *folder = g_build_filename(scratch, "initramfs", NULL);
	g_autofree char *initramfs = g_build_filename(scratch, "initramfs.cpio", NULL);
	if (!ksig_directory_make(folder, error) || !boot_write_initramfs(folder, modules, initramfs, error) ||
	    !(out->console = run_machine(options, image, initramfs, error)))
		return false;
	read_console(out);
	return judge(out, release, modules->len, error);
}

bool ksig_kernel_boot(const struct ksig_boot_options *options, struct ksig_boot_result *out, GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-boot", error);

	out->modules = g_ptr_array_new_with_free_func(module_free);
	if (!scratch)
		return false;
	if (options->root)
		return boot_in(options, options->root, scratch, out, error);
	g_autofree char *root = g_build_filename(scratch, "root", NULL);
	return ksig_directory_make(root, error) && boot_install(options->packages, root, error) &&
	       boot_in(options, root, scratch, out, error);
}
