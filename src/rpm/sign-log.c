/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of signatures: hash-chained lines, and a signed head that is written before the line it announces.
 */
#include "rpm/sign-log-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

enum { LOG_LIMIT_BYTES = 1 << 30, HEAD_LIMIT_BYTES = 1 << 20 };

/* The sum that stands before the first line. */
static const char no_hash[] = "0000000000000000000000000000000000000000000000000000000000000000";

struct head {
	gint64 count;
	char *hash, *line, *signature;
};

static void head_clear(struct head *head)
{
	g_free(head->hash);
	g_free(head->line);
	g_free(head->signature);
}
typedef struct head log_head;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(log_head, head_clear)

void ksig_rpm_sign_entry_free(struct ksig_sign_entry *entry)
{
	if (!entry)
		return;
	g_free(entry->time);
	g_free(entry->file);
	g_free(entry->kind);
	g_free(entry->key);
	g_free(entry->before);
	g_free(entry->after);
	g_free(entry);
}

static void free_entry(gpointer entry)
{
	ksig_rpm_sign_entry_free(entry);
}

static char *hash_of(const char *line)
{
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, line, -1);
}

static JsonObject *parse_object(const char *text)
{
	g_autoptr(JsonParser) parser = json_parser_new();

	if (!ksig_json_load(parser, text, -1, NULL) || !json_parser_get_root(parser) ||
	    !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)))
		return NULL;
	return json_object_ref(json_node_get_object(json_parser_get_root(parser)));
}

static char *dup_member(JsonObject *object, const char *name)
{
	return g_strdup(json_object_get_string_member_with_default(object, name, NULL));
}

/* ---- lines --------------------------------------------------------------------------------------- */

static char *line_of(const struct ksig_sign_entry *entry, const char *previous)
{
	g_autoptr(JsonObject) object = json_object_new();
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);

	json_object_set_int_member(object, "number", entry->number);
	json_object_set_string_member(object, "time", entry->time);
	json_object_set_string_member(object, "file", entry->file);
	json_object_set_string_member(object, "kind", entry->kind);
	json_object_set_string_member(object, "key", entry->key);
	json_object_set_string_member(object, "before", entry->before);
	json_object_set_string_member(object, "after", entry->after);
	json_object_set_string_member(object, "previous", previous);
	return json_to_string(node, FALSE);
}

static struct ksig_sign_entry *entry_of(JsonObject *object)
{
	struct ksig_sign_entry *entry = g_new0(struct ksig_sign_entry, 1);

	entry->number = json_object_get_int_member_with_default(object, "number", 0);
	entry->time = dup_member(object, "time");
	entry->file = dup_member(object, "file");
	entry->kind = dup_member(object, "kind");
	entry->key = dup_member(object, "key");
	entry->before = dup_member(object, "before");
	entry->after = dup_member(object, "after");
	if (entry->time && entry->file && entry->kind && entry->key && entry->before && entry->after)
		return entry;
	ksig_rpm_sign_entry_free(entry);
	return NULL;
}

static bool take_line(GPtrArray *entries, const char *line, char **last_hash, GError **error)
{
	g_autoptr(JsonObject) object = parse_object(line);
	const char *previous = object ? json_object_get_string_member_with_default(object, "previous", "")
				      : "";
	struct ksig_sign_entry *entry = object ? entry_of(object) : NULL;

	if (!entry)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "line %u: not an entry", entries->len + 1);
	g_ptr_array_add(entries, entry);
	if (entry->number != entries->len)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "line %u: has number %" G_GINT64_FORMAT,
				      entries->len, entry->number);
	if (!g_str_equal(previous, *last_hash))
		return ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"line %u: does not follow the line before it (removed, changed or reordered)",
			entries->len);
	g_free(*last_hash);
	*last_hash = hash_of(line);
	return true;
}

static GPtrArray *read_chain(const char *path, const char *expect, char **out_hash, GError **error)
{
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(free_entry);
	g_autofree char *last_hash = g_strdup(no_hash);
	g_autofree char *text = access(path, F_OK) == 0 ? ksig_file_read(path, LOG_LIMIT_BYTES, NULL, error)
							: g_strdup("");
	bool expected = !expect;
	char *rest = NULL;

	if (!text)
		return NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!take_line(entries, line, &last_hash, error)) {
			g_prefix_error(error, "%s: ", path);
			return NULL;
		}
		expected = expected || g_ascii_strcasecmp(expect, last_hash) == 0;
	}
	if (!expected) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no line has the sum %s", path, expect);
		return NULL;
	}
	*out_hash = g_steal_pointer(&last_hash);
	return g_steal_pointer(&entries);
}

/* ---- the head ------------------------------------------------------------------------------------ */

static GBytes *sealed_text(gint64 count, const char *hash)
{
	char *text = g_strdup_printf("ksig signing log\n%" G_GINT64_FORMAT "\n%s\n", count, hash);

	return g_bytes_new_take(text, strlen(text));
}

static bool head_read(const char *path, log_head *head, GError **error)
{
	g_autofree char *text = ksig_file_read(path, HEAD_LIMIT_BYTES, NULL, error);
	g_autoptr(JsonObject) object = text ? parse_object(text) : NULL;

	if (!text)
		return false;
	if (object) {
		head->count = json_object_get_int_member_with_default(object, "count", -1);
		head->hash = dup_member(object, "hash");
		head->line = dup_member(object, "line");
		head->signature = dup_member(object, "signature");
	}
	if (!object || !head->hash || !head->line || !head->signature)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not the head of a log", path);
	return true;
}

static bool head_write(const sign_log *log, gint64 count, const char *line, GError **error)
{
	g_autofree char *hash = hash_of(line);
	g_autoptr(GBytes) sealed = sealed_text(count, hash);
	g_autoptr(GBytes) signature = ksig_rpm_signer_sign(log->signer, sealed, error);
	g_autoptr(JsonObject) object = json_object_new();
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);

	if (!signature)
		return false;
	g_autofree char *armour = g_strndup(g_bytes_get_data(signature, NULL), g_bytes_get_size(signature));
	json_object_set_int_member(object, "count", count);
	json_object_set_string_member(object, "hash", hash);
	json_object_set_string_member(object, "line", line);
	json_object_set_string_member(object, "signature", armour);
	g_autofree char *text = json_to_string(node, TRUE);
	return ksig_file_write(log->head_path, text, -1, 0644, error);
}

static bool head_check(const log_head *head, ksig_keyring *keyring, const char *path, GError **error)
{
	g_autoptr(GBytes) sealed = sealed_text(head->count, head->hash);
	g_autoptr(GBytes) signature = g_bytes_new_static(head->signature, strlen(head->signature));
	g_autofree char *hash = hash_of(head->line);

	if (!g_str_equal(hash, head->hash))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: its line and its sum differ", path);
	if (keyring && !ksig_rpm_keyring_check_data(keyring, sealed, signature, NULL, error)) {
		g_prefix_error(error, "%s: ", path);
		return false;
	}
	return true;
}

GPtrArray *ksig_rpm_sign_log_verify(const char *path, ksig_keyring *keyring, const char *expect,
				    char **out_hash, GError **error)
{
	g_autofree char *head_path = g_strconcat(path, ".head", NULL);
	g_autofree char *hash = NULL;
	g_auto(log_head) head = {0};
	g_autoptr(GPtrArray) entries = read_chain(path, expect, &hash, error);

	if (!entries || !head_read(head_path, &head, error) || !head_check(&head, keyring, head_path, error))
		return NULL;
	if (head.count != entries->len || !g_str_equal(head.hash, hash)) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "%s: ends with line %u, but its signed head names line %" G_GINT64_FORMAT,
			       path, entries->len, head.count);
		return NULL;
	}
	if (out_hash)
		*out_hash = g_steal_pointer(&hash);
	return g_steal_pointer(&entries);
}

/* ---- adding -------------------------------------------------------------------------------------- */

static bool append_line(const char *path, const char *line, GError **error)
{
	g_autofree char *text = g_strconcat(line, "\n", NULL);
	const int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	const size_t length = strlen(text);

	if (fd < 0)
		return ksig_error_errno(error, errno, "%s", path);
	const ssize_t written = write(fd, text, length);
	const int errnum = written == (ssize_t) length && fsync(fd) == 0 ? 0 : written < 0 ? errno : EIO;
	close(fd);
	return errnum ? ksig_error_errno(error, errnum, "%s", path) : true;
}

/*
 * A line that a kill cut in the middle of the write, or of which a power cut left zeros, is cut away; its
 * head announces it whole.
 */
static bool drop_torn_line(const char *path, GError **error)
{
	size_t length_bytes = 0;
	g_autofree char *text = access(path, F_OK) == 0
					? ksig_file_read(path, LOG_LIMIT_BYTES, &length_bytes, error)
					: NULL;

	if (!text)
		return !error || !*error;
	const char *last = strrchr(text, '\n');
	const size_t whole_bytes = last ? (size_t) (last + 1 - text) : 0;
	/* Lines behind zeros are nobody's accident: the head refuses what is read. */
	return memchr(text + whole_bytes, '\n', length_bytes - whole_bytes) || whole_bytes == length_bytes ||
			       truncate(path, (off_t) whole_bytes) == 0
		       ? true
		       : ksig_error_errno(error, errno, "%s", path);
}

static bool complete(sign_log *log, GError **error)
{
	g_auto(log_head) head = {0};

	if (access(log->head_path, F_OK) != 0)
		return log->entries->len == 0 ? true
					      : ksig_error_set(error, KSIG_ERROR_NEGATIVE,
							       "%s: its head is gone", log->path);
	if (!head_read(log->head_path, &head, error) || !head_check(&head, NULL, log->head_path, error))
		return false;
	if (head.count == log->entries->len && g_str_equal(head.hash, log->last_hash))
		return true;
	if (head.count != log->entries->len + 1 ||
	    !take_line(log->entries, head.line, &log->last_hash, error))
		return error && *error ? false
				       : ksig_error_set(error, KSIG_ERROR_NEGATIVE,
							"%s: does not end where its head says", log->path);
	return append_line(log->path, head.line, error);
}

bool sign_log_open(sign_log *log, const char *path, const struct ksig_signer *signer, GError **error)
{
	g_autofree char *lock_path = g_strconcat(path, ".lock", NULL);

	log->path = g_strdup(path);
	log->head_path = g_strconcat(path, ".head", NULL);
	log->signer = signer;
	log->lock = ksig_lock_take(lock_path, error);
	if (!log->lock || !drop_torn_line(path, error))
		return false;
	log->entries = read_chain(path, NULL, &log->last_hash, error);
	return log->entries && complete(log, error);
}

void sign_log_clear(sign_log *log)
{
	g_clear_pointer(&log->entries, g_ptr_array_unref);
	g_clear_pointer(&log->lock, ksig_lock_free);
	g_free(log->path);
	g_free(log->head_path);
	g_free(log->last_hash);
}

bool sign_log_add(sign_log *log, struct ksig_sign_entry *entry, GError **error)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();

	entry->number = log->entries->len + 1;
	entry->time = g_date_time_format_iso8601(now);
	g_ptr_array_add(log->entries, entry);
	g_autofree char *line = line_of(entry, log->last_hash);
	if (!head_write(log, entry->number, line, error) || !append_line(log->path, line, error))
		return false;
	g_free(log->last_hash);
	log->last_hash = hash_of(line);
	return true;
}
