/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Until when a candidate must have been written: --date, else the earlier of changelog and build, else the
 * kernel's commit; and which candidates the base descends from.
 */
#include "breakdown/dates-internal.h"

#include <string.h>

enum { DAY_S = 86400 };

static int64_t end_of_day(const char *day)
{
	g_autofree char *text = day ? g_strdup_printf("%sT00:00:00Z", day) : NULL;
	g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;

	return time ? g_date_time_to_unix(time) + DAY_S - 1 : 0;
}

bool dates_parse(const char *day, int64_t *out_seconds, GError **error)
{
	*out_seconds = end_of_day(day);
	return *out_seconds > 0 ||
	       ksig_error_set(error, KSIG_ERROR_USAGE, "--date: \"%s\": a day expected, as 2020-10-27", day);
}

void dates_ask(const struct ksig_work *work, const struct ksig_kernel *kernel,
	       struct ksig_match_question *question)
{
	const int64_t named = work->entries ? end_of_day(work->entries->date) : 0;

	if (work->date_s) {
		question->written_by = work->date_s;
		question->date_is_told = true;
	} else if (named || kernel->built) {
		question->written_by = named && kernel->built ? MIN(named, kernel->built)
							      : named + kernel->built;
	} else {
		question->written_by = kernel->committed;
		question->date_is_of_commit = true;
	}
}

/* Where the range of a git pool begins. */
static bool begin_of(const struct ksig_pool *pool, git_oid *out_id)
{
	const char *at = strrchr(pool->argument, '@');
	const char *dots = at ? strstr(at, "..") : NULL;

	if (!dots)
		return false;
	g_autofree char *from = g_strndup(at + 1, (gsize) (dots - at - 1));
	return ksig_tree_store_resolve(pool->git_dir, from, out_id, NULL);
}

static void flag(const struct ksig_pool *joined, const git_oid *id, uint8_t *flags)
{
	uint64_t prefix = 0;

	for (size_t i = 0; i < 8; i++)
		prefix = prefix << 8 | id->id[i];
	const uint32_t c = ksig_upstream_pool_find(joined, prefix, 16);
	if (c != UINT32_MAX && memcmp(joined->candidates[c].id, id->id, sizeof id->id) == 0)
		flags[c] = 1;
}

/* Flags what of POOL the commit BASE descends from. A history that has no such commit has nothing to say. */
static void flag_history(const struct ksig_work *work, const struct ksig_pool *pool, const git_oid *base,
			 uint8_t *flags)
{
	g_autoptr(git_revwalk) walk = NULL;
	git_oid id;

	if (!pool->git_dir || !begin_of(pool, &id) ||
	    git_revwalk_new(&walk, ksig_tree_store_repository(work->store)) != 0 ||
	    git_revwalk_push(walk, base) != 0 || git_revwalk_hide(walk, &id) != 0)
		return;
	while (git_revwalk_next(&id, walk) == 0)
		flag(work->pool, &id, flags);
}

uint8_t *dates_in_base(const struct ksig_work *work, const struct ksig_kernel *base)
{
	if (git_oid_is_zero(&base->commit))
		return NULL;
	uint8_t *flags = g_new0(uint8_t, work->pool->n_candidates + 1);
	for (guint i = 0; i < work->pools->len; i++)
		flag_history(work, work->pools->pdata[i], &base->commit, flags);
	return flags;
}
