/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zlib streams of git objects, by libdeflate where it is there, at level 1. */
#pragma once

#include "tree/tree.h"

/* A compressor for the zlib format, with a buffer for its output. */
typedef struct ksig_deflater ksig_deflater;
ksig_deflater *ksig_deflater_new(void);
void ksig_deflater_free(ksig_deflater *deflater);

/*
 * Compresses DATA. The result belongs to DEFLATER, until its next run; it begins with ROOM_BYTES that the
 * caller may fill, which OUT_LENGTH_BYTES does not count.
 */
uint8_t *ksig_deflater_run(ksig_deflater *deflater, const char *data, size_t length_bytes, size_t room_bytes,
			   size_t *out_length_bytes);
uint32_t ksig_crc32(const uint8_t *data, size_t length_bytes);
