/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commits of a git repository as candidates: `git log -p` does the work, several of them side by side,
 * each over a piece of the list of commits. A repository that lacks objects makes git die in the middle of a
 * commit; then the commits around that place are read one by one, and of those that cannot be only the names
 * and blobs of the files are kept.
 */
#include "upstream/git-reader-internal.h"
#include "upstream/diff-reader-internal.h"
#include "base/diff.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	ID_DIGITS = 40,
	CHUNK_COMMITS = 1024,
	CHUNKS_AHEAD = 4, /* a process, read before their turn comes */
	READ_BYTES = 1 << 18,
	RECORD_LIMIT_BYTES = 1 << 28, /* of one line or message */
};

/* ---- the stream ---------------------------------------------------------------------------------- */

struct stream {
	int fd;
	GByteArray *buffer;
	size_t at;
	bool ended;
};

static bool fill(struct stream *stream)
{
	GByteArray *buffer = stream->buffer;
	ssize_t got = 0;

	if (stream->at > 0) {
		memmove(buffer->data, buffer->data + stream->at, buffer->len - stream->at);
		g_byte_array_set_size(buffer, (guint) (buffer->len - stream->at));
		stream->at = 0;
	}
	const guint old = buffer->len;
	if (old > RECORD_LIMIT_BYTES)
		return false;
	g_byte_array_set_size(buffer, old + READ_BYTES);
	do
		got = read(stream->fd, buffer->data + old, READ_BYTES);
	while (got < 0 && errno == EINTR);
	g_byte_array_set_size(buffer, old + (guint) MAX(got, 0));
	return got > 0;
}

/* The bytes up to the next DELIMITER, which is passed over. Valid until the next call. */
static bool next_record(struct stream *stream, char delimiter, const char **out_record,
			size_t *out_length_bytes)
{
	size_t searched = 0;

	for (;;) {
		const char *start = (const char *) stream->buffer->data + stream->at;
		const size_t left = stream->buffer->len - stream->at;
		const char *end = left > searched ? memchr(start + searched, delimiter, left - searched)
						  : NULL;
		if (end) {
			*out_record = start;
			*out_length_bytes = (size_t) (end - start);
			stream->at += *out_length_bytes + 1;
			return true;
		}
		searched = left;
		if (!stream->ended && fill(stream))
			continue;
		stream->ended = true;
		if (left == 0)
			return false;
		*out_record = (const char *) stream->buffer->data + stream->at;
		*out_length_bytes = left;
		stream->at += left;
		return true;
	}
}

/* ---- one commit ---------------------------------------------------------------------------------- */

static void read_id(uint8_t *id, const char *hex)
{
	for (size_t i = 0; i < 20; i++)
		id[i] = (uint8_t) (g_ascii_xdigit_value(hex[2 * i]) << 4 |
				   g_ascii_xdigit_value(hex[2 * i + 1]));
}

/* What stands below the subject, which is all up to the first blank line. */
static void read_body(ksig_pool_writer *writer, const char *message, size_t length_bytes)
{
	const char *blank = memmem(message, length_bytes, "\n\n", 2);

	if (!blank)
		return;
	g_autofree char *body = g_strndup(blank + 2, length_bytes - (size_t) (blank + 2 - message));
	ksig_pool_writer_origin(writer, body);
}

/* "ID AUTHOR-TIME COMMIT-TIME", then author, subject and message, a line each but the last, which ends in
 * NUL. */
static bool read_commit(ksig_pool_writer *writer, struct stream *stream, const char *line,
			size_t length_bytes)
{
	const char *record = NULL;
	size_t n = 0;
	char *end = NULL;

	if (length_bytes < ID_DIGITS + 4)
		return false;
	struct ksig_candidate *candidate = ksig_pool_writer_candidate(writer);
	read_id(candidate->id, line);
	g_autofree char *times = g_strndup(line + ID_DIGITS, length_bytes - ID_DIGITS);
	candidate->author_time = g_ascii_strtoll(times, &end, 10);
	candidate->commit_time = g_ascii_strtoll(end, NULL, 10);
	if (!next_record(stream, '\n', &record, &n))
		return false;
	candidate->author = ksig_pool_writer_intern(writer, record, n);
	if (!next_record(stream, '\n', &record, &n))
		return false;
	candidate->subject = ksig_pool_writer_string(writer, record, n);
	if (!next_record(stream, '\0', &record, &n))
		return false;
	ksig_pool_writer_message(writer, record, n);
	read_body(writer, record, n);
	return true;
}

static bool read_stream(ksig_pool_writer *writer, int fd)
{
	g_autoptr(GByteArray) buffer = g_byte_array_new();
	struct stream stream = {.fd = fd, .buffer = buffer};
	struct ksig_diff_reader reader;
	const char *line = NULL;
	size_t length_bytes = 0;
	bool whole = true;

	ksig_diff_reader_init(&reader, writer, 1);
	while (whole && next_record(&stream, '\n', &line, &length_bytes)) {
		if (length_bytes > 0 && line[0] == '\1' && !ksig_diff_in_hunk(&reader.diff)) {
			ksig_diff_reader_end(&reader);
			whole = read_commit(writer, &stream, line + 1, length_bytes - 1);
		} else if (writer->candidates->len > 0) {
			ksig_diff_reader_line(&reader, line, length_bytes);
		}
	}
	ksig_diff_reader_end(&reader);
	ksig_diff_reader_clear(&reader);
	return whole;
}

/* ---- a piece of the list ------------------------------------------------------------------------- */

/*
 * IDS is N_IDS lines of 40 digits. With RAW, only which files change, from which blob to which: all that can
 * be said of a commit whose blobs are missing.
 */
static bool run_log(const struct ksig_git_reader *git, const char *ids, size_t n_ids, bool raw,
		    ksig_pool_writer *writer, GError **error)
{
	const char *const argv[] = {"--git-dir",
				    git->git_dir,
				    "-c",
				    "diff.renameLimit=1000",
				    "log",
				    "--no-walk=unsorted",
				    "--stdin",
				    "--no-color",
				    "--no-ext-diff",
				    "--no-textconv",
				    "--no-notes",
				    "--no-show-signature",
				    "--no-mailmap",
				    "--full-index",
				    "--abbrev=40",
				    raw ? "--no-indent-heuristic" : "-U3", /* -U means -p */
				    "--src-prefix=a/",
				    "--dst-prefix=b/",
				    raw ? "--raw" : "-p",
				    raw ? "--no-renames" : "-M",
				    git->undo ? "-R" : "--no-relative",
				    "--format=%x01%H %at %ct%n%an <%ae>%n%s%n%B%x00",
				    NULL};
	const struct ksig_process_options options = {.input = ids,
						     .input_length_bytes = n_ids * (ID_DIGITS + 1)};
	g_autoptr(ksig_process) process = ksig_git_start(argv, &options, error);

	if (!process)
		return false;
	const bool whole = read_stream(writer, ksig_process_fd(process));
	return ksig_process_finish(process, NULL, error) && whole;
}

/* How far the commits of WRITER (from START on) agree with IDS: all of them were read, the last perhaps in
 * part. */
static size_t position_of_last(const ksig_pool_writer *writer, const char *ids, size_t n_ids)
{
	uint8_t id[20];

	if (writer->candidates->len == 0)
		return 0;
	const struct ksig_candidate *last = &g_array_index(writer->candidates, struct ksig_candidate,
							   writer->candidates->len - 1);
	for (size_t i = 0; i < n_ids; i++) {
		read_id(id, ids + i * (ID_DIGITS + 1));
		if (memcmp(id, last->id, sizeof id) == 0)
			return i;
	}
	return 0;
}

static void append_writer(ksig_pool_writer *writer, const ksig_pool_writer *piece)
{
	struct ksig_pool view;

	ksig_pool_writer_view(piece, &view);
	ksig_pool_writer_append(writer, &view);
}

/*
 * Reads IDS into WRITER whatever is missing. Git says nothing before the first difference of a commit, so
 * the one that it died of is the last that was seen or the one after: these two are read alone.
 */
static void read_ids(const struct ksig_git_reader *git, const char *ids, size_t n_ids,
		     ksig_pool_writer *writer)
{
	size_t done = 0;
	unsigned alone = 0;

	while (done < n_ids) {
		const char *rest = ids + done * (ID_DIGITS + 1);
		const size_t n = alone > 0 ? 1 : n_ids - done;
		g_autoptr(ksig_pool_writer) piece = ksig_pool_writer_new();
		bool whole = run_log(git, rest, n, false, piece, NULL);
		size_t read = n;

		if (!whole && n > 1) {
			read = position_of_last(piece, rest, n);
			alone = 3;
		} else if (!whole) {
			writer->n_skipped++;
			g_clear_pointer(&piece, ksig_pool_writer_free);
			piece = ksig_pool_writer_new();
			whole = run_log(git, rest, n, true, piece, NULL);
		}
		if (!whole && piece->candidates->len > 0)
			ksig_pool_writer_drop(piece);
		append_writer(writer, piece);
		done += read;
		alone -= alone > 0;
	}
}

/* ---- the whole list ------------------------------------------------------------------------------ */

/* What the readers of chunks and the one who joins the chunks tell each other. */
struct meeting {
	GMutex mutex;
	GCond read;
};

struct chunk {
	const struct ksig_git_reader *git;
	struct meeting *meeting;
	const char *ids;
	size_t n_ids;
	ksig_pool_writer *writer; /* NULL: not read yet */
};

static void read_chunk(gpointer data, gpointer user_data)
{
	struct chunk *chunk = data;
	ksig_pool_writer *writer = ksig_pool_writer_new();

	(void) user_data;
	read_ids(chunk->git, chunk->ids, chunk->n_ids, writer);
	g_mutex_lock(&chunk->meeting->mutex);
	chunk->writer = writer;
	g_cond_signal(&chunk->meeting->read);
	g_mutex_unlock(&chunk->meeting->mutex);
}

static ksig_pool_writer *wait_for(struct chunk *chunk)
{
	g_mutex_lock(&chunk->meeting->mutex);
	while (!chunk->writer)
		g_cond_wait(&chunk->meeting->read, &chunk->meeting->mutex);
	g_mutex_unlock(&chunk->meeting->mutex);
	return chunk->writer;
}

static GString *list_commits(const struct ksig_git_reader *git, GError **error)
{
	g_autofree char *exclude = g_strdup_printf("^%s", git->exclude);
	const char *const argv[] = {"--git-dir", git->git_dir, "rev-list", "--no-merges", "--topo-order",
				    "--reverse", git->include, exclude,    NULL};
	GString *list = NULL;

	if (!ksig_git_run(argv, NULL, NULL, &list, error)) {
		g_prefix_error(error, "%s: ", git->git_dir);
		return NULL;
	}
	return list;
}

/* Chunks are joined in their order, and only so many are read ahead: memory holds these and the whole. */
static void read_and_append(GArray *chunks, ksig_pool_writer *writer, GThreadPool *threads, guint ahead,
			    size_t n_ids)
{
	g_autoptr(ksig_progress) progress = ksig_progress_new("reading upstream commits", n_ids);
	size_t done = 0;
	guint pushed = 0;

	for (guint i = 0; i < chunks->len; i++) {
		struct chunk *chunk = &g_array_index(chunks, struct chunk, i);
		for (; pushed < chunks->len && pushed < i + ahead; pushed++)
			g_thread_pool_push(threads, &g_array_index(chunks, struct chunk, pushed), NULL);
		g_autoptr(ksig_pool_writer) piece = wait_for(chunk);
		append_writer(writer, piece);
		done += chunk->n_ids;
		ksig_progress_set(progress, done);
	}
}

bool ksig_git_reader_run(const struct ksig_git_reader *git, ksig_pool_writer *writer, GError **error)
{
	g_autoptr(GString) list = list_commits(git, error);
	g_autoptr(GArray) chunks = g_array_new(FALSE, TRUE, sizeof(struct chunk));
	struct meeting meeting;

	if (!list)
		return false;
	const size_t n_ids = list->len / (ID_DIGITS + 1);
	for (size_t at = 0; at < n_ids; at += CHUNK_COMMITS) {
		const struct chunk chunk = {.git = git,
					    .meeting = &meeting,
					    .ids = list->str + at * (ID_DIGITS + 1),
					    .n_ids = MIN(CHUNK_COMMITS, n_ids - at)};
		g_array_append_val(chunks, chunk);
	}
	const unsigned n_jobs = git->n_jobs ? git->n_jobs : g_get_num_processors();
	GThreadPool *threads = g_thread_pool_new(read_chunk, NULL, (gint) n_jobs, TRUE, error);
	if (!threads)
		return false;
	g_mutex_init(&meeting.mutex);
	g_cond_init(&meeting.read);
	read_and_append(chunks, writer, threads, n_jobs * CHUNKS_AHEAD, n_ids);
	g_thread_pool_free(threads, FALSE, TRUE);
	g_cond_clear(&meeting.read);
	g_mutex_clear(&meeting.mutex);
	return true;
}
