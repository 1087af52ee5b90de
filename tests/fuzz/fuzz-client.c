/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the client reads as JSON: manifests, indexes, results of the release gate, its own state. */
#include "client/index-internal.h"
#include "client/state-internal.h"
#include "live/index.h"
#include "live/manifest.h"
#include "live/test-result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_index(GBytes *bytes)
{
	g_auto(ksig_live_index) index = {0};
	ksig_client client = {.root = (char *) "/nonexistent"};

	if (!ksig_live_index_parse(&index, "fuzz", bytes, NULL))
		return;
	ksig_live_index_halts(&index, "kpatch-patch-1");
	client_index_reaches(&client, &index, "kpatch-patch-1");
}

static void read_state(const uint8_t *data, size_t size)
{
	struct client_state state = {0};

	client_state_parse(&state, "fuzz", (const char *) data, (gssize) size, NULL);
	client_state_clear(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
	g_autoptr(ksig_live_manifest) manifest = ksig_live_manifest_parse("fuzz", bytes, NULL);

	if (manifest)
		ksig_live_test_fits("fuzz", bytes, manifest);
	read_index(bytes);
	read_state(data, size);
	return 0;
}
