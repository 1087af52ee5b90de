/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of OpenPGP keys (RFC 9580, 4.2 and 6.2) taken apart into certificates. librpm reads the first block
 * of a file and the first key of a block, and gpg gives up at a version that it does not know; distributions
 * publish files that have both.
 */
#include "rpm/key-file-internal.h"

#include <string.h>

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define END "-----END PGP PUBLIC KEY BLOCK-----"
#define SECRET "-----BEGIN PGP PRIVATE KEY BLOCK-----"

enum {
	TAG_SIGNATURE = 2,
	TAG_SECRET_KEY = 5,
	TAG_PUBLIC_KEY = 6,
	TAG_SECRET_SUBKEY = 7,
	TAG_MARKER = 10,
	TAG_TRUST = 12,
	TAG_USER_ID = 13,
	TAG_PUBLIC_SUBKEY = 14,
	TAG_ATTRIBUTE = 17,
	TAG_PADDING = 21,
	TAG_PRIVATE = 60, /* and above: whose they are knows them */
	VERSION = 4,
};
/* Of one key gpg compares each name with each other, and each subkey: a file of 1 MB took it minutes. */
enum { LIMIT_KEYS = 1000, LIMIT_NAMES = 500, LIMIT_SUBKEYS = 100 };
enum { REVOKES_KEY = 0x20, REVOKES_SUBKEY = 0x28, REVOKES_NAME = 0x30 }; /* kinds of signatures */

static bool only_public(const char *what, GError **error)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: public keys, and only those, expected", what);
}

struct packet {
	unsigned tag;
	size_t header_bytes, length_bytes; /* of what stands before the body, and of the body */
};

static bool old_header(const uint8_t *at, size_t left, struct packet *packet)
{
	const size_t width = (size_t) 1 << (at[0] & 3);

	packet->tag = (at[0] >> 2) & 15;
	if (width > 4) { /* up to the end */
		packet->header_bytes = 1;
		packet->length_bytes = left - 1;
		return true;
	}
	packet->header_bytes = 1 + width;
	for (size_t i = 1; left > width && i <= width; i++)
		packet->length_bytes = packet->length_bytes << 8 | at[i];
	return left > width;
}

/* Bodies in parts are for data, not for keys. */
static bool new_header(const uint8_t *at, size_t left, struct packet *packet)
{
	packet->tag = at[0] & 63;
	if (left < 2 || (at[1] >= 224 && at[1] < 255) || (at[1] >= 192 && left < 3) ||
	    (at[1] == 255 && left < 6))
		return false;
	packet->header_bytes = at[1] < 192 ? 2 : at[1] < 255 ? 3 : 6;
	packet->length_bytes = at[1] < 192   ? at[1]
			       : at[1] < 255 ? ((size_t) (at[1] - 192) << 8) + at[2] + 192
					     : (size_t) at[2] << 24 | (size_t) at[3] << 16 |
						       (size_t) at[4] << 8 | at[5];
	return true;
}

static bool packet_at(const uint8_t *at, size_t left, struct packet *packet)
{
	*packet = (struct packet){0};
	if (!(at[0] & 0x80) || !(at[0] & 0x40 ? new_header : old_header)(at, left, packet))
		return false;
	return packet->length_bytes <= left - packet->header_bytes;
}

static void take(GPtrArray *certificates, GPtrArray *skipped, const char *what, const uint8_t *start,
		 const uint8_t *end, unsigned version)
{
	if (version == VERSION)
		g_ptr_array_add(certificates, g_bytes_new(start, (gsize) (end - start)));
	else
		g_ptr_array_add(skipped, g_strdup_printf("%s: an OpenPGP key of version %u is left out", what,
							 version));
}

struct counted {
	unsigned names, subkeys; /* of the key so far */
};

/* What is compressed, encrypted or a text would be read by gpg, whatever it has and becomes. */
static bool is_of_a_key(const char *what, unsigned tag, struct counted *counted, GError **error)
{
	switch (tag) {
	case TAG_SECRET_KEY:
	case TAG_SECRET_SUBKEY:
		return only_public(what, error);
	case TAG_PUBLIC_KEY:
		*counted = (struct counted){0};
		return true;
	case TAG_USER_ID:
	case TAG_ATTRIBUTE:
		counted->names++;
		break;
	case TAG_PUBLIC_SUBKEY:
		counted->subkeys++;
		break;
	case TAG_SIGNATURE:
	case TAG_MARKER:
	case TAG_TRUST:
	case TAG_PADDING:
		return true;
	default:
		return tag >= TAG_PRIVATE ||
		       ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: an OpenPGP packet of kind %u, which is no part of a public key",
				      what, tag);
	}
	return (counted->names <= LIMIT_NAMES && counted->subkeys <= LIMIT_SUBKEYS) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a key with more than %d names or %d subkeys",
			      what, LIMIT_NAMES, LIMIT_SUBKEYS);
}

static bool split(const char *what, const uint8_t *data, size_t length, GPtrArray *certificates,
		  GPtrArray *skipped, GError **error)
{
	const uint8_t *start = NULL, *const end = data + length;
	struct packet packet;
	struct counted counted = {0};
	unsigned version = 0;

	for (const uint8_t *at = data; at < end; at += packet.header_bytes + packet.length_bytes) {
		if (!packet_at(at, (size_t) (end - at), &packet))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: not OpenPGP keys, or damaged, at byte %zu of them", what,
					      (size_t) (at - data));
		if (!is_of_a_key(what, packet.tag, &counted, error))
			return false;
		if (certificates->len + skipped->len > LIMIT_KEYS)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %d keys", what,
					      LIMIT_KEYS);
		if (packet.tag != TAG_PUBLIC_KEY)
			continue;
		if (start)
			take(certificates, skipped, what, start, at, version);
		start = at;
		version = packet.length_bytes ? at[packet.header_bytes] : 0;
	}
	if (start)
		take(certificates, skipped, what, start, end, version);
	return true;
}

/* What is between the lines BEGIN and END: headers, an empty line, base64, perhaps a sum after "=". */
static bool split_block(const char *what, const char *text, const char *end, GPtrArray *certificates,
			GPtrArray *skipped, GError **error)
{
	g_autofree char *block = g_strndup(text, (gsize) (end - text));
	g_auto(GStrv) lines = g_strsplit(block, "\n", -1);
	g_autoptr(GString) letters = g_string_new(NULL);
	bool in_body = false;
	gsize length = 0;

	for (char **line = lines; *line && !(in_body && (*line)[0] == '='); line++) {
		g_strstrip(*line);
		if (in_body)
			g_string_append(letters, *line);
		else if (line > lines && !strchr(*line, ':')) {
			in_body = true;
			g_string_append(letters, *line);
		}
	}
	g_autofree uint8_t *bytes = g_base64_decode(letters->str, &length);
	return split(what, bytes, length, certificates, skipped, error);
}

static bool split_blocks(const char *what, const char *text, size_t length, GPtrArray *certificates,
			 GPtrArray *skipped, GError **error)
{
	const char *start = strstr(text, BEGIN);

	if (strstr(text, SECRET))
		return only_public(what, error);
	if (strlen(text) != length)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a NUL in a text; keys expected", what);
	if (!start)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: no OpenPGP key in it; public keys expected", what);
	for (const char *end; start; start = strstr(end, BEGIN)) {
		start += strlen(BEGIN);
		end = strstr(start, END);
		if (!end)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a block of keys without its end",
					      what);
		if (!split_block(what, start, end, certificates, skipped, error))
			return false;
	}
	return true;
}

GPtrArray *key_file_split(const char *what, GBytes *data, GPtrArray *skipped, GError **error)
{
	g_autoptr(GPtrArray) certificates = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
	gsize length = 0;
	const uint8_t *bytes = g_bytes_get_data(data, &length);
	g_autofree char *text = length ? g_strndup((const char *) bytes, length) : g_strdup("");
	const bool is_binary = length && bytes[0] & 0x80;

	if (!(is_binary ? split(what, bytes, length, certificates, skipped, error)
			: split_blocks(what, text, length, certificates, skipped, error)))
		return NULL;
	if (certificates->len)
		return g_steal_pointer(&certificates);
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", what,
		       skipped->len ? "no OpenPGP key of a version that can be read"
				    : "no OpenPGP key in it; public keys expected");
	return NULL;
}

static bool revokes(const uint8_t *body, const struct packet *packet)
{
	const int kind = packet->tag == TAG_SIGNATURE && packet->length_bytes > 1 && body[0] == VERSION
				 ? body[1]
				 : -1;

	return kind == REVOKES_KEY || kind == REVOKES_SUBKEY || kind == REVOKES_NAME;
}

GBytes *key_file_without_revocations(GBytes *certificate)
{
	GByteArray *left = g_byte_array_new();
	struct packet packet;
	gsize length = 0;
	const uint8_t *data = g_bytes_get_data(certificate, &length), *const end = data + length;

	for (const uint8_t *at = data; at < end && packet_at(at, (size_t) (end - at), &packet);
	     at += packet.header_bytes + packet.length_bytes)
		if (!revokes(at + packet.header_bytes, &packet))
			g_byte_array_append(left, at, (guint) (packet.header_bytes + packet.length_bytes));
	return g_byte_array_free_to_bytes(left);
}
