/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version 2 index of a pack: gitformat-pack(5), "Version 2 pack-*.idx files". */
#include "tree/pack-index-internal.h"

#define LARGE_OFFSET 0x80000000U

static int compare_entries(const void *a, const void *b)
{
	const struct ksig_pack_entry *left = a;
	const struct ksig_pack_entry *right = b;

	return git_oid_cmp(&left->id, &right->id);
}

static void append_u32(GByteArray *bytes, uint32_t number)
{
	const uint32_t big_endian = GUINT32_TO_BE(number);

	g_byte_array_append(bytes, (const guint8 *) &big_endian, sizeof big_endian);
}

static const struct ksig_pack_entry *entry_at(const GArray *entries, guint index)
{
	return &g_array_index(entries, struct ksig_pack_entry, index);
}

static void append_fanout(GByteArray *bytes, const GArray *entries)
{
	guint seen = 0;

	for (unsigned first = 0; first < 256; first++) {
		while (seen < entries->len && entry_at(entries, seen)->id.id[0] <= first)
			seen++;
		append_u32(bytes, seen);
	}
}

/* Offsets that need more than 31 bits stand in a table of their own, which the small one points into. */
static void append_offsets(GByteArray *bytes, const GArray *entries)
{
	g_autoptr(GByteArray) large = g_byte_array_new();

	for (guint i = 0; i < entries->len; i++) {
		const uint64_t offset = entry_at(entries, i)->offset;
		if (offset < LARGE_OFFSET) {
			append_u32(bytes, (uint32_t) offset);
			continue;
		}
		append_u32(bytes, LARGE_OFFSET | (large->len / 8));
		append_u32(large, (uint32_t) (offset >> 32));
		append_u32(large, (uint32_t) offset);
	}
	g_byte_array_append(bytes, large->data, large->len);
}

GByteArray *ksig_pack_index(GArray *entries, const git_oid *pack_checksum)
{
	GByteArray *bytes = g_byte_array_sized_new(1100 + entries->len * 32);
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA1);
	guint8 digest[GIT_OID_RAWSZ];
	gsize digest_bytes = sizeof digest;

	g_array_sort(entries, compare_entries);
	append_u32(bytes, 0xff744f63U);
	append_u32(bytes, 2);
	append_fanout(bytes, entries);
	for (guint i = 0; i < entries->len; i++)
		g_byte_array_append(bytes, entry_at(entries, i)->id.id, GIT_OID_RAWSZ);
	for (guint i = 0; i < entries->len; i++)
		append_u32(bytes, entry_at(entries, i)->crc);
	append_offsets(bytes, entries);
	g_byte_array_append(bytes, pack_checksum->id, GIT_OID_RAWSZ);
	g_checksum_update(checksum, bytes->data, bytes->len);
	g_checksum_get_digest(checksum, digest, &digest_bytes);
	g_byte_array_append(bytes, digest, (guint) digest_bytes);
	return bytes;
}
