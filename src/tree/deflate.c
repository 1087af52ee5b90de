/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zlib streams of git objects, by libdeflate where it is there, at level 1. */
#include "tree/deflate-internal.h"

/* Level 1: a kernel of 1.3 GB takes 290 MB on the disk; level 6 takes three times as long to save 60 of them.
 */
enum { DEFLATE_LEVEL = 1 };

/*
 * libdeflate does whole buffers, which is what objects are, in less than half of zlib's time; zlib is there
 * where it is not packaged.
 */
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>

typedef struct libdeflate_compressor compressor;

static compressor *compressor_new(void)
{
	return libdeflate_alloc_compressor(DEFLATE_LEVEL);
}

static void compressor_free(compressor *state)
{
	libdeflate_free_compressor(state);
}

static size_t bound(compressor *state, size_t length_bytes)
{
	return libdeflate_zlib_compress_bound(state, length_bytes);
}

static size_t compress_all(compressor *state, const char *data, size_t length_bytes, uint8_t *output,
			   size_t capacity_bytes)
{
	return libdeflate_zlib_compress(state, data, length_bytes, output, capacity_bytes);
}

uint32_t ksig_crc32(const uint8_t *data, size_t length_bytes)
{
	return libdeflate_crc32(0, data, length_bytes);
}

#else
#include <zlib.h>

typedef z_stream compressor;

static compressor *compressor_new(void)
{
	compressor *stream = g_new0(compressor, 1);

	deflateInit(stream, DEFLATE_LEVEL);
	return stream;
}

static void compressor_free(compressor *stream)
{
	deflateEnd(stream);
	g_free(stream);
}

static size_t bound(compressor *stream, size_t length_bytes)
{
	return deflateBound(stream, length_bytes);
}

static size_t compress_all(compressor *stream, const char *data, size_t length_bytes, uint8_t *output,
			   size_t capacity_bytes)
{
	deflateReset(stream);
	stream->next_in = (Bytef *) data;
	stream->avail_in = (uInt) length_bytes;
	stream->next_out = output;
	stream->avail_out = (uInt) capacity_bytes;
	deflate(stream, Z_FINISH);
	return stream->total_out;
}

uint32_t ksig_crc32(const uint8_t *data, size_t length_bytes)
{
	return (uint32_t) crc32(0, data, (uInt) length_bytes);
}
#endif

struct ksig_deflater {
	compressor *compressor;
	uint8_t *output;
	size_t capacity_bytes;
};

ksig_deflater *ksig_deflater_new(void)
{
	ksig_deflater *deflater = g_new0(ksig_deflater, 1);

	deflater->compressor = compressor_new();
	return deflater;
}

void ksig_deflater_free(ksig_deflater *deflater)
{
	if (!deflater)
		return;
	compressor_free(deflater->compressor);
	g_free(deflater->output);
	g_free(deflater);
}

uint8_t *ksig_deflater_run(ksig_deflater *deflater, const char *data, size_t length_bytes, size_t room_bytes,
			   size_t *out_length_bytes)
{
	const size_t needed_bytes = room_bytes + bound(deflater->compressor, length_bytes);

	if (deflater->capacity_bytes < needed_bytes) {
		deflater->output = g_realloc(deflater->output, needed_bytes);
		deflater->capacity_bytes = needed_bytes;
	}
	*out_length_bytes = compress_all(deflater->compressor, data, length_bytes,
					 deflater->output + room_bytes, needed_bytes - room_bytes);
	return deflater->output;
}
