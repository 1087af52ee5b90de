/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of signed documents, and the documents with their signatures. */
#include "live/json-write-internal.h"
#include "rpm/rpm.h"

void live_json_text(JsonBuilder *builder, const char *name, const char *value)
{
	if (!value)
		return;
	json_builder_set_member_name(builder, name);
	json_builder_add_string_value(builder, value);
}

void live_json_number(JsonBuilder *builder, const char *name, gint64 value)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_int_value(builder, value);
}

void live_json_list(JsonBuilder *builder, const char *name, const char *const *list)
{
	json_builder_set_member_name(builder, name);
	json_builder_begin_array(builder);
	for (; list && *list; list++)
		json_builder_add_string_value(builder, *list);
	json_builder_end_array(builder);
}

void live_json_now(JsonBuilder *builder)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *text = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");

	live_json_text(builder, "issued", text);
}

bool live_json_write_signed(const char *path, JsonBuilder *builder, const char *home, const char *key,
			    GError **error)
{
	const struct ksig_signer signer = {.key = key, .home = home};
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autofree char *text = json_to_string(root, TRUE);
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	g_autoptr(GBytes) signature = ksig_rpm_signer_sign(&signer, bytes, error);
	g_autofree char *signature_path = g_strconcat(path, ".asc", NULL);

	return signature && ksig_file_write(path, text, -1, 0644, error) &&
	       ksig_file_write(signature_path, g_bytes_get_data(signature, NULL),
			       (gssize) g_bytes_get_size(signature), 0644, error);
}
