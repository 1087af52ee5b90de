/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The release gate's run: the patch's kernel in emulated QEMU, and test.json, signed. The guest's script and
 * the judging are in gate-*.c; publish/live-gate.c asks for the result.
 */
#include "live/gate-internal.h"
#include "base/json-write.h"
#include "live/gate.h"
#include "live/gate-guest-internal.h"
#include "live/gate-hold-internal.h"
#include "live/gate-judge-internal.h"
#include "live/json-write-internal.h"
#include "live/manifest.h"

#include <string.h>

void ksig_live_gate_result_free(ksig_live_gate_result *result)
{
	if (!result)
		return;
	g_free(result->id);
	g_free(result->output);
	g_clear_pointer(&result->steps, g_ptr_array_unref);
	g_free(result);
}

static ksig_live_manifest *manifest_in(const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "manifest.json", NULL);
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, error);

	return bytes ? ksig_live_manifest_parse(path, bytes, error) : NULL;
}

static bool read_patch(struct gate *gate, GError **error)
{
	g_autofree char *path = g_build_filename(gate->options->folder, "module.ko", NULL);

	gate->manifest = manifest_in(gate->options->folder, error);
	gate->module = gate->manifest ? ksig_bytes_read(path, KSIG_LIVE_LIMIT_OBJECT_BYTES, error) : NULL;
	if (!gate->module)
		return false;
	const char *wanted = g_hash_table_lookup(gate->manifest->document->files, "module.ko");
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, gate->module);
	return (wanted && g_str_equal(wanted, digest)) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not the module that the manifest names", path);
}

static bool read_older(struct gate *gate, GError **error)
{
	if (!gate->options->older)
		return true;
	gate->older = manifest_in(gate->options->older, error);
	if (!gate->older)
		return false;
	if (g_str_equal(gate->older->module, gate->manifest->module))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: its module is called %s, too: give it another name",
				      gate->options->older, gate->older->module);
	return g_str_equal(gate->older->document->build_id, gate->manifest->document->build_id) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: for another kernel", gate->options->older);
}

/* Before minutes go by: is it the kernel that the patch is for? */
static bool check_kernel(const struct gate *gate, GError **error)
{
	const char *path = gate->options->kernel, *wanted = gate->manifest->document->build_id;
	g_autoptr(GBytes) image = ksig_bytes_read(path, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);
	g_autofree char *build = image ? ksig_elf_kernel_image_build_id(path, image, error) : NULL;

	return build && (g_str_equal(build, wanted) ||
			 ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					"%s: its build id is %s; the patch is for %s", path, build, wanted));
}

/*
 * Emulated on purpose: what a machine lacks of virtualization must not decide a release. An emulated timer
 * comes late on a busy machine, which a kernel that checks it takes for a broken one.
 */
static char *run_guest(const struct gate *gate, const char *initramfs, GError **error)
{
	const char *const argv[] = {"qemu-system-x86_64",
				    "-M",
				    "q35",
				    "-accel",
				    "tcg",
				    "-smp",
				    "1",
				    "-m",
				    "512M",
				    "-nodefaults",
				    "-no-reboot",
				    "-display",
				    "none",
				    "-serial",
				    "stdio",
				    "-kernel",
				    gate->options->kernel,
				    "-initrd",
				    initramfs,
				    "-append",
				    "console=ttyS0 quiet panic=-1 no_timer_check",
				    NULL};
	const struct ksig_process_options process = {.timeout_ms = GATE_TIMEOUT_MS,
						     .output_limit_bytes = GATE_OUTPUT_LIMIT_BYTES};
	g_autofree char *program = g_find_program_in_path(argv[0]);
	GString *output = NULL;

	if (!program) {
		ksig_error_set(
			error, KSIG_ERROR_ENVIRONMENT,
			"qemu-system-x86_64 is not installed (package qemu-system-x86, or qemu-kvm-core)");
		return NULL;
	}
	return ksig_process_run(argv, &process, NULL, &output, error) ? g_string_free(output, FALSE) : NULL;
}

/* A guest that never came up says nothing of the patch. */
static bool guest_is_dead(const char *output, GError **error)
{
	g_autofree char *text = ksig_utf8(output, -1);

	g_strstrip(text);
	const char *last = strrchr(text, '\n');
	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			      "the guest did not come up (is busybox a static one?); its last word: %s",
			      last ? last + 1 : text);
}

static bool run(struct gate *gate, ksig_live_gate_result *result, GError **error)
{
	g_autoptr(GBytes) hold = NULL;

	if (!read_patch(gate, error) || !read_older(gate, error) || !check_kernel(gate, error))
		return false;
	if (!gate->options->no_stall && !(hold = live_gate_hold(gate, error)))
		return false;
	g_autofree char *initramfs = live_gate_guest(gate, hold, error);
	const gint64 start = g_get_monotonic_time();
	result->output = initramfs ? run_guest(gate, initramfs, error) : NULL;
	if (!result->output)
		return false;
	if (!strstr(result->output, "@ identity"))
		return guest_is_dead(result->output, error);
	result->seconds = (double) (g_get_monotonic_time() - start) / G_USEC_PER_SEC;
	result->id = g_strdup(gate->manifest->id);
	result->steps = live_gate_judge(gate, result->output, hold != NULL);
	result->passed = true;
	for (guint i = 0; i < result->steps->len; i++) {
		const struct ksig_live_gate_step *step = result->steps->pdata[i];
		result->passed = result->passed && !g_str_equal(step->outcome, "failed");
	}
	return true;
}

/* ---- the signed result --------------------------------------------------------------------------- */

static void add_steps(JsonBuilder *builder, const ksig_live_gate_result *result)
{
	json_builder_set_member_name(builder, "steps");
	json_builder_begin_array(builder);
	for (guint i = 0; i < result->steps->len; i++) {
		const struct ksig_live_gate_step *step = result->steps->pdata[i];
		json_builder_begin_object(builder);
		ksig_json_add_if(builder, "step", step->name);
		ksig_json_add_if(builder, "outcome", step->outcome);
		ksig_json_add_if(builder, "detail", step->detail);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
}

static void add_files(JsonBuilder *builder, const struct gate *gate)
{
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, gate->module);

	json_builder_set_member_name(builder, "files");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "module.ko", digest);
	json_builder_end_object(builder);
}

static bool write_result(const struct gate *gate, const ksig_live_gate_result *result, GError **error)
{
	const ksig_document *of = gate->manifest->document;
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(of->expires);
	g_autofree char *expires = g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ");
	g_autofree char *path = g_build_filename(gate->options->folder, "test.json", NULL);

	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "kind", "livepatch-test");
	ksig_json_add_if(builder, "name", of->name);
	ksig_json_add_if(builder, "provider", of->provider);
	ksig_json_add_number(builder, "revision", of->revision);
	live_json_now(builder);
	ksig_json_add_if(builder, "expires", expires);
	ksig_json_add_if(builder, "build_id", of->build_id);
	ksig_json_add_if(builder, "release", gate->manifest->release);
	ksig_json_add_if(builder, "older", gate->older ? gate->older->id : NULL);
	ksig_json_add_if(builder, "tool", "ksig " KSIG_VERSION);
	ksig_json_add_if(builder, "verdict", result->passed ? "passed" : "failed");
	add_steps(builder, result);
	add_files(builder, gate);
	json_builder_end_object(builder);
	return live_json_write_signed(path, builder, gate->options->home, gate->options->key, error);
}

static void gate_clear(struct gate *gate)
{
	ksig_live_manifest_free(gate->manifest);
	ksig_live_manifest_free(gate->older);
	g_clear_pointer(&gate->module, g_bytes_unref);
	g_clear_pointer(&gate->scratch, ksig_scratch_free);
}

ksig_live_gate_result *ksig_live_gate_run(const struct ksig_live_gate_options *options, GError **error)
{
	g_autoptr(ksig_live_gate_result) result = g_new0(ksig_live_gate_result, 1);
	struct gate gate = {.options = options};

	gate.scratch = ksig_directory_temporary(NULL, "ksig-gate", error);
	bool good = gate.scratch && run(&gate, result, error);
	/* A patch that did not pass is said to be so, too: nobody has to find out again. */
	if (good && options->key)
		good = write_result(&gate, result, error);
	gate_clear(&gate);
	return good ? g_steal_pointer(&result) : NULL;
}
