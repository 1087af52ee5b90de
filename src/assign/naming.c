/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which entry of the changelog a piece of the rest is about. An entry that names the piece's function, file
 * or an identifier in its lines is about it; so is one whose subsystem has no other piece. A word counts the
 * less the more pieces have it. Where two entries fit as well, none is taken, unless they belong to one
 * ticket.
 */
#include "assign/naming-internal.h"

#include <math.h>
#include <string.h>

enum {
	COMMON_PIECES = 256, /* a word in more pieces than these tells nothing */
	TOKEN_LIMIT = 80,
};

static const float ENOUGH =
	2.5F; /* a name that no other piece has, or what weighs as much; a folder alone does not */
static const float AS_WELL = 0.87F; /* of the best score: the runner-up fits as well */

struct naming {
	const ksig_pieces *pieces;
	const ksig_entry_set *entries;
	struct piece_name *names;
	float *second; /* by piece: the runner-up's score */
	float *scores; /* by piece, of the entry at hand */
	GArray *hit;   /* uint32_t: the pieces with a score */
};

static const struct ksig_entry_match *match_at(const struct naming *naming, uint32_t entry)
{
	return &g_array_index(naming->entries->matches, struct ksig_entry_match, entry);
}

/* ---- one entry ----------------------------------------------------------------------------------- */

static void score_word(struct naming *naming, const char *word, size_t length, float factor)
{
	const GArray *postings = pieces_with_word(naming->pieces, word, length);

	if (!postings || postings->len > COMMON_PIECES)
		return;
	const float common = 1 + log2f((float) postings->len);
	for (guint i = 0; i < postings->len; i++) {
		const struct posting *posting = &g_array_index(postings, struct posting, i);
		if (naming->scores[posting->piece] <= 0)
			g_array_append_val(naming->hit, posting->piece);
		naming->scores[posting->piece] += factor * posting->weight / common;
	}
}

static bool is_part(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/';
}

/* The token as it stands, and its components: "drm/amd" is a path, "kfd_device.c" a file. */
static void score_token(struct naming *naming, GHashTable *seen, const char *token, size_t length,
			float factor)
{
	while (length > 0 && !g_ascii_isalnum(token[length - 1]) && token[length - 1] != '_')
		length--;
	if (length < 2 || length > TOKEN_LIMIT)
		return;
	char *word = g_ascii_strdown(token, (gssize) length);
	if (!g_hash_table_add(seen, word))
		return;
	score_word(naming, token, length, factor);
	for (size_t start = 0, end = 0; start < length; start = end + 1) {
		for (end = start; end < length && token[end] != '/' && token[end] != '.'; end++)
			;
		if (end - start < length && end > start)
			score_token(naming, seen, token + start, end - start, factor);
	}
}

static void score_text(struct naming *naming, GHashTable *seen, const char *text, size_t length, float factor)
{
	for (size_t start = 0, end = 0; start < length; start = end + 1) {
		for (end = start; end < length && is_part(text[end]); end++)
			;
		if (end > start)
			score_token(naming, seen, text + start, end - start, factor);
	}
}

/* What stands before the colon, and the tag of el8, name the subsystem: that word is meant to tell where. */
static void score_entry(struct naming *naming, const struct ksig_changelog_entry *entry)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const char *colon = strrchr(entry->subject, ':');
	const size_t prefix = colon ? (size_t) (colon - entry->subject) : 0;

	if (entry->subsystem)
		score_text(naming, seen, entry->subsystem, strlen(entry->subsystem), 2);
	score_text(naming, seen, entry->subject, prefix, 2);
	score_text(naming, seen, entry->subject + prefix, strlen(entry->subject + prefix), 1);
}

/* ---- all entries --------------------------------------------------------------------------------- */

static void offer(struct naming *naming, uint32_t piece, uint32_t entry)
{
	struct piece_name *name = &naming->names[piece];
	const float score = naming->scores[piece];

	if (score > name->score) {
		name->other = name->entry;
		naming->second[piece] = name->score;
		name->entry = entry;
		name->score = score;
	} else if (score > naming->second[piece]) {
		name->other = entry;
		naming->second[piece] = score;
	}
}

static bool share_ticket(const struct ksig_changelog_entry *a, const struct ksig_changelog_entry *b)
{
	for (char **ticket = a->tickets; ticket && *ticket; ticket++)
		if (b->tickets && g_strv_contains((const char *const *) b->tickets, *ticket))
			return true;
	return false;
}

/* Of entries that fit as well: the first of one ticket, for all its pieces; else none. */
static void decide(struct naming *naming, uint32_t piece)
{
	struct piece_name *name = &naming->names[piece];

	if (name->score < ENOUGH) {
		name->entry = name->other = NO_ENTRY;
		return;
	}
	/* What an earlier release announced did not come with this one, unless it came late. */
	if (match_at(naming, name->entry)->entry_id != 0) {
		name->other = name->third = name->entry;
		name->entry = NO_ENTRY;
		return;
	}
	if (name->other == NO_ENTRY || naming->second[piece] < AS_WELL * name->score) {
		name->other = NO_ENTRY;
		return;
	}
	const uint32_t first = MIN(name->entry, name->other);
	const uint32_t last = MAX(name->entry, name->other);
	if (share_ticket(match_at(naming, first)->entry, match_at(naming, last)->entry)) {
		name->entry = first;
		name->other = last;
	} else {
		name->third = name->entry;
		name->entry = NO_ENTRY;
	}
}

/* Entries that a candidate answers are about that candidate. */
static bool is_answered(const struct ksig_entry_match *match, GHashTable *chosen)
{
	for (guint c = 0; c < match->candidates->len; c++)
		if (g_hash_table_contains(
			    chosen, GUINT_TO_POINTER(g_array_index(match->candidates, uint32_t, c) + 1)))
			return true;
	return false;
}

static GHashTable *chosen_candidates(const ksig_assignment *assignment)
{
	GHashTable *chosen = g_hash_table_new(NULL, NULL);

	for (guint p = 0; p < assignment->parts->len; p++) {
		const struct ksig_part *part = &g_array_index(assignment->parts, struct ksig_part, p);
		if (part->set && !part->undoes)
			g_hash_table_add(chosen, GUINT_TO_POINTER(part->candidate + 1));
	}
	return chosen;
}

static void ask_entries(struct naming *naming)
{
	g_autoptr(GHashTable) chosen = chosen_candidates(naming->pieces->assignment);

	for (uint32_t e = 0; e < naming->entries->matches->len; e++) {
		if (is_answered(match_at(naming, e), chosen))
			continue;
		score_entry(naming, match_at(naming, e)->entry);
		for (guint i = 0; i < naming->hit->len; i++) {
			const uint32_t piece = g_array_index(naming->hit, uint32_t, i);
			offer(naming, piece, e);
			naming->scores[piece] = 0;
		}
		g_array_set_size(naming->hit, 0);
	}
}

struct piece_name *naming_of_pieces(const ksig_pieces *pieces, const ksig_entry_set *entries)
{
	const guint n = pieces->list->len;
	g_autofree float *second = g_new0(float, n + 1);
	g_autofree float *scores = g_new0(float, n + 1);
	g_autoptr(GArray) hit = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	struct piece_name *names = g_new0(struct piece_name, n + 1);
	struct naming naming = {pieces, entries, names, second, scores, hit};

	for (guint i = 0; i < n; i++)
		names[i].entry = names[i].other = names[i].third = NO_ENTRY;
	if (entries)
		ask_entries(&naming);
	for (uint32_t i = 0; entries && i < n; i++)
		decide(&naming, i);
	return names;
}
