/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vendor applies a series as a whole and in order. So a member without which the others do not give the
 * vendor's file, and with which they do, is carried: there need not be a line of it in the end.
 */
#include "breakdown/replay-internal.h"

enum {
	PASSES = 4,                     /* a patch that is proved can be what another one's proof lacks */
	TRIES_LIMIT = 64,               /* members below the threshold that touch one file */
	WORK_LIMIT = 200 * 1000 * 1000, /* lines of one file, times its patches, times the tries */
};

static const float PROVED = 0.99F;

/* Of its patches, what must be carried for a series to speak. */
static const float WORD_OF_SERIES = 0.5F;

bool *series_that_speak(const ksig_rounds *rounds, float threshold)
{
	const struct ksig_pool *joined = rounds->set->pool;
	bool *speaks = g_new0(bool, joined->n_candidates + 1);

	for (uint32_t first = 0, end = 0; first < joined->n_candidates; first = end) {
		uint32_t number = 0;
		uint32_t carried = 0;
		const struct ksig_pool *series = ksig_upstream_pool_origin(joined, first, &number);
		end = first + series->n_candidates;
		for (uint32_t c = first; !series->git_dir && c < end; c++) {
			const uint32_t one = ksig_upstream_pool_twin(joined, c);
			carried += rounds_is_carried(rounds, one) || rounds->probability[one] >= threshold;
		}
		const bool most = (float) carried >= WORD_OF_SERIES * (float) series->n_candidates;
		for (uint32_t c = first; c < end; c++)
			speaks[c] = !series->git_dir && most;
	}
	return speaks;
}

/* The patches of one series that touch one file, in order. */
struct stack {
	uint32_t file; /* of the target */
	const struct ksig_pool *series;
	GArray *patches; /* struct replay_patch */
};

static void stack_clear(void *data)
{
	g_array_unref(((struct stack *) data)->patches);
}

/* ---- the stacks ---------------------------------------------------------------------------------- */

static GArray *patches_of(GHashTable *by_file, GArray *stacks, uint32_t file, const struct ksig_pool *series)
{
	guint at = GPOINTER_TO_UINT(g_hash_table_lookup(by_file, GUINT_TO_POINTER(file)));

	if (at == 0) {
		const struct stack stack = {file, series,
					    g_array_new(FALSE, FALSE, sizeof(struct replay_patch))};
		g_array_append_val(stacks, stack);
		at = stacks->len;
		g_hash_table_insert(by_file, GUINT_TO_POINTER(file), GUINT_TO_POINTER(at));
	}
	return g_array_index(stacks, struct stack, at - 1).patches;
}

static void stack_candidate(const ksig_rounds *rounds, const struct ksig_pool *series, uint32_t number,
			    uint32_t first, GHashTable *by_file, GArray *stacks)
{
	const struct ksig_candidate *candidate = &series->candidates[number];
	const uint32_t c = ksig_upstream_pool_twin(rounds->set->pool, first + number);
	const struct ksig_candidate *stands_for = &rounds->set->pool->candidates[c];

	if (rounds_is_carried(rounds, c))
		return;
	for (uint32_t f = 0; f < MIN(candidate->n_files, stands_for->n_files); f++) {
		const struct path_target *path = &rounds->set->paths[stands_for->first_file + f];
		const struct replay_patch patch = {series, candidate->first_file + f, c, false};
		if (path->fate == PATH_CHANGED && !rounds->set->target->files[path->file].opaque)
			g_array_append_val(patches_of(by_file, stacks, path->file, series), patch);
	}
}

/* Of every series that speaks, and every file that it touches. */
static GArray *make_stacks(const ksig_rounds *rounds, float threshold)
{
	g_autofree bool *speaks = series_that_speak(rounds, threshold);
	const struct ksig_pool *joined = rounds->set->pool;
	GArray *stacks = g_array_new(FALSE, FALSE, sizeof(struct stack));

	g_array_set_clear_func(stacks, stack_clear);
	for (uint32_t c = 0; c < joined->n_candidates;) {
		uint32_t number = 0;
		const struct ksig_pool *series = ksig_upstream_pool_origin(joined, c, &number);
		g_autoptr(GHashTable) by_file = g_hash_table_new(NULL, NULL);
		for (number = 0; speaks[c] && number < series->n_candidates; number++)
			stack_candidate(rounds, series, number, c, by_file, stacks);
		c += series->n_candidates;
	}
	return stacks;
}

static struct replay_patch *patch_at(const struct stack *stack, guint i)
{
	return &g_array_index(stack->patches, struct replay_patch, i);
}

/* Takes those in that are believed; returns how many are not. */
static uint32_t take_believed(const ksig_rounds *rounds, const struct stack *stack, float threshold)
{
	uint32_t out = 0;

	for (guint i = 0; i < stack->patches->len; i++) {
		struct replay_patch *patch = patch_at(stack, i);
		patch->in = rounds->probability[patch->candidate] >= threshold;
		out += !patch->in;
	}
	return out;
}

static bool run(struct replay *replay, const ksig_rounds *rounds, const struct stack *stack)
{
	return replay_run(replay, &rounds->set->target->files[stack->file],
			  (const struct replay_patch *) stack->patches->data, stack->patches->len);
}

/* ---- proof --------------------------------------------------------------------------------------- */

enum word {
	NEEDED = 1 << 0,       /* by a file */
	CONTRADICTED = 1 << 1, /* a file is the vendor's without it, and not with it */
};

struct proof {
	ksig_rounds *rounds;
	float threshold;
	struct replay replay;
	GArray *stacks;
	uint8_t *words; /* one a candidate */
};

/* Whether what is in, and patch I turned round, gives the vendor's file. */
static bool exact_turned(struct proof *proof, const struct stack *stack, guint i)
{
	struct replay_patch *patch = patch_at(stack, i);

	patch->in = !patch->in;
	const bool exact = run(&proof->replay, proof->rounds, stack);
	patch->in = !patch->in;
	return exact;
}

/* One more makes the file: it is that one, unless another does as well. True if any did. */
static bool need_one(struct proof *proof, const struct stack *stack)
{
	guint found = 0;
	guint only = 0;

	for (guint i = 0; i < stack->patches->len; i++)
		if (!patch_at(stack, i)->in && exact_turned(proof, stack, i)) {
			found++;
			only = i;
		}
	if (found == 1)
		proof->words[patch_at(stack, only)->candidate] |= NEEDED;
	return found > 0;
}

/* All of the series makes the file: needed are those without which the rest does not. */
static void need_all(struct proof *proof, const struct stack *stack)
{
	for (guint i = 0; i < stack->patches->len; i++)
		patch_at(stack, i)->in = true;
	if (!run(&proof->replay, proof->rounds, stack))
		return;
	for (guint i = 0; i < stack->patches->len; i++) {
		const uint32_t c = patch_at(stack, i)->candidate;
		if (proof->rounds->probability[c] < proof->threshold && !exact_turned(proof, stack, i))
			proof->words[c] |= NEEDED;
	}
}

static void look_at(struct proof *proof, const struct stack *stack)
{
	const uint32_t out = take_believed(proof->rounds, stack, proof->threshold);
	const uint64_t lines = proof->rounds->set->target->files[stack->file].new_side.lines.count;

	if (out == 0 || out > TRIES_LIMIT || out == stack->patches->len ||
	    lines * stack->patches->len * out > WORK_LIMIT)
		return;
	if (run(&proof->replay, proof->rounds, stack)) {
		for (guint i = 0; i < stack->patches->len; i++)
			if (!patch_at(stack, i)->in && !exact_turned(proof, stack, i))
				proof->words[patch_at(stack, i)->candidate] |= CONTRADICTED;
	} else if (!need_one(proof, stack)) {
		need_all(proof, stack);
	}
}

static bool believe_needed(struct proof *proof)
{
	ksig_rounds *rounds = proof->rounds;
	bool any = false;

	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		if (proof->words[c] != NEEDED)
			continue;
		rounds->probability[c] = PROVED;
		rounds->outlooks[c].replayed = true;
		any = true;
	}
	return any;
}

void series_prove(ksig_rounds *rounds, float threshold)
{
	g_autofree uint8_t *words = g_new0(uint8_t, rounds->set->pool->n_candidates + 1);
	g_autoptr(GArray) stacks = make_stacks(rounds, threshold);
	struct proof proof = {.rounds = rounds, .threshold = threshold, .stacks = stacks, .words = words};
	bool any = true;

	replay_init(&proof.replay);
	for (int pass = 0; pass < PASSES && any; pass++) {
		memset(words, 0, rounds->set->pool->n_candidates);
		for (guint i = 0; i < stacks->len; i++)
			look_at(&proof, &g_array_index(stacks, struct stack, i));
		any = believe_needed(&proof);
	}
	replay_clear(&proof.replay);
}

/* ---- owners -------------------------------------------------------------------------------------- */

/* The part of each candidate, NO_OWNER where there is none. */
static uint32_t *parts_of_candidates(const ksig_assignment *assignment, const ksig_rounds *rounds)
{
	const uint32_t n = rounds->set->pool->n_candidates;
	uint32_t *map = g_new(uint32_t, n + 1);

	memset(map, 0xff, (n + 1) * sizeof *map);
	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const struct part *part = &g_array_index(assignment->parts, struct part, p);
		if (part->set == rounds->set)
			map[part->candidate] = p;
	}
	return map;
}

static void take_in(const struct stack *stack, const uint32_t *part_of)
{
	for (guint i = 0; i < stack->patches->len; i++)
		patch_at(stack, i)->in = part_of[patch_at(stack, i)->candidate] != NO_OWNER;
}

/* Lines that the replay sees come from the old file, and the difference does not, are left as they are. */
static void own_lines(ksig_assignment *assignment, uint32_t file, const struct replay *replay,
		      const uint32_t *part_of)
{
	const struct target_file *f = &assignment->target->files[file];

	for (uint32_t i = 0; i < f->new_side.lines.count; i++) {
		const uint32_t c = g_array_index(replay->lines, struct replay_line, i).candidate;
		if (f->new_side.changed[i] && c != UINT32_MAX)
			*assignment_owner(assignment, 1, file, i) = part_of[c];
	}
	for (uint32_t i = 0; i < f->old_side.lines.count; i++)
		if (f->old_side.changed[i] && replay->removed[i] != UINT32_MAX)
			*assignment_owner(assignment, 0, file, i) = part_of[replay->removed[i]];
}

void assignment_replay_series(ksig_assignment *assignment, const ksig_rounds *rounds, float threshold)
{
	g_autofree uint32_t *part_of = parts_of_candidates(assignment, rounds);
	g_autoptr(GArray) stacks = make_stacks(rounds, threshold);
	struct replay replay;

	replay_init(&replay);
	for (guint i = 0; i < stacks->len; i++) {
		const struct stack *stack = &g_array_index(stacks, struct stack, i);
		take_in(stack, part_of);
		if (!run(&replay, rounds, stack))
			continue;
		own_lines(assignment, stack->file, &replay, part_of);
		assignment->replayed[stack->file] = true;
		for (guint k = 0; k < stack->patches->len; k++) {
			const uint32_t p = part_of[patch_at(stack, k)->candidate];
			if (p != NO_OWNER)
				g_array_index(assignment->parts, struct part, p).replayed++;
		}
	}
	replay_clear(&replay);
}
