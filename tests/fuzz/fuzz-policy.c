/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an owner writes: the policy of trust, and live.conf. */
#include "client/config-internal.h"
#include "trust/policy-internal.h"
#include "trust/trust-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *) data, size);
	ksig_trust *trust = trust_new("/nonexistent");
	struct client_config config = {0};
	struct ksig_document manifest = {.name = (char *) "kpatch-patch-1",
					 .revision = 1,
					 .files = g_hash_table_new(g_str_hash, g_str_equal)};
	g_autoptr(GDateTime) noon = g_date_time_new_utc(2026, 1, 1, 12, 0, 0);

	trust_policy_parse(trust, "fuzz", text, NULL);
	ksig_trust_may_patch(trust, "a", "b");
	ksig_trust_patch_is_revoked(trust, &manifest);
	g_hash_table_unref(manifest.files);
	ksig_trust_free(trust);
	if (client_config_parse(&config, "fuzz", (const char *) data, size, NULL))
		client_window_is_open(&config, noon);
	client_config_clear(&config);
	return 0;
}
