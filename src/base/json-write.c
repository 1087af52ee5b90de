/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members written through JSON-GLib's builder, text cleaned by ksig_utf8() on the way. */
#include "base/json-write.h"

static void add_value(JsonBuilder *builder, const char *text)
{
	g_autofree char *clean = ksig_utf8(text, -1);

	json_builder_add_string_value(builder, clean);
}

void ksig_json_add(JsonBuilder *builder, const char *name, const char *text)
{
	json_builder_set_member_name(builder, name);
	if (text)
		add_value(builder, text);
	else
		json_builder_add_null_value(builder);
}

void ksig_json_add_if(JsonBuilder *builder, const char *name, const char *text)
{
	if (text)
		ksig_json_add(builder, name, text);
}

void ksig_json_add_number(JsonBuilder *builder, const char *name, gint64 number)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_int_value(builder, number);
}

void ksig_json_add_real(JsonBuilder *builder, const char *name, double number)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_double_value(builder, number);
}

void ksig_json_add_boolean(JsonBuilder *builder, const char *name, bool value)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_boolean_value(builder, value);
}

void ksig_json_add_list(JsonBuilder *builder, const char *name, const char *const *list)
{
	json_builder_set_member_name(builder, name);
	json_builder_begin_array(builder);
	for (; list && *list; list++)
		add_value(builder, *list);
	json_builder_end_array(builder);
}

void ksig_json_add_strings(JsonBuilder *builder, const char *name, const GPtrArray *strings)
{
	json_builder_set_member_name(builder, name);
	json_builder_begin_array(builder);
	for (guint i = 0; strings && i < strings->len; i++)
		add_value(builder, g_ptr_array_index(strings, i));
	json_builder_end_array(builder);
}
