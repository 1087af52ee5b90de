/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) under a key of this process:
 * whoever chooses names cannot choose where they fall in a table.
 */
#include "base/base.h"

#include <sys/random.h>

static uint64_t rotate(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

static void rounds(uint64_t *v, int count)
{
	for (; count > 0; count--) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static const uint64_t *own_key(void)
{
	static uint64_t key[2];
	static gsize done;

	if (g_once_init_enter(&done)) {
		if (getrandom(key, sizeof key, 0) != (ssize_t) sizeof key)
			key[0] = (uint64_t) g_get_real_time() ^ (uintptr_t) &key;
		g_once_init_leave(&done, 1);
	}
	return key;
}

uint64_t ksig_hash_bytes(const void *data, size_t length_bytes, const uint64_t *key)
{
	uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
			 key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
	const uint8_t *at = data;
	uint64_t word = 0;

	for (size_t left = length_bytes; left >= 8; left -= 8, at += 8) {
		memcpy(&word, at, 8);
		word = GUINT64_FROM_LE(word);
		v[3] ^= word;
		rounds(v, 2);
		v[0] ^= word;
	}
	word = (uint64_t) length_bytes << 56;
	for (size_t i = 0; i < length_bytes % 8; i++)
		word |= (uint64_t) at[i] << 8 * i;
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

guint ksig_string_hash(gconstpointer string)
{
	return (guint) ksig_hash_bytes(string, strlen(string), own_key());
}
