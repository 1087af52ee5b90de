/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A history the size of a kernel's, and a vendor who carries a part of it, as a stream for git fast-import:
 *
 *   synthesise COMMITS FILES CARRIED SEED TRUTH | git fast-import
 *
 * The branch "main" starts at the tag "base" and has COMMITS commits over FILES files; the branch "vendor" is
 * one commit on "base" whose tree carries CARRIED of them. TRUTH gets a line a carried commit: its mark, how
 * it is carried, its subject. Sizes are like those of the kernel (a file has 180 lines in the median and 420
 * in the mean, a commit 1 file and 2.3); the proportions of the ways of carrying are those that
 * bench/proportions.py measures.
 *
 * A line is a number, its text a function of the number. Files are played one after the other, all versions
 * of one in a row, so that fast-import finds its deltas and memory holds one file.
 */
#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FOLDER_FILES = 16,
	HUNKS_LIMIT = 5,
	FILES_LIMIT = 60, /* of a commit */
	LINES_LIMIT = 15000,
	RECENT = 128, /* new files that are likely to be changed */
	ANCHORS = 200,
	COMMIT_S = 315,
	FIRST_S = 1534000000,
};

enum carry { NOT, EXACT, ADAPTED, PARTIAL, REVERTED, SUPERSEDED };
static const char *const carry_names[] = {"", "exact", "adapted", "partial", "reverted", "superseded"};

struct commit {
	uint32_t first_event;
	uint32_t n_events;
	uint32_t folder;
	uint8_t carry;
	uint8_t stable; /* Cc: stable */
	uint8_t trace;  /* a line of it reached the vendor's tree */
};

struct event {
	uint32_t commit;
	uint32_t file;
	uint32_t mark; /* of the file's bytes after it */
	uint8_t renames;
	uint8_t creates;
	uint8_t names; /* how often the file was renamed before */
};

struct history {
	uint64_t seed;
	uint32_t n_commits, n_files, n_base_files, n_folders;
	struct commit *commits;
	GArray *events;      /* struct event */
	uint32_t *by_file;   /* events, by file, oldest first */
	uint32_t *first_of;  /* by file: its first in by_file; one more than files */
	uint32_t *base_mark; /* by file; 0: not in the base */
	uint32_t *own_mark;  /* … in the vendor's tree */
	uint32_t n_marks;
	double *folder_share; /* cumulative */
};

/* ---- numbers ------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t next(uint64_t *state)
{
	return *state = mix(*state);
}

static double unit(uint64_t *state)
{
	return (double) (next(state) >> 11) / 9007199254740992.0;
}

static bool chance(uint64_t *state, double share)
{
	return unit(state) < share;
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return limit ? (uint32_t) (next(state) % limit) : 0;
}

/* From 0, with this mean; a long tail. */
static uint32_t few(uint64_t *state, double mean)
{
	return (uint32_t) (-mean * log(1 - unit(state)) * (chance(state, 0.03) ? 8 : 0.8));
}

/* Not MIN(): its arguments may roll dice. */
static uint32_t at_most(uint32_t value, uint32_t limit)
{
	return value < limit ? value : limit;
}

static uint32_t size_of_file(uint64_t *state)
{
	const double normal = sqrt(-2 * log(1 - unit(state))) * cos(6.283185307 * unit(state));

	return 8 + at_most((uint32_t) (170 * exp(1.3 * normal)), LINES_LIMIT);
}

/* ---- text ---------------------------------------------------------------------------------------- */

static const char *const common[] = {
	"\treturn 0;",
	"\t\treturn -EINVAL;",
	"\t\treturn ret;",
	"\tint ret;",
	"\tif (ret)",
	"\t\tgoto out;",
	"\t\tbreak;",
	"\t\tcontinue;",
	"\t} else {",
	"\tunsigned long flags;",
	"\t\treturn -ENOMEM;",
	"out:",
	"\treturn ret;",
	"\tdefault:",
	"\tif (err)",
	"#endif",
	"\tint i;",
	"\tmutex_unlock(&dev->lock);",
	"\trcu_read_unlock();",
	"\tspin_unlock_irqrestore(&dev->lock, flags);",
};
static const char *const words[] = {
	"alloc",  "queue", "ring",   "state",   "link",   "mode",  "power", "frame",
	"buffer", "clock", "reset",  "port",    "page",   "entry", "table", "device",
	"driver", "group", "index",  "flags",   "limit",  "count", "start", "stop",
	"init",   "probe", "remove", "suspend", "resume", "write", "read",  "event",
};

static const char *word(uint64_t bits)
{
	return words[bits % G_N_ELEMENTS(words)];
}

static void append_line(GString *bytes, uint64_t line)
{
	const uint64_t bits = mix(line);
	const unsigned kind = (unsigned) (bits % 100);

	if (kind < 7)
		g_string_append_c(bytes, '\n');
	else if (kind < 14)
		g_string_append(bytes, "\t}\n");
	else if (kind < 28)
		g_string_append_printf(bytes, "%s\n", common[(bits >> 8) % G_N_ELEMENTS(common)]);
	else if (kind < 40)
		g_string_append_printf(bytes, "\tif (%s->%s > %u)\n", word(bits >> 8), word(bits >> 16),
				       (unsigned) (bits >> 24 & 255));
	else
		g_string_append_printf(bytes, "\t%s->%s = %s_%s(%s, 0x%06x);\n", word(bits >> 8),
				       word(bits >> 13), word(bits >> 18), word(bits >> 23), word(bits >> 28),
				       (unsigned) (bits >> 40));
}

static char *path_of(const struct history *history, uint32_t file, uint32_t names)
{
	const uint32_t folder = file < history->n_base_files ? file / FOLDER_FILES
							     : (uint32_t) (mix(file) % history->n_folders);
	const char *top = word(folder / 200);

	return names ? g_strdup_printf("%s%u/%s-%u/part%u/moved%u-%u.c", top, folder / 200, word(folder / 20),
				       folder / 20, folder, names, file)
		     : g_strdup_printf("%s%u/%s-%u/part%u/%s-%u.c", top, folder / 200, word(folder / 20),
				       folder / 20, folder, word(file), file);
}

static char *subject_of(const struct history *history, uint32_t commit)
{
	uint64_t state = mix(history->seed ^ (uint64_t) commit << 20);
	const char *verbs[] = {"fix", "add", "avoid", "rework", "use", "drop", "check", "handle"};
	const uint32_t folder = history->commits[commit].folder;
	const char *verb = verbs[below(&state, G_N_ELEMENTS(verbs))];
	const char *first = word(next(&state));
	const char *second = word(next(&state));

	return g_strdup_printf("%s-%u: %s %s %s in case %u", word(folder / 20), folder, verb, first, second,
			       commit);
}

/* ---- the plan ------------------------------------------------------------------------------------ */

static uint32_t popular_folder(const struct history *history, uint64_t *state)
{
	const double wanted = unit(state) * history->folder_share[history->n_folders - 1];
	uint32_t low = 0;
	uint32_t high = history->n_folders - 1;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		if (history->folder_share[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Which folders are popular has nothing to do with where they stand. */
static void share_folders(struct history *history)
{
	double sum = 0;

	history->folder_share = g_new(double, history->n_folders);
	for (uint32_t i = 0; i < history->n_folders; i++) {
		sum += 1.0 / (double) (20 + mix(history->seed + i) % history->n_folders);
		history->folder_share[i] = sum;
	}
}

static void plan_event(struct history *history, uint32_t commit, struct event event)
{
	event.commit = commit;
	for (uint32_t i = history->commits[commit].first_event; i < history->events->len; i++)
		if (g_array_index(history->events, struct event, i).file == event.file)
			return;
	g_array_append_val(history->events, event);
	history->commits[commit].n_events++;
}

static void plan_commit(struct history *history, uint32_t number, uint64_t *state)
{
	struct commit *commit = &history->commits[number];
	const uint32_t folder = popular_folder(history, state);
	const uint32_t n_new = history->n_files - history->n_base_files;

	*commit = (struct commit){.first_event = history->events->len, .folder = folder};
	commit->stable = chance(state, 0.06);
	if (chance(state, 0.03))
		plan_event(history, number, (struct event){.file = history->n_files++, .creates = 1});
	if (n_new > 0 && chance(state, 0.1))
		plan_event(
			history, number,
			(struct event){.file = history->n_files - 1 - below(state, at_most(n_new, RECENT))});
	const uint32_t wanted = 1 + at_most(few(state, 1.2), FILES_LIMIT);
	for (uint32_t i = 0; i < wanted; i++) {
		const uint32_t near = chance(state, 0.85) ? folder : below(state, history->n_folders);
		const uint32_t rank = below(state, FOLDER_FILES) * below(state, FOLDER_FILES) / FOLDER_FILES;
		const uint32_t file = near * FOLDER_FILES + rank;
		if (file < history->n_base_files)
			plan_event(
				history, number,
				(struct event){.file = file, .renames = wanted == 1 && chance(state, 0.003)});
	}
}

static enum carry way_of_carrying(uint64_t *state)
{
	const double at = unit(state);

	return at < 0.120   ? ADAPTED
	       : at < 0.145 ? PARTIAL
	       : at < 0.149 ? REVERTED
	       : at < 0.164 ? SUPERSEDED
			    : EXACT;
}

/*
 * A vendor takes fixes from everywhere, and of some folders all that comes for a while. Two parts in five
 * come in bulk.
 */
static void plan_carried(struct history *history, uint32_t n_carried, uint64_t *state)
{
	uint32_t n = 0;

	while (n < n_carried * 2 / 5) {
		const uint32_t folder = popular_folder(history, state);
		const uint32_t end = below(state, history->n_commits);
		for (uint32_t i = 0; i < end && n < n_carried * 2 / 5; i++) {
			struct commit *commit = &history->commits[i];
			if (commit->folder != folder || commit->carry || commit->n_events == 0)
				continue;
			commit->carry = way_of_carrying(state);
			n++;
		}
	}
	for (uint64_t tries = 0; n < n_carried && tries < 100ULL * history->n_commits; tries++) {
		struct commit *commit = &history->commits[below(state, history->n_commits)];
		if (commit->carry || commit->n_events == 0 || commit->n_events > 8 ||
		    !chance(state, commit->stable ? 0.9 : 0.15))
			continue;
		commit->carry = way_of_carrying(state);
		n++;
	}
	for (uint32_t i = 0; i < history->n_commits; i++) {
		struct commit *commit = &history->commits[i];
		for (uint32_t e = 0; e < commit->n_events; e++)
			if (g_array_index(history->events, struct event, commit->first_event + e).renames)
				commit->carry = NOT;
	}
}

static void sort_by_file(struct history *history)
{
	history->first_of = g_new0(uint32_t, history->n_files + 2);
	history->by_file = g_new(uint32_t, history->events->len + 1);
	for (uint32_t i = 0; i < history->events->len; i++)
		history->first_of[g_array_index(history->events, struct event, i).file + 2]++;
	for (uint32_t f = 2; f < history->n_files + 2; f++)
		history->first_of[f] += history->first_of[f - 1];
	for (uint32_t i = 0; i < history->events->len; i++)
		history->by_file[history->first_of[g_array_index(history->events, struct event, i).file +
						   1]++] = i;
}

static void plan(struct history *history, uint32_t n_carried)
{
	uint64_t state = history->seed;

	share_folders(history);
	history->commits = g_new0(struct commit, history->n_commits);
	history->events = g_array_new(FALSE, TRUE, sizeof(struct event));
	for (uint32_t i = 0; i < history->n_commits; i++)
		plan_commit(history, i, &state);
	plan_carried(history, n_carried, &state);
	sort_by_file(history);
	history->base_mark = g_new0(uint32_t, history->n_files + 1);
	history->own_mark = g_new0(uint32_t, history->n_files + 1);
}

/* ---- a file's life ------------------------------------------------------------------------------- */

struct life {
	GArray *upstream; /* uint64_t lines */
	GArray *vendor;
	bool in_vendor;
	uint32_t last_at; /* where the last change was */
	GString *bytes;
};

static uint64_t line_at(const GArray *lines, uint32_t i)
{
	return g_array_index(lines, uint64_t, i);
}

static void cut(GArray *lines, uint32_t at, uint32_t count)
{
	if (count > 0)
		g_array_remove_range(lines, at, count);
}

static uint32_t find(const GArray *lines, uint64_t line)
{
	for (uint32_t i = 0; i < lines->len; i++)
		if (line_at(lines, i) == line)
			return i;
	return UINT32_MAX;
}

/* Behind the nearest line above AT that the vendor has as well. */
static uint32_t place_in_vendor(const struct life *life, uint32_t at)
{
	for (uint32_t n = 1; n <= at_most(at, ANCHORS); n++) {
		const uint32_t found = find(life->vendor, line_at(life->upstream, at - n));
		if (found != UINT32_MAX)
			return found + 1;
	}
	return 0;
}

/* The vendor's version of one hunk: lines [AT, AT + REMOVED) of upstream's file, and then ADDED. */
static bool carry_hunk(struct life *life, enum carry carry, uint32_t at, uint32_t removed,
		       const uint64_t *added, uint32_t n_added, uint64_t *state)
{
	const uint32_t kept = carry == ADAPTED && removed > 1 && chance(state, 0.3);
	const double own_share = carry == ADAPTED ? 0.3 : carry == SUPERSEDED ? 0.9 : 0;
	bool trace = false;

	if (carry == REVERTED || (carry == PARTIAL && chance(state, 0.5)))
		return false;
	for (uint32_t i = 0; i + kept < removed; i++) {
		const uint32_t found = find(life->vendor, line_at(life->upstream, at + i));
		if (found == UINT32_MAX)
			continue;
		cut(life->vendor, found, 1);
		trace = true;
	}
	uint32_t to = place_in_vendor(life, at);
	for (uint32_t i = 0; i < n_added; i++) {
		const bool own = chance(state, own_share);
		const uint64_t line = own ? mix(added[i] ^ 0xada) : added[i];
		g_array_insert_val(life->vendor, to, line);
		to++;
		trace |= !own;
	}
	return trace;
}

static void play_hunk(struct life *life, struct commit *commit, uint64_t *state)
{
	uint64_t added[256];
	const uint32_t n = life->upstream->len;
	const bool again = chance(state, 0.2) && life->last_at < n;
	const uint32_t at = again ? life->last_at : below(state, n + 1);
	const uint32_t removed = at_most(few(state, 2.2), n - at);
	const uint32_t n_added = at_most(few(state, 5) + (removed == 0), G_N_ELEMENTS(added));

	for (uint32_t i = 0; i < n_added; i++)
		added[i] = next(state);
	if (commit->carry != NOT && life->in_vendor)
		commit->trace |= carry_hunk(life, commit->carry, at, removed, added, n_added, state);
	cut(life->upstream, at, removed);
	g_array_insert_vals(life->upstream, at, added, n_added);
	life->last_at = at;
}

static void fill(struct life *life, uint64_t *state)
{
	const uint32_t size = size_of_file(state);

	for (uint32_t i = 0; i < size; i++) {
		const uint64_t line = next(state);
		g_array_append_val(life->upstream, line);
	}
}

static uint32_t write_blob(struct history *history, struct life *life, const GArray *lines)
{
	g_string_truncate(life->bytes, 0);
	for (uint32_t i = 0; i < lines->len; i++)
		append_line(life->bytes, line_at(lines, i));
	printf("blob\nmark :%u\ndata %zu\n", ++history->n_marks, life->bytes->len);
	fwrite(life->bytes->str, 1, life->bytes->len, stdout);
	putchar('\n');
	return history->n_marks;
}

static void copy_to_vendor(struct life *life)
{
	g_array_set_size(life->vendor, 0);
	g_array_append_vals(life->vendor, life->upstream->data, life->upstream->len);
	life->in_vendor = true;
}

static void play_event(struct history *history, struct life *life, struct event *event, uint64_t *state)
{
	struct commit *commit = &history->commits[event->commit];

	if (event->creates) {
		fill(life, state);
		if (commit->carry != NOT && commit->carry != REVERTED) {
			copy_to_vendor(life);
			commit->trace = 1;
		}
	} else if (!event->renames) {
		const uint32_t hunks = 1 + at_most(few(state, 1.2), HUNKS_LIMIT);
		for (uint32_t i = 0; i < hunks; i++)
			play_hunk(life, commit, state);
	}
	event->mark = write_blob(history, life, life->upstream);
}

/* What no upstream commit explains: a few lines in one file of fifty. */
static void change_as_vendor(struct life *life, uint64_t *state)
{
	const uint32_t at = below(state, life->vendor->len + 1);

	cut(life->vendor, at, at_most(few(state, 2), life->vendor->len - at));
	for (uint32_t left = 1 + few(state, 4); left > 0; left--) {
		const uint64_t line = next(state);
		g_array_insert_val(life->vendor, at, line);
	}
}

static void play_file(struct history *history, struct life *life, uint32_t file)
{
	uint64_t state = mix(history->seed ^ (uint64_t) file << 32);
	uint8_t names = 0;

	g_array_set_size(life->upstream, 0);
	life->in_vendor = false;
	life->last_at = 0;
	if (file < history->n_base_files) {
		fill(life, &state);
		copy_to_vendor(life);
		history->base_mark[file] = history->own_mark[file] = write_blob(history, life,
										life->upstream);
	}
	for (uint32_t i = history->first_of[file]; i < history->first_of[file + 1]; i++) {
		struct event *event = &g_array_index(history->events, struct event, history->by_file[i]);
		event->names = names;
		names += event->renames && names < UINT8_MAX;
		play_event(history, life, event, &state);
	}
	if (life->in_vendor && chance(&state, 0.02))
		change_as_vendor(life, &state);
	if (life->in_vendor)
		history->own_mark[file] = write_blob(history, life, life->vendor);
}

/* ---- commits ------------------------------------------------------------------------------------- */

static void put_file(const struct history *history, uint32_t file, uint32_t names, uint32_t mark)
{
	g_autofree char *path = path_of(history, file, names);

	printf("M 100644 :%u %s\n", mark, path);
}

static void write_head(const char *branch, uint32_t mark, const char *author, int64_t time_s,
		       const char *message)
{
	printf("commit refs/heads/%s\nmark :%u\nauthor %s %" G_GINT64_FORMAT " +0000\ncommitter A Maintainer "
	       "<m@example.org> %" G_GINT64_FORMAT " +0000\ndata %zu\n%s\n",
	       branch, mark, author, time_s - 86400, time_s, strlen(message), message);
}

static void write_commit(const struct history *history, uint32_t number)
{
	const struct commit *commit = &history->commits[number];
	g_autofree char *subject = subject_of(history, number);
	g_autofree char *author = g_strdup_printf("Author %u <a%u@example.org>", commit->folder % 3000,
						  commit->folder % 3000);
	g_autofree char *message = g_strdup_printf(
		"%s\n\nWhat happens in case %u is not what was meant.\n%s\nSigned-off-by: %s\n", subject,
		number, commit->stable ? "Cc: stable@vger.kernel.org" : "", author);

	write_head("main", history->n_marks + 2 + number, author, FIRST_S + (int64_t) number * COMMIT_S,
		   message);
	for (uint32_t e = 0; e < commit->n_events; e++) {
		const struct event *event = &g_array_index(history->events, struct event,
							   commit->first_event + e);
		if (event->renames) {
			g_autofree char *path = path_of(history, event->file, event->names);
			printf("D %s\n", path);
		}
		put_file(history, event->file, event->names + event->renames, event->mark);
	}
}

static void write_history(const struct history *history)
{
	write_head("main", history->n_marks + 1, "A Maintainer <m@example.org>", FIRST_S - COMMIT_S,
		   "base\n");
	for (uint32_t f = 0; f < history->n_base_files; f++)
		put_file(history, f, 0, history->base_mark[f]);
	printf("reset refs/tags/base\nfrom :%u\n\n", history->n_marks + 1);
	for (uint32_t i = 0; i < history->n_commits; i++) {
		write_commit(history, i);
		if (i + 1 == history->n_commits / 10 || i + 1 == history->n_commits * 3ULL / 10)
			printf("reset refs/tags/first-%u\nfrom :%u\n\n", i + 1, history->n_marks + 2 + i);
	}
}

static void write_vendor(const struct history *history)
{
	write_head("vendor", history->n_marks + 2 + history->n_commits, "A Vendor <v@example.org>",
		   FIRST_S + (int64_t) history->n_commits * COMMIT_S, "the vendor's tree\n");
	printf("from :%u\n", history->n_marks + 1);
	for (uint32_t f = 0; f < history->n_files; f++)
		if (history->own_mark[f] && history->own_mark[f] != history->base_mark[f])
			put_file(history, f, 0, history->own_mark[f]);
}

/* A pick of which nothing reached the tree (its file is not there) was none, but for those that later went.
 */
static bool write_truth(const struct history *history, const char *path)
{
	FILE *file = fopen(path, "we");

	for (uint32_t i = 0; file && i < history->n_commits; i++) {
		const struct commit *commit = &history->commits[i];
		g_autofree char *subject = subject_of(history, i);
		if (commit->carry == REVERTED || commit->carry == SUPERSEDED || commit->trace)
			fprintf(file, "%u\t%s\t%s\n", history->n_marks + 2 + i, carry_names[commit->carry],
				subject);
	}
	return file && fclose(file) == 0;
}

int main(int argc, char **argv)
{
	struct history history = {0};

	if (argc != 6) {
		fputs("usage: synthesise COMMITS FILES CARRIED SEED TRUTH\n", stderr);
		return 2;
	}
	history.n_commits = (uint32_t) strtoul(argv[1], NULL, 10);
	history.n_files = history.n_base_files = (uint32_t) strtoul(argv[2], NULL, 10);
	history.n_folders = MAX(history.n_files / FOLDER_FILES, 1);
	history.seed = mix(strtoull(argv[4], NULL, 10));
	plan(&history, (uint32_t) strtoul(argv[3], NULL, 10));
	struct life life = {.upstream = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
			    .vendor = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
			    .bytes = g_string_new(NULL)};
	puts("feature done");
	for (uint32_t f = 0; f < history.n_files; f++)
		play_file(&history, &life, f);
	write_history(&history);
	write_vendor(&history);
	puts("done");
	return write_truth(&history, argv[5]) && fflush(stdout) == 0 ? 0 : 4;
}
