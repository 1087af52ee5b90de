/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/koji-session-internal.h"
#include "engine/xmlrpc-internal.h"

#include <json-glib/json-glib.h>

#define REPLY(value)                                                                                         \
	"<?xml version='1.0'?><methodResponse><params><param>" value "</param></params></methodResponse>"
#define FAULT(members)                                                                                       \
	"<methodResponse><fault><value><struct>" members "</struct></value></fault></methodResponse>"
#define MEMBER(name, value) "<member><name>" name "</name><value>" value "</value></member>"

static const struct row {
	const char *name, *xml;
	const char *json;    /* what it is; NULL: refused */
	const char *message; /* of the refusal */
} rows[] = {
	{"int", REPLY("<value><int>-7</int></value>"), "-7", NULL},
	{"i4 with spaces", REPLY("<value><i4> 7\n</i4></value>"), "7", NULL},
	{"i8", REPLY("<value><i8>5000000000</i8></value>"), "5000000000", NULL},
	{"string", REPLY("<value><string>a &lt; b</string></value>"), "\"a < b\"", NULL},
	{"bare string", REPLY("<value>a b</value>"), "\"a b\"", NULL},
	{"empty string", REPLY("<value><string/></value>"), "\"\"", NULL},
	{"boolean", REPLY("<value><boolean>1</boolean></value>"), "true", NULL},
	{"double", REPLY("<value><double>0.5</double></value>"), "0.5", NULL},
	{"nil", REPLY("<value><nil/></value>"), "null", NULL},
	{"date", REPLY("<value><dateTime.iso8601>20260101T00:00:00</dateTime.iso8601></value>"),
	 "\"20260101T00:00:00\"", NULL},
	{"array",
	 REPLY("<value><array><data><value><int>1</int></value><value><nil/></value></data></array></value>"),
	 "[1,null]", NULL},
	{"empty array", REPLY("<value><array><data/></array></value>"), "[]", NULL},
	{"struct",
	 REPLY("<value><struct>" MEMBER("b", "<int>1</int>")
		       MEMBER("a", "<array><data/></array>") "</struct></value>"),
	 "{\"b\":1,\"a\":[]}", NULL},
	{"fault", FAULT(MEMBER("faultCode", "<int>1009</int>") MEMBER("faultString", "<string>no</string>")),
	 NULL, "the hub says: no (fault 1009)"},
	{"fault without string", FAULT(MEMBER("faultCode", "<int>1</int>")), NULL, "a fault with a code"},
	{"empty", "", NULL, "a methodResponse"},
	{"HTML", "<html><body>502</body></html>", NULL, "a methodResponse"},
	{"cut", "<?xml version='1.0'?><methodResponse><params><param><value><int>1</in", NULL,
	 "a methodResponse"},
	{"no params", "<methodResponse/>", NULL, "one value"},
	{"two params",
	 "<methodResponse><params><param><value/></param><param><value/></param></params></methodResponse>",
	 NULL, "one value"},
	{"two types", REPLY("<value><int>1</int><int>2</int></value>"), NULL, "one type"},
	{"unknown type", REPLY("<value><complex>1</complex></value>"), NULL, "a type of the specification"},
	{"int too large", REPLY("<value><int>99999999999999999999</int></value>"), NULL, "an integer"},
	{"int of letters", REPLY("<value><int>1x</int></value>"), NULL, "an integer"},
	{"boolean of 2", REPLY("<value><boolean>2</boolean></value>"), NULL, "a boolean"},
	{"member without name", REPLY("<value><struct><member><value/></member></struct></value>"), NULL,
	 "a member"},
	{"array without data", REPLY("<value><array><value/></array></value>"), NULL, "the data"},
	{"entities", "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" REPLY("<value>&a;</value>"), NULL,
	 "a methodResponse"},
	{"a file as entity",
	 "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" REPLY("<value>&a;</value>"), NULL,
	 "a methodResponse"},
};

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	g_autoptr(GError) error = NULL;
	gint64 fault = 0;
	/* In a block of its own size, so that a read past its end is seen. */
	g_autofree char *copy = g_memdup2(row->xml, strlen(row->xml) + 1);
	g_autoptr(JsonNode) node = xmlrpc_reply(copy, (gssize) strlen(row->xml), &fault, &error);

	if (row->json) {
		g_assert_no_error(error);
		g_autofree char *json = json_to_string(node, FALSE);
		g_assert_cmpstr(json, ==, row->json);
		return;
	}
	g_assert_null(node);
	g_assert_nonnull(strstr(error->message, row->message));
}

static void test_depth(gconstpointer data)
{
	const int depth = GPOINTER_TO_INT(data);
	g_autoptr(GString) xml = g_string_new("<methodResponse><params><param>");
	g_autoptr(GError) error = NULL;
	gint64 fault = 0;

	for (int i = 0; i < depth; i++)
		g_string_append(xml, "<value><array><data>");
	for (int i = 0; i < depth; i++)
		g_string_append(xml, "</data></array></value>");
	g_string_append(xml, "</param></params></methodResponse>");
	g_autoptr(JsonNode) node = xmlrpc_reply(xml->str, (gssize) xml->len, &fault, &error);
	g_assert_cmpint(node != NULL, ==, depth <= XMLRPC_LIMIT_DEPTH);
	if (!node)
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

/* What is written reads back as it was. */
static void test_round_trip(void)
{
	static const char json[] = "[1,-5000000000,\"<&\\\"ü\\n\",true,null,[],{\"a\":{\"b\":[0.25]}}]";
	g_autoptr(JsonNode) node = json_from_string(json, NULL);
	g_autoptr(JsonArray) parameters = koji_parameters("N", json_node_copy(node));
	g_autofree char *request = xmlrpc_request("m", parameters);
	const char *params = strstr(request, "<params>");
	const char *end = strstr(request, "</methodCall>");
	g_autofree char *reply = g_strdup_printf("<methodResponse>%.*s</methodResponse>",
						 (int) (end - params), params);
	gint64 fault = 0;
	g_autoptr(JsonNode) again = xmlrpc_reply(reply, -1, &fault, NULL);

	g_assert_null(again);
	again = xmlrpc_reply(reply, (gssize) strlen(reply), &fault, NULL);
	g_assert_nonnull(again);
	g_autofree char *json_again = json_to_string(again, FALSE);
	g_assert_cmpstr(json_again, ==, json);
}

static void test_tag(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *tag = ksig_engine_koji_tag_of("kmods9s-packages-main-el9s", "testing", &error);
	g_autofree char *kernel = ksig_engine_koji_tag_of("kmods10-kernel-6.18-el10", "release", &error);

	g_assert_cmpstr(tag, ==, "kmods9s-packages-main-testing");
	g_assert_cmpstr(kernel, ==, "kmods10-kernel-6.18-release");
	g_assert_null(ksig_engine_koji_tag_of("kmods9s-packages-main-testing", "release", &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_USAGE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/xmlrpc/%s", rows[i].name);
		g_test_add_data_func(path, &rows[i], test_row);
	}
	g_test_add_data_func("/xmlrpc/depth/64", GINT_TO_POINTER(XMLRPC_LIMIT_DEPTH), test_depth);
	g_test_add_data_func("/xmlrpc/depth/65", GINT_TO_POINTER(XMLRPC_LIMIT_DEPTH + 1), test_depth);
	g_test_add_data_func("/xmlrpc/depth/100000", GINT_TO_POINTER(100000), test_depth);
	g_test_add_func("/xmlrpc/round-trip", test_round_trip);
	g_test_add_func("/koji/tag", test_tag);
	return g_test_run();
}
