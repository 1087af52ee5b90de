/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML-RPC (xmlrpc.com/spec.md, with the <nil/> and <i8> that Koji's hub uses), parsed by libxml2. A reply is
 * foreign bytes: no entities, no network, a limit for size and for depth.
 */
#include "engine/xmlrpc-internal.h"
#include "engine/koji-internal.h"

#include <json-glib/json-glib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

typedef xmlDoc xml_doc;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xml_doc, xmlFreeDoc)

/* ---- writing ------------------------------------------------------------------------------------- */

static void put_value(GString *xml, JsonNode *node);

static void put_text(GString *xml, const char *tag, const char *text)
{
	g_autofree char *clean = ksig_utf8(text, -1);
	g_autofree char *escaped = g_markup_escape_text(clean, -1);

	g_string_append_printf(xml, "<%s>%s</%s>", tag, escaped, tag);
}

static void put_number(GString *xml, gint64 number)
{
	const char *tag = number >= G_MININT32 && number <= G_MAXINT32 ? "int" : "i8";

	g_string_append_printf(xml, "<%s>%" G_GINT64_FORMAT "</%s>", tag, number, tag);
}

static void put_scalar(GString *xml, JsonNode *node)
{
	char buffer[G_ASCII_DTOSTR_BUF_SIZE];

	switch (json_node_get_value_type(node)) {
	case G_TYPE_STRING:
		put_text(xml, "string", json_node_get_string(node));
		break;
	case G_TYPE_BOOLEAN:
		g_string_append_printf(xml, "<boolean>%d</boolean>", json_node_get_boolean(node));
		break;
	case G_TYPE_DOUBLE:
		g_string_append_printf(xml, "<double>%s</double>",
				       g_ascii_dtostr(buffer, sizeof buffer, json_node_get_double(node)));
		break;
	default:
		put_number(xml, json_node_get_int(node));
	}
}

static void put_array(GString *xml, JsonArray *array)
{
	g_string_append(xml, "<array><data>");
	for (guint i = 0; i < json_array_get_length(array); i++)
		put_value(xml, json_array_get_element(array, i));
	g_string_append(xml, "</data></array>");
}

static void put_struct(GString *xml, JsonObject *object)
{
	JsonObjectIter iter;
	const char *name = NULL;
	JsonNode *node = NULL;

	g_string_append(xml, "<struct>");
	json_object_iter_init_ordered(&iter, object);
	while (json_object_iter_next_ordered(&iter, &name, &node)) {
		g_string_append(xml, "<member>");
		put_text(xml, "name", name);
		put_value(xml, node);
		g_string_append(xml, "</member>");
	}
	g_string_append(xml, "</struct>");
}

static void put_value(GString *xml, JsonNode *node)
{
	g_string_append(xml, "<value>");
	if (JSON_NODE_HOLDS_NULL(node))
		g_string_append(xml, "<nil/>");
	else if (JSON_NODE_HOLDS_ARRAY(node))
		put_array(xml, json_node_get_array(node));
	else if (JSON_NODE_HOLDS_OBJECT(node))
		put_struct(xml, json_node_get_object(node));
	else
		put_scalar(xml, node);
	g_string_append(xml, "</value>");
}

char *xmlrpc_request(const char *method, JsonArray *parameters)
{
	GString *xml = g_string_new("<?xml version='1.0'?>\n<methodCall>");

	put_text(xml, "methodName", method);
	g_string_append(xml, "<params>");
	for (guint i = 0; i < json_array_get_length(parameters); i++) {
		g_string_append(xml, "<param>");
		put_value(xml, json_array_get_element(parameters, i));
		g_string_append(xml, "</param>");
	}
	g_string_append(xml, "</params></methodCall>\n");
	return g_string_free(xml, FALSE);
}

/* ---- reading ------------------------------------------------------------------------------------- */

static bool wrong(GError **error, const char *expected)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "XML-RPC: %s expected", expected);
}

static bool is_named(const xmlNode *node, const char *name)
{
	return node && node->type == XML_ELEMENT_NODE && g_str_equal((const char *) node->name, name);
}

static xmlNode *first_element(xmlNode *node)
{
	xmlNode *child = node ? node->children : NULL;

	while (child && child->type != XML_ELEMENT_NODE)
		child = child->next;
	return child;
}

static xmlNode *next_element(xmlNode *node)
{
	do
		node = node->next;
	while (node && node->type != XML_ELEMENT_NODE);
	return node;
}

/* The one element below NODE if it has NAME, else NULL. */
static xmlNode *only(xmlNode *node, const char *name)
{
	xmlNode *child = first_element(node);

	return is_named(child, name) && !next_element(child) ? child : NULL;
}

static char *text_of(xmlNode *node)
{
	xmlChar *content = xmlNodeGetContent(node);
	char *text = g_strdup(content ? (const char *) content : "");

	xmlFree(content);
	return text;
}

static JsonNode *read_value(xmlNode *value, unsigned depth, GError **error);

static JsonNode *read_integer(const char *text, GError **error)
{
	g_autofree char *copy = g_strdup(text);
	gint64 number = 0;

	if (!g_ascii_string_to_signed(g_strstrip(copy), 10, G_MININT64, G_MAXINT64, &number, NULL)) {
		wrong(error, "an integer");
		return NULL;
	}
	return json_node_init_int(json_node_alloc(), number);
}

static JsonNode *read_boolean(const char *text, GError **error)
{
	if (!g_str_equal(text, "0") && !g_str_equal(text, "1")) {
		wrong(error, "a boolean of 0 or 1");
		return NULL;
	}
	return json_node_init_boolean(json_node_alloc(), *text == '1');
}

static JsonNode *read_double(const char *text, GError **error)
{
	char *end = NULL;
	const double number = g_ascii_strtod(text, &end);

	if (end == text || *end) {
		wrong(error, "a double");
		return NULL;
	}
	return json_node_init_double(json_node_alloc(), number);
}

static JsonNode *read_array(xmlNode *node, unsigned depth, GError **error)
{
	g_autoptr(JsonArray) array = json_array_new();
	xmlNode *data = only(node, "data");

	if (!data) {
		wrong(error, "the data of an array");
		return NULL;
	}
	for (xmlNode *value = first_element(data); value; value = next_element(value)) {
		JsonNode *element = read_value(value, depth + 1, error);
		if (!element)
			return NULL;
		json_array_add_element(array, element);
	}
	return json_node_init_array(json_node_alloc(), array);
}

static JsonNode *read_struct(xmlNode *node, unsigned depth, GError **error)
{
	g_autoptr(JsonObject) object = json_object_new();

	for (xmlNode *member = first_element(node); member; member = next_element(member)) {
		xmlNode *name = is_named(member, "member") ? first_element(member) : NULL;
		xmlNode *value = is_named(name, "name") ? next_element(name) : NULL;
		JsonNode *element = value ? read_value(value, depth + 1, error) : NULL;
		if (!value)
			wrong(error, "a member with a name and a value");
		if (!element)
			return NULL;
		g_autofree char *key = text_of(name);
		json_object_set_member(object, key, element);
	}
	return json_node_init_object(json_node_alloc(), object);
}

static JsonNode *read_typed(xmlNode *type, unsigned depth, GError **error)
{
	static const char *const integers[] = {"int", "i4", "i8", "i2", "i1", NULL};
	static const char *const strings[] = {"string", "base64", "dateTime.iso8601", NULL};
	const char *name = (const char *) type->name;

	if (g_str_equal(name, "array"))
		return read_array(type, depth, error);
	if (g_str_equal(name, "struct"))
		return read_struct(type, depth, error);
	if (g_str_equal(name, "nil"))
		return json_node_init_null(json_node_alloc());
	g_autofree char *text = text_of(type);
	if (g_strv_contains(integers, name))
		return read_integer(text, error);
	if (g_strv_contains(strings, name))
		return json_node_init_string(json_node_alloc(), text);
	if (g_str_equal(name, "boolean"))
		return read_boolean(text, error);
	if (g_str_equal(name, "double"))
		return read_double(text, error);
	wrong(error, "a type of the specification");
	return NULL;
}

static JsonNode *read_value(xmlNode *value, unsigned depth, GError **error)
{
	xmlNode *type = first_element(value);

	if (depth >= XMLRPC_LIMIT_DEPTH || !is_named(value, "value")) {
		wrong(error, depth >= XMLRPC_LIMIT_DEPTH ? "fewer values in values" : "a value");
		return NULL;
	}
	if (type && next_element(type)) {
		wrong(error, "one type in a value");
		return NULL;
	}
	if (type)
		return read_typed(type, depth, error);
	g_autofree char *text = text_of(value);
	return json_node_init_string(json_node_alloc(), text);
}

/* Sets the error that the hub reports, and its code. */
static void read_fault(xmlNode *fault, gint64 *out_fault, GError **error)
{
	xmlNode *value = only(fault, "value");
	g_autoptr(JsonNode) node = value ? read_value(value, 0, error) : NULL;
	JsonObject *object = node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	const char *message = object ? ksig_json_string(object, "faultString") : NULL;

	if (!message) {
		g_clear_error(error);
		wrong(error, "a fault with a code and a string");
		return;
	}
	*out_fault = ksig_json_integer(object, "faultCode", -1);
	g_autofree char *line = ksig_utf8(message, -1);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "the hub says: %s (fault %" G_GINT64_FORMAT ")",
		       g_strstrip(line), *out_fault);
}

JsonNode *xmlrpc_reply(const char *xml, gsize length_bytes, gint64 *out_fault, GError **error)
{
	*out_fault = 0;
	if (length_bytes > XMLRPC_LIMIT_BYTES) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "XML-RPC: a reply of more than %d bytes",
			       XMLRPC_LIMIT_BYTES);
		return NULL;
	}
	g_autoptr(xml_doc) doc = xmlReadMemory(xml, (int) length_bytes, "reply", NULL,
					       XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
						       XML_PARSE_NOCDATA);
	xmlNode *root = doc && !doc->intSubset ? xmlDocGetRootElement(doc) : NULL;
	if (!is_named(root, "methodResponse")) {
		wrong(error, "a methodResponse");
		return NULL;
	}
	xmlNode *fault = only(root, "fault");
	if (fault) {
		read_fault(fault, out_fault, error);
		return NULL;
	}
	xmlNode *params = only(root, "params");
	xmlNode *param = params ? only(params, "param") : NULL;
	xmlNode *value = param ? only(param, "value") : NULL;
	if (!value) {
		wrong(error, "one value");
		return NULL;
	}
	return read_value(value, 0, error);
}
