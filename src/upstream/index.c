/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index file's layout (header, six sections, XXH3 sums), mapped if it fits, written aside and renamed.
 * Whether it is up to date, pool.c decides.
 */
#include "upstream/index-internal.h"
#include "base/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { SECTIONS = 6, VERSION = 5, ID_DIGITS = 40 };

static const char magic[8] = "ksigidx";

struct section {
	uint64_t offset_bytes; /* from the start of the file, a multiple of 8 */
	uint64_t count;        /* of elements */
};

/* All numbers in the byte order of the machine; BYTE_ORDER tells a file of another one. */
struct index_header {
	char magic[8];
	uint32_t version;
	uint32_t byte_order;
	uint64_t size_bytes;
	uint64_t checksum; /* XXH3 of all behind the header */
	uint32_t n_skipped;
	uint32_t reserved;
	char to[48];
	struct section sections[SECTIONS];
	uint64_t header_checksum; /* XXH3 of all before it */
};

static const size_t element_bytes[SECTIONS] = {
	sizeof(struct ksig_candidate),
	sizeof(struct ksig_candidate_file),
	sizeof(struct ksig_hunk),
	sizeof(uint32_t),
	sizeof(struct ksig_candidate_reference),
	1,
};

static uint64_t header_checksum(const struct index_header *header)
{
	return XXH3_64bits(header, offsetof(struct index_header, header_checksum));
}

static bool header_fits(const struct index_header *header, uint64_t size_bytes)
{
	if (memcmp(header->magic, magic, sizeof magic) != 0 || header->version != VERSION ||
	    header->byte_order != 0x01020304 || header->size_bytes != size_bytes ||
	    header->header_checksum != header_checksum(header) || header->to[ID_DIGITS] != '\0')
		return false;
	for (size_t i = 0; i < SECTIONS; i++) {
		const struct section *section = &header->sections[i];
		if (section->offset_bytes > size_bytes || section->offset_bytes % 8 != 0 ||
		    section->count > (size_bytes - section->offset_bytes) / element_bytes[i])
			return false;
	}
	return header->sections[5].count > 0;
}

static void view(struct ksig_pool *pool, void *mapping, const struct index_header *header)
{
	const char *base = mapping;
	const struct section *s = header->sections;

	*pool = (struct ksig_pool){
		.candidates = (const void *) (base + s[0].offset_bytes),
		.files = (const void *) (base + s[1].offset_bytes),
		.hunks = (const void *) (base + s[2].offset_bytes),
		.lines = (const void *) (base + s[3].offset_bytes),
		.references = (const void *) (base + s[4].offset_bytes),
		.strings = base + s[5].offset_bytes,
		.n_candidates = (uint32_t) s[0].count,
		.n_files = (uint32_t) s[1].count,
		.n_hunks = (uint32_t) s[2].count,
		.n_lines = s[3].count,
		.n_references = (uint32_t) s[4].count,
		.n_strings_bytes = s[5].count,
		.n_skipped = header->n_skipped,
		.mapping = mapping,
		.mapping_bytes = header->size_bytes,
	};
}

/* The checksum vouches that the file is what ksig wrote, so offsets inside the elements need no second look.
 */
static bool checksum_holds(const void *mapping, const struct index_header *header)
{
	return XXH3_64bits((const char *) mapping + sizeof *header, header->size_bytes - sizeof *header) ==
	       header->checksum;
}

bool ksig_index_map(const char *path, struct ksig_pool *out_pool, char *out_to)
{
	const int fd = ksig_file_open(path, NULL);
	struct stat status;
	void *mapping = MAP_FAILED;

	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && status.st_size > (off_t) sizeof(struct index_header))
		mapping = mmap(NULL, (size_t) status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (mapping == MAP_FAILED)
		return false;
	const struct index_header *header = mapping;
	if (!header_fits(header, (uint64_t) status.st_size) || !checksum_holds(mapping, header)) {
		munmap(mapping, (size_t) status.st_size);
		return false;
	}
	view(out_pool, mapping, header);
	memcpy(out_to, header->to, ID_DIGITS + 1);
	return true;
}

void ksig_index_unmap(struct ksig_pool *pool)
{
	if (pool->mapping)
		munmap(pool->mapping, pool->mapping_bytes);
	pool->mapping = NULL;
}

static void fill_header(struct index_header *header, const struct ksig_pool *pool, const char *to)
{
	const uint64_t counts[SECTIONS] = {pool->n_candidates, pool->n_files,      pool->n_hunks,
					   pool->n_lines,      pool->n_references, pool->n_strings_bytes};
	uint64_t offset_bytes = sizeof *header;

	memset(header, 0, sizeof *header);
	memcpy(header->magic, magic, sizeof magic);
	header->version = VERSION;
	header->byte_order = 0x01020304;
	header->n_skipped = pool->n_skipped;
	g_strlcpy(header->to, to, sizeof header->to);
	for (size_t i = 0; i < SECTIONS; i++) {
		header->sections[i] = (struct section){offset_bytes, counts[i]};
		offset_bytes = (offset_bytes + counts[i] * element_bytes[i] + 7) & ~(uint64_t) 7;
	}
	header->size_bytes = offset_bytes;
}

static bool write_sections(FILE *file, const struct ksig_pool *pool, struct index_header *header)
{
	const void *data[SECTIONS] = {pool->candidates, pool->files,      pool->hunks,
				      pool->lines,      pool->references, pool->strings};
	static const char zeros[8];
	XXH3_state_t *state = XXH3_createState();
	bool good = state && fwrite(header, sizeof *header, 1, file) == 1;

	XXH3_64bits_reset(state);
	for (size_t i = 0; good && i < SECTIONS; i++) {
		const size_t bytes = header->sections[i].count * element_bytes[i];
		const size_t padding = (8 - bytes % 8) % 8;
		good = (bytes == 0 || fwrite(data[i], 1, bytes, file) == bytes) &&
		       fwrite(zeros, 1, padding, file) == padding;
		XXH3_64bits_update(state, data[i], bytes);
		XXH3_64bits_update(state, zeros, padding);
	}
	header->checksum = XXH3_64bits_digest(state);
	header->header_checksum = header_checksum(header);
	XXH3_freeState(state);
	return good && fseek(file, 0, SEEK_SET) == 0 && fwrite(header, sizeof *header, 1, file) == 1 &&
	       fflush(file) == 0 && fsync(fileno(file)) == 0;
}

bool ksig_index_write(const char *path, const struct ksig_pool *pool, const char *to, GError **error)
{
	g_autofree char *temporary = g_strdup_printf("%s.%ld", path, (long) getpid());
	struct index_header header;
	FILE *file = fopen(temporary, "we");

	if (!file)
		return ksig_error_errno(error, errno, "%s", temporary);
	fill_header(&header, pool, to);
	bool good = write_sections(file, pool, &header);
	int errnum = errno;
	if (fclose(file) != 0 && good) {
		good = false;
		errnum = errno;
	}
	if (good && rename(temporary, path) == 0)
		return true;
	errnum = good ? errno : errnum;
	unlink(temporary);
	return ksig_error_errno(error, errnum, "%s", path);
}
