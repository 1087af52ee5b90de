/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module that holds up transitions in the guest: built by the kernel's own build system. */
#include "live/gate-hold-internal.h"
#include "live/gate-guest-internal.h"
#include "live/gate-internal.h"
#include "live/manifest.h"

static const struct {
	const char *resource, *file;
} sources[] = {
	{"Makefile", "Makefile"},
	{"ksig_hold.c", "ksig_hold_main.c"},
	{"ksig_hold_thunk.S", "ksig_hold_thunk.S"},
};

/* Where distributions keep what modules are built against. */
static char *find_headers(const struct gate *gate)
{
	static const char *const places[] = {"/lib/modules/%s/build", "/usr/src/kernels/%s",
					     "/usr/src/linux-headers-%s"};
	const char *release = gate->manifest->release;

	if (gate->options->headers)
		return g_strdup(gate->options->headers);
	for (size_t i = 0; release && i < G_N_ELEMENTS(places); i++) {
		g_auto(GStrv) halves = g_strsplit(places[i], "%s", 2);
		g_autofree char *path = g_strconcat(halves[0], release, halves[1], NULL);
		g_autofree char *makefile = g_build_filename(path, "Makefile", NULL);
		if (g_file_test(makefile, G_FILE_TEST_EXISTS))
			return g_steal_pointer(&path);
	}
	return NULL;
}

static bool write_sources(const char *folder, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
		g_autoptr(GBytes) bytes = live_gate_file(sources[i].resource);
		g_autofree char *path = g_build_filename(folder, sources[i].file, NULL);
		if (!ksig_bytes_write(path, bytes, error))
			return false;
	}
	return true;
}

GBytes *live_gate_hold(const struct gate *gate, GError **error)
{
	g_autofree char *headers = find_headers(gate);
	g_autofree char *folder = g_build_filename(gate->scratch, "hold", NULL);
	g_autofree char *below = g_strconcat("M=", folder, NULL);
	g_autofree char *module = g_build_filename(folder, "ksig_hold.ko", NULL);
	const struct ksig_process_options process = {.timeout_ms = GATE_BUILD_TIMEOUT_MS};

	if (!headers) {
		ksig_error_set(
			error, KSIG_ERROR_ENVIRONMENT,
			"%s: its headers (kernel-devel, linux-headers) are needed to make a transition "
			"stall: install them, give --headers, or say --no-stall",
			gate->manifest->release ? gate->manifest->release : "the kernel");
		return NULL;
	}
	const char *const argv[] = {"make", "-s", "-C", headers, below, "modules", NULL};
	if (!ksig_directory_make(folder, error) || !write_sources(folder, error) ||
	    !ksig_process_run(argv, &process, NULL, NULL, error))
		return NULL;
	return ksig_bytes_read(module, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);
}
