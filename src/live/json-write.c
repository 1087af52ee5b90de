/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of signed documents, and the documents with their signatures. */
#include "live/json-write-internal.h"
#include "base/json-write.h"
#include "rpm/rpm.h"

void live_json_now(JsonBuilder *builder)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *text = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");

	ksig_json_add_if(builder, "issued", text);
}

GBytes *live_json_sign(JsonBuilder *builder, const char *home, const char *key, GBytes **out_bytes,
		       GError **error)
{
	const struct ksig_signer signer = {.key = key, .home = home};
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	char *text = json_to_string(root, TRUE);
	g_autoptr(GBytes) bytes = g_bytes_new_take(text, strlen(text));
	GBytes *signature = ksig_rpm_signer_sign(&signer, bytes, error);

	if (signature)
		*out_bytes = g_steal_pointer(&bytes);
	return signature;
}

bool live_json_write_signed(const char *path, JsonBuilder *builder, const char *home, const char *key,
			    GError **error)
{
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GBytes) signature = live_json_sign(builder, home, key, &bytes, error);
	g_autofree char *signature_path = g_strconcat(path, ".asc", NULL);

	return signature && ksig_bytes_write(path, bytes, error) &&
	       ksig_bytes_write(signature_path, signature, error);
}
