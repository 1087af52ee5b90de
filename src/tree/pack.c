/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a git pack by threads that hash and deflate, at most 64 MiB in flight; its index (pack-index.c)
 * comes last, so that git sees a whole pack or none.
 */
#include "tree/pack-internal.h"
#include "tree/deflate-internal.h"
#include "tree/digest-internal.h"
#include "tree/pack-index-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

enum { THREADS_LIMIT = 8 };
enum { PACK_VERSION = 2, PACK_HEADER_BYTES = 12, ENTRY_HEADER_BYTES = 10 };
enum { BUFFER_BYTES = 1 << 20 };
#define IN_FLIGHT_LIMIT_BYTES ((size_t) 64 << 20)

struct job {
	git_object_t type;
	char *data;
	size_t length_bytes;
	git_oid id;
	git_oid *out_id; /* or NULL */
};

struct ksig_pack {
	git_odb *odb;
	char *folder;    /* …/objects/pack */
	char *temporary; /* the pack while it is written; NULL when it has its name */
	int fd;
	GThreadPool *pool;
	GMutex mutex; /* guards all below */
	GCond progressed;
	size_t in_flight_bytes;
	size_t in_flight;
	GHashTable *seen; /* git_oid *: written to this pack */
	GArray *entries;  /* struct ksig_pack_entry */
	GByteArray *buffer;
	uint64_t offset;
	GError *failure;
};

/* Each thread keeps its compressor: making one anew costs more than compressing a small file. */
static void thread_deflater_free(void *deflater)
{
	ksig_deflater_free(deflater);
}

static GPrivate thread_deflater = G_PRIVATE_INIT(thread_deflater_free);

static ksig_deflater *deflater_get(void)
{
	ksig_deflater *deflater = g_private_get(&thread_deflater);

	if (!deflater) {
		deflater = ksig_deflater_new();
		g_private_set(&thread_deflater, deflater);
	}
	return deflater;
}

/* Type and size, seven bits a byte, the first with four bits of size. */
static size_t put_entry_header(guint8 *output, git_object_t type, size_t length_bytes)
{
	size_t at = 0;
	guint8 byte = (guint8) (((unsigned) type << 4) | (length_bytes & 0x0f));

	for (length_bytes >>= 4; length_bytes > 0; length_bytes >>= 7) {
		output[at++] = byte | 0x80;
		byte = length_bytes & 0x7f;
	}
	output[at++] = byte;
	return at;
}

/* The object as it stands in a pack; the result is the thread's, until its next call. */
static GBytes *compress_object(const struct job *job)
{
	uint8_t header[ENTRY_HEADER_BYTES];
	const size_t header_bytes = put_entry_header(header, job->type, job->length_bytes);
	size_t length_bytes = 0;
	uint8_t *bytes = ksig_deflater_run(deflater_get(), job->data, job->length_bytes, header_bytes,
					   &length_bytes);

	memcpy(bytes, header, header_bytes);
	return g_bytes_new_static(bytes, header_bytes + length_bytes);
}

static bool flush(struct ksig_pack *pack, GError **error)
{
	const guint8 *data = pack->buffer->data;
	size_t left_bytes = pack->buffer->len;

	while (left_bytes > 0) {
		const ssize_t written = write(pack->fd, data, left_bytes);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return ksig_error_errno(error, errno, "%s", pack->temporary);
		data += written;
		left_bytes -= (size_t) written;
	}
	g_byte_array_set_size(pack->buffer, 0);
	return true;
}

/* Called with the mutex held. */
static void write_entry(struct ksig_pack *pack, const git_oid *id, GBytes *object)
{
	size_t length_bytes = 0;
	const uint8_t *bytes = g_bytes_get_data(object, &length_bytes);
	struct ksig_pack_entry entry = {.offset = pack->offset};

	if (pack->failure || g_hash_table_contains(pack->seen, id))
		return;
	git_oid_cpy(&entry.id, id);
	entry.crc = ksig_crc32(bytes, length_bytes);
	g_array_append_val(pack->entries, entry);
	g_hash_table_add(pack->seen, g_memdup2(id, sizeof *id));
	g_byte_array_append(pack->buffer, bytes, (guint) length_bytes);
	pack->offset += length_bytes;
	if (pack->buffer->len >= BUFFER_BYTES)
		flush(pack, &pack->failure);
}

static bool is_known(struct ksig_pack *pack, const git_oid *id)
{
	g_mutex_lock(&pack->mutex);
	const bool seen = pack->failure || g_hash_table_contains(pack->seen, id);
	g_mutex_unlock(&pack->mutex);
	return seen || git_odb_exists_ext(pack->odb, id, GIT_ODB_LOOKUP_NO_REFRESH);
}

static void take_failure(struct ksig_pack *pack, int code)
{
	g_mutex_lock(&pack->mutex);
	if (!pack->failure)
		ksig_tree_git_error(&pack->failure, code, "%s", pack->temporary);
	g_mutex_unlock(&pack->mutex);
}

static void job_done(struct ksig_pack *pack, struct job *job)
{
	g_mutex_lock(&pack->mutex);
	pack->in_flight_bytes -= job->length_bytes;
	pack->in_flight--;
	g_cond_broadcast(&pack->progressed);
	g_mutex_unlock(&pack->mutex);
	g_free(job->data);
	g_free(job);
}

static void run_job(void *data, void *user_data)
{
	struct job *job = data;
	struct ksig_pack *pack = user_data;
	const int code = git_odb_hash(&job->id, job->data, job->length_bytes, job->type);

	if (code < 0) {
		take_failure(pack, code);
	} else if (job->out_id) {
		git_oid_cpy(job->out_id, &job->id);
	}
	if (code == 0 && !is_known(pack, &job->id)) {
		g_autoptr(GBytes) object = compress_object(job);
		g_mutex_lock(&pack->mutex);
		write_entry(pack, &job->id, object);
		g_mutex_unlock(&pack->mutex);
	}
	job_done(pack, job);
}

static bool open_temporary(struct ksig_pack *pack, GError **error)
{
	static const guint8 placeholder[PACK_HEADER_BYTES];
	g_autofree char *path = g_build_filename(pack->folder, "tmp_ksig_XXXXXX", NULL);

	if (!ksig_directory_make(pack->folder, error))
		return false;
	pack->fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0444);
	if (pack->fd < 0)
		return ksig_error_errno(error, errno, "%s", path);
	pack->temporary = g_steal_pointer(&path);
	g_byte_array_append(pack->buffer, placeholder, sizeof placeholder);
	pack->offset = sizeof placeholder;
	return true;
}

/* libgit2 forgets what its threads hold if its last user leaves while they end: so there is always a user. */
static void keep_libgit2(void)
{
	static gsize done;

	if (g_once_init_enter(&done)) {
		git_libgit2_init();
		g_once_init_leave(&done, 1);
	}
}

ksig_pack *ksig_pack_new(git_repository *repository, const char *path, GError **error)
{
	g_autoptr(ksig_pack) pack = g_new0(ksig_pack, 1);

	keep_libgit2();
	pack->fd = -1;
	g_mutex_init(&pack->mutex);
	g_cond_init(&pack->progressed);
	pack->folder = g_build_filename(path, "objects", "pack", NULL);
	pack->entries = g_array_new(FALSE, FALSE, sizeof(struct ksig_pack_entry));
	pack->seen = g_hash_table_new_full(ksig_tree_oid_hash, ksig_tree_oid_equal, g_free, NULL);
	pack->buffer = g_byte_array_sized_new(2 * BUFFER_BYTES);
	const int code = git_repository_odb(&pack->odb, repository);
	if (code < 0) {
		ksig_tree_git_error(error, code, "%s", path);
		return NULL;
	}
	if (!open_temporary(pack, error))
		return NULL;
	const int threads = (int) MIN(g_get_num_processors(), THREADS_LIMIT);
	pack->pool = g_thread_pool_new(run_job, pack, threads, TRUE, error);
	return pack->pool ? g_steal_pointer(&pack) : NULL;
}

void ksig_pack_add(ksig_pack *pack, git_object_t type, char *data, size_t length_bytes, git_oid *out_id)
{
	struct job *job = g_new0(struct job, 1);

	*job = (struct job){.type = type, .data = data, .length_bytes = length_bytes, .out_id = out_id};
	g_mutex_lock(&pack->mutex);
	while (pack->in_flight > 0 && pack->in_flight_bytes + length_bytes > IN_FLIGHT_LIMIT_BYTES)
		g_cond_wait(&pack->progressed, &pack->mutex);
	pack->in_flight++;
	pack->in_flight_bytes += length_bytes;
	g_mutex_unlock(&pack->mutex);
	g_thread_pool_push(pack->pool, job, NULL);
}

bool ksig_pack_wait(ksig_pack *pack, GError **error)
{
	g_mutex_lock(&pack->mutex);
	while (pack->in_flight > 0)
		g_cond_wait(&pack->progressed, &pack->mutex);
	const bool good = !pack->failure;
	if (!good && error)
		*error = g_error_copy(pack->failure);
	g_mutex_unlock(&pack->mutex);
	return good;
}

/* The checksum covers the header, whose count is known only now: so the file is read once more. */
static bool checksum_file(struct ksig_pack *pack, git_oid *out_checksum, GError **error)
{
	if (lseek(pack->fd, 0, SEEK_SET) != 0)
		return ksig_error_errno(error, errno, "%s", pack->temporary);
	return ksig_digest_sha1(pack->fd, pack->temporary, out_checksum->id, error);
}

static bool complete_file(struct ksig_pack *pack, git_oid *out_checksum, GError **error)
{
	const uint32_t header[3] = {GUINT32_TO_BE(0x5041434bU), GUINT32_TO_BE((uint32_t) PACK_VERSION),
				    GUINT32_TO_BE(pack->entries->len)};

	if (!flush(pack, error))
		return false;
	if (pwrite(pack->fd, header, sizeof header, 0) != (ssize_t) sizeof header)
		return ksig_error_errno(error, errno, "%s", pack->temporary);
	if (!checksum_file(pack, out_checksum, error))
		return false;
	g_byte_array_append(pack->buffer, out_checksum->id, GIT_OID_RAWSZ);
	if (!flush(pack, error))
		return false;
	if (fsync(pack->fd) != 0)
		return ksig_error_errno(error, errno, "%s", pack->temporary);
	return true;
}

/* A pack without its index is not there to git: so the index comes last. */
static bool put_in_place(struct ksig_pack *pack, const git_oid *checksum, char **out_path, GError **error)
{
	g_autofree char *stem = g_strdup_printf("%s/pack-%s", pack->folder, git_oid_tostr_s(checksum));
	g_autofree char *path = g_strconcat(stem, ".pack", NULL);
	g_autofree char *index_path = g_strconcat(stem, ".idx", NULL);
	g_autoptr(GByteArray) index = ksig_pack_index(pack->entries, checksum);

	if (g_rename(pack->temporary, path) != 0)
		return ksig_error_errno(error, errno, "%s", path);
	g_clear_pointer(&pack->temporary, g_free);
	if (!ksig_file_write(index_path, (const char *) index->data, index->len, 0444, error)) {
		g_unlink(path);
		return false;
	}
	git_odb_refresh(pack->odb);
	*out_path = g_steal_pointer(&stem);
	return true;
}

bool ksig_pack_finish(ksig_pack *pack, GError **error)
{
	g_autofree char *path = NULL;

	return ksig_pack_finish_as(pack, &path, error);
}

bool ksig_pack_finish_as(ksig_pack *pack, char **out_path, GError **error)
{
	git_oid checksum;

	*out_path = NULL;

	if (!ksig_pack_wait(pack, error))
		return false;
	if (pack->entries->len == 0)
		return true;
	return complete_file(pack, &checksum, error) && put_in_place(pack, &checksum, out_path, error);
}

void ksig_pack_free(ksig_pack *pack)
{
	if (!pack)
		return;
	if (pack->pool)
		g_thread_pool_free(pack->pool, FALSE, TRUE);
	if (pack->fd >= 0)
		close(pack->fd);
	if (pack->temporary)
		g_unlink(pack->temporary);
	g_clear_error(&pack->failure);
	g_array_unref(pack->entries);
	g_hash_table_unref(pack->seen);
	g_byte_array_unref(pack->buffer);
	git_odb_free(pack->odb);
	g_mutex_clear(&pack->mutex);
	g_cond_clear(&pack->progressed);
	g_free(pack->folder);
	g_free(pack->temporary);
	g_free(pack);
}
