/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session with a hub. Every call of a session has a number; the hub does a number once, and answers a
 * repeated one with a fault of its own. That is what makes it safe to try again.
 */
#include "engine/koji-session-internal.h"
#include "engine/koji-config-internal.h"
#include "engine/koji-http-internal.h"
#include "engine/koji-internal.h"
#include "engine/xmlrpc-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <stdarg.h>
#include <unistd.h>

enum {
	ATTEMPTS = 6,
	FIRST_RETRY_MS = 500,
	CHUNK_BYTES = 1 << 20,
};

JsonArray *koji_parameters(const char *format, ...)
{
	JsonArray *parameters = json_array_new();
	va_list arguments;

	va_start(arguments, format);
	for (; *format; format++) {
		if (*format == 's')
			json_array_add_string_element(parameters, va_arg(arguments, const char *));
		else if (*format == 'i')
			json_array_add_int_element(parameters, va_arg(arguments, gint64));
		else if (*format == 'N')
			json_array_add_element(parameters, va_arg(arguments, JsonNode *));
		else
			json_array_add_null_element(parameters);
	}
	va_end(arguments);
	return parameters;
}

void koji_add_keywords(JsonArray *parameters, JsonObject *keywords)
{
	json_object_set_boolean_member(keywords, "__starstar", TRUE);
	json_array_add_object_element(parameters, keywords);
}

/* ---- one exchange -------------------------------------------------------------------------------- */

static char **session_headers(const koji_session *session, gint64 callnum)
{
	GPtrArray *headers = g_ptr_array_new();

	if (session->session_id) {
		g_ptr_array_add(headers, g_strdup_printf("Koji-Session-Id: %s", session->session_id));
		g_ptr_array_add(headers, g_strdup_printf("Koji-Session-Key: %s", session->session_key));
		g_ptr_array_add(headers, g_strdup_printf("Koji-Session-Callnum: %" G_GINT64_FORMAT, callnum));
	}
	g_ptr_array_add(headers, NULL);
	return (char **) g_ptr_array_free(headers, FALSE);
}

/* Whether the same request may do better: the network, a proxy, a hub that restarts. */
static bool is_passing(gint64 fault, const GError *reason)
{
	return fault == KOJI_FAULT_OFFLINE ||
	       (fault == 0 && (reason->code == KSIG_ERROR_ENVIRONMENT || reason->code == KSIG_ERROR_INPUT));
}

/* Posts BODY until a reply can be read. OPTIONS->headers are made here, all with the one number. */
static JsonNode *exchange(koji_session *session, const char *url, struct koji_http_options *options,
			  GBytes *body, gint64 *out_fault, GError **error)
{
	g_auto(GStrv) headers = session_headers(session, session->callnum);
	g_autoptr(GError) reason = NULL;
	unsigned attempt;
	bool final = false;

	session->callnum++;
	options->headers = (const char *const *) headers;
	options->server_authority = session->config.serverca;
	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (attempt > 0)
			g_usleep((gulong) (session->retry_ms << (attempt - 1)) * 1000);
		g_clear_error(&reason);
		*out_fault = 0;
		g_autoptr(GBytes) reply = koji_http_post(url, options, body, &final, &reason);
		JsonNode *value = reply ? xmlrpc_reply(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply),
						       out_fault, &reason)
					: NULL;
		if (value)
			return value;
		if (final || !is_passing(*out_fault, reason))
			break;
	}
	g_propagate_error(error, g_steal_pointer(&reason));
	if (attempt == ATTEMPTS)
		g_prefix_error(error, "tried %u times: ", attempt);
	return NULL;
}

static JsonNode *call_one_time(koji_session *session, const char *method, JsonArray *parameters,
			       gint64 *out_fault, GError **error)
{
	const bool login = g_str_equal(method, "sslLogin");
	const bool kerberos = g_str_equal(session->config.authtype, "kerberos");
	g_autofree char *url = g_strconcat(session->config.server, login ? "/ssllogin" : "", NULL);
	char *xml = xmlrpc_request(method, parameters);
	g_autoptr(GBytes) body = g_bytes_new_take(xml, strlen(xml));
	struct koji_http_options options = {.certificate = login && !kerberos ? session->config.cert : NULL,
					    .negotiate = login && kerberos};

	return exchange(session, url, &options, body, out_fault, error);
}

/* ---- logging in ---------------------------------------------------------------------------------- */

static bool take_session(koji_session *session, JsonNode *node, GError **error)
{
	JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	const char *key = object ? ksig_json_string(object, "session-key") : NULL;
	const gint64 id = object ? ksig_json_integer(object, "session-id", -1) : -1;

	/* Neither may break out of the header that it is going to stand in. */
	if (!key || id < 0 || strpbrk(key, "\r\n"))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a session expected",
				      session->config.server);
	g_free(session->session_id);
	g_free(session->session_key);
	session->session_id = g_strdup_printf("%" G_GINT64_FORMAT, id);
	session->session_key = g_strdup(key);
	session->callnum = 0;
	return true;
}

static bool login(koji_session *session, GError **error)
{
	const struct koji_config *config = &session->config;
	const bool password = g_str_equal(config->authtype, "password");
	g_autoptr(JsonArray) parameters = password ? koji_parameters("ss", config->user ? config->user : "",
								     config->password ? config->password : "")
						   : koji_parameters("");
	gint64 fault = 0;

	if (g_str_equal(config->authtype, "noauth"))
		return true;
	g_clear_pointer(&session->session_id, g_free);
	if (g_str_equal(config->authtype, "ssl") && !config->cert)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "%s: authtype is ssl, but the certificate is not "
				      "there",
				      config->server);
	g_autoptr(JsonNode)
		reply = call_one_time(session, password ? "login" : "sslLogin", parameters, &fault, error);
	if (!reply || !take_session(session, reply, error)) {
		g_prefix_error(error, "login: ");
		return false;
	}
	return true;
}

static bool find_user(koji_session *session, GError **error)
{
	g_autoptr(JsonNode) user = koji_call(session, "getLoggedInUser", koji_parameters(""), NULL, error);

	if (!user)
		return false;
	session->user_id = JSON_NODE_HOLDS_OBJECT(user)
				   ? ksig_json_integer(json_node_get_object(user), "id", -1)
				   : -1;
	return true;
}

koji_session *koji_session_open(const char *profile, GError **error)
{
	g_autoptr(koji_session) session = g_new0(koji_session, 1);
	const char *retry = g_getenv("KSIG_KOJI_RETRY_MS");

	session->retry_ms = retry ? (unsigned) g_ascii_strtoull(retry, NULL, 10) : FIRST_RETRY_MS;
	if (!koji_config_load(profile, &session->config, error))
		return NULL;
	g_autoptr(JsonNode) version = koji_call(session, "getAPIVersion", koji_parameters(""), NULL, error);
	if (!version)
		return NULL;
	if (!JSON_NODE_HOLDS_VALUE(version) || json_node_get_int(version) != 1) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a hub of API version 1 expected",
			       session->config.server);
		return NULL;
	}
	if (!login(session, error) || !find_user(session, error))
		return NULL;
	return g_steal_pointer(&session);
}

void koji_session_free(koji_session *session)
{
	if (!session)
		return;
	if (session->session_id) {
		g_autoptr(JsonArray) parameters = koji_parameters("");
		gint64 fault = 0;
		g_autoptr(JsonNode)
			reply G_GNUC_UNUSED = call_one_time(session, "logout", parameters, &fault, NULL);
	}
	koji_config_clear(&session->config);
	g_free(session->session_id);
	g_free(session->session_key);
	g_free(session);
}

/* ---- calls --------------------------------------------------------------------------------------- */

JsonNode *koji_call(koji_session *session, const char *method, JsonArray *parameters, gint64 *out_fault,
		    GError **error)
{
	g_autoptr(JsonArray) owned = parameters;
	g_autoptr(GError) reason = NULL;
	gint64 fault = 0;
	JsonNode *value = NULL;

	for (unsigned attempt = 0; attempt < 3; attempt++) {
		g_clear_error(&reason);
		value = call_one_time(session, method, owned, &fault, &reason);
		if (value)
			break;
		if (fault == KOJI_FAULT_AUTH_EXPIRED) {
			if (!login(session, error))
				return NULL;
		} else if (fault != KOJI_FAULT_RETRY || out_fault) {
			break;
		}
	}
	if (out_fault)
		*out_fault = fault;
	if (!value)
		g_propagate_prefixed_error(error, g_steal_pointer(&reason), "%s: ", method);
	return value;
}

static bool upload_chunk(koji_session *session, GBytes *chunk, const char *query, GError **error)
{
	g_autofree char *url = g_strconcat(session->config.server, "?", query, NULL);
	g_autofree char *sum = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, chunk);
	struct koji_http_options options = {.content_type = "application/octet-stream"};
	gint64 fault = 0;

	for (unsigned attempt = 0;; attempt++) {
		g_autoptr(GError) reason = NULL;
		g_autoptr(JsonNode) reply = exchange(session, url, &options, chunk, &fault, &reason);
		JsonObject *object = reply && JSON_NODE_HOLDS_OBJECT(reply) ? json_node_get_object(reply)
									    : NULL;
		if (object && g_strcmp0(ksig_json_string(object, "hexdigest"), sum) == 0 &&
		    ksig_json_integer(object, "size", -1) == (gint64) g_bytes_get_size(chunk))
			return true;
		if (attempt + 1 < ATTEMPTS && (object || fault == KOJI_FAULT_RETRY))
			continue;
		if (reason)
			g_propagate_error(error, g_steal_pointer(&reason));
		else
			ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				       "the hub got something else than was sent");
		return false;
	}
}

/* Each chunk says where it goes and cuts off what was behind, so that it can be sent twice. */
static bool upload_open(koji_session *session, int fd, const char *folder, const char *name, GError **error)
{
	g_autofree char *buffer = g_malloc(CHUNK_BYTES);
	g_autofree char *escaped_name = g_uri_escape_string(name, NULL, FALSE);
	g_autofree char *escaped_folder = g_uri_escape_string(folder, NULL, FALSE);
	gint64 offset = 0;
	ssize_t got = 0;

	while ((got = read(fd, buffer, CHUNK_BYTES)) > 0 || (got < 0 && errno == EINTR)) {
		if (got < 0)
			continue;
		g_autoptr(GBytes) chunk = g_bytes_new(buffer, (gsize) got);
		g_autofree char *query = g_strdup_printf(
			"filename=%s&filepath=%s&fileverify=sha256&overwrite=1&offset=%" G_GINT64_FORMAT,
			escaped_name, escaped_folder, offset);
		if (!upload_chunk(session, chunk, query, error))
			return false;
		offset += got;
	}
	return got == 0 ? true : ksig_error_errno(error, errno, "%s", name);
}

bool koji_upload(koji_session *session, const char *path, const char *folder, const char *name,
		 GError **error)
{
	const int fd = ksig_file_open(path, error);

	if (fd < 0)
		return false;
	const bool good = upload_open(session, fd, folder, name, error);
	close(fd);
	if (!good)
		g_prefix_error(error, "uploading %s: ", path);
	return good;
}
