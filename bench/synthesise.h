/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of bench/synthesise share: the history, and the dice that it is made with. */
#pragma once

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

enum { FOLDER_FILES = 16 };

enum carry { NOT, EXACT, ADAPTED, PARTIAL, REVERTED, SUPERSEDED };

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

static inline uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static inline uint64_t next(uint64_t *state)
{
	return *state = mix(*state);
}

static inline double unit(uint64_t *state)
{
	return (double) (next(state) >> 11) / 9007199254740992.0;
}

static inline bool chance(uint64_t *state, double share)
{
	return unit(state) < share;
}

static inline uint32_t below(uint64_t *state, uint32_t limit)
{
	return limit ? (uint32_t) (next(state) % limit) : 0;
}

/* From 0, with this mean; a long tail. */
static inline uint32_t few(uint64_t *state, double mean)
{
	return (uint32_t) (-mean * log(1 - unit(state)) * (chance(state, 0.03) ? 8 : 0.8));
}

/* Not MIN(): its arguments may roll dice. */
static inline uint32_t at_most(uint32_t value, uint32_t limit)
{
	return value < limit ? value : limit;
}

/* ---- the parts ----------------------------------------------------------------------------------- */

/* Which commit changes which files, and how the vendor carries it: all of HISTORY but the marks. */
void plan(struct history *history, uint32_t n_carried);

/* Writes all versions of all files, and notes their marks. */
void play_files(struct history *history);

/* The text of LINE, put to BYTES. */
void append_line(GString *bytes, uint64_t line);

/* The name of FILE after so many renames; free with g_free(). */
char *path_of(const struct history *history, uint32_t file, uint32_t names);

char *subject_of(const struct history *history, uint32_t commit);
