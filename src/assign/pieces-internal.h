/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rest of a difference in pieces: what no candidate explains, function by function, with the words that a
 * changelog might use of it.
 */
#pragma once

#include "assign/assign.h"

/* Lines of one side of a file, all of them without an owner. */
struct span {
	uint32_t added;
	uint32_t start;
	uint32_t count;
};

struct piece {
	uint32_t file;
	char *function; /* NULL: outside of functions, or the file as a whole */
	GArray *spans;
	uint32_t lines;
	uint32_t significant; /* significant lines */
	uint64_t content; /* the same for pieces that change the same lines, wherever; 0: none is significant
			   */
	bool whole;       /* the file is new, gone or opaque */
	GArray *words;    /* struct piece_word, each word once */
};

/* How much it says of a piece that a changelog uses the word. Binds: an identifier of its lines, whose other
 * users have to do with it. */
struct piece_word {
	uint32_t word;
	float weight;
	bool binds;
};

struct posting {
	uint32_t piece;
	float weight;
	bool binds;
};

struct pieces {
	const ksig_assignment *assignment;
	GArray *list;         /* struct piece, by file */
	GHashTable *word_ids; /* folded word → number + 1 */
	GPtrArray *postings;  /* by word: GArray of struct posting */
};

typedef struct pieces ksig_pieces;
/* ENTRIES: the changelog's, whose own text in the tree has no words; NULL: there is none. */
ksig_pieces *pieces_collect(const ksig_assignment *assignment, const ksig_entry_set *entries, GError **error);
void pieces_free(ksig_pieces *pieces);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_pieces, pieces_free)

/* The pieces that have the word of LENGTH bytes at TEXT, or NULL. */
const GArray *pieces_with_word(const ksig_pieces *pieces, const char *text, size_t length);

static inline struct piece *piece_at(const ksig_pieces *pieces, uint32_t piece)
{
	return &g_array_index(pieces->list, struct piece, piece);
}
