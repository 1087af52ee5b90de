/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts lines without an owner into pieces, one a function, and indexes their words: identifiers, names of
 * functions, parts of paths, each with its weight. Lines that quote the changelog have none.
 */
#include "assign/pieces-internal.h"

#include "assign/quotes-internal.h"

#include <string.h>

enum {
	WORDS_LIMIT = 4000, /* of one piece */
	WORD_LIMIT = 80,
	LONG_NAME = 6,  /* an identifier with "_" this long is nobody else's */
	PLAIN_WORD = 4, /* shorter ones are in every text */
};

static const float NAMED = 3;        /* a function, a file, an identifier */
static const float STEM = 2;         /* a file without its ending */
static const float FOLDER = 1;       /* a component of the path */
static const float MENTIONED = 0.5F; /* a word of an identifier */

/* ---- words --------------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* "Kfd-Device" and "kfd_device" are one word. */
static size_t fold(const char *text, size_t length, char folded[WORD_LIMIT + 1])
{
	const size_t n = MIN(length, (size_t) WORD_LIMIT);

	for (size_t i = 0; i < n; i++)
		folded[i] = text[i] == '-' ? '_' : g_ascii_tolower(text[i]);
	folded[n] = '\0';
	return n;
}

const GArray *pieces_with_word(const ksig_pieces *pieces, const char *text, size_t length)
{
	char folded[WORD_LIMIT + 1];

	fold(text, length, folded);
	const guint id = GPOINTER_TO_UINT(g_hash_table_lookup(pieces->word_ids, folded));
	return id ? pieces->postings->pdata[id - 1] : NULL;
}

static uint32_t word_id(ksig_pieces *pieces, const char *text, size_t length)
{
	char folded[WORD_LIMIT + 1];

	fold(text, length, folded);
	const guint known = GPOINTER_TO_UINT(g_hash_table_lookup(pieces->word_ids, folded));
	if (known)
		return known - 1;
	g_ptr_array_add(pieces->postings, g_array_new(FALSE, FALSE, sizeof(struct posting)));
	g_hash_table_insert(pieces->word_ids, g_strdup(folded), GUINT_TO_POINTER(pieces->postings->len));
	return pieces->postings->len - 1;
}

/* The words of the piece at hand: word → its place in the piece's words + 1. */
struct reading {
	ksig_pieces *pieces;
	struct piece *piece;
	GHashTable *seen;
};

static void add_word(struct reading *reading, const char *text, size_t length, float weight, bool binds)
{
	GArray *words = reading->piece->words;

	if (length < 2 || length > WORD_LIMIT || words->len >= WORDS_LIMIT)
		return;
	const struct piece_word word = {word_id(reading->pieces, text, length), weight, binds};
	const guint known = GPOINTER_TO_UINT(g_hash_table_lookup(reading->seen, GUINT_TO_POINTER(word.word)));
	if (known) {
		struct piece_word *old = &g_array_index(words, struct piece_word, known - 1);
		old->weight = MAX(old->weight, weight);
		old->binds |= binds;
		return;
	}
	g_array_append_val(words, word);
	g_hash_table_insert(reading->seen, GUINT_TO_POINTER(word.word), GUINT_TO_POINTER(words->len));
}

/* An identifier: all of it, and the words that it is made of. */
static void add_identifier(struct reading *reading, const char *text, size_t length)
{
	const bool compound = memchr(text, '_', length) != NULL;
	const bool named = compound && length >= LONG_NAME;

	if (length < PLAIN_WORD)
		return;
	add_word(reading, text, length, named ? NAMED : MENTIONED, named);
	for (size_t start = 0, end = 0; compound && start < length; start = end + 1) {
		for (end = start; end < length && text[end] != '_'; end++)
			;
		if (end - start >= PLAIN_WORD)
			add_word(reading, text + start, end - start, MENTIONED, false);
	}
}

static bool is_keyword(const char *text, size_t length)
{
	static const char *const keywords[] = {
		"return", "static", "struct", "const",    "void",    "else",   "char",   "unsigned",
		"long",   "goto",   "break",  "case",     "switch",  "while",  "sizeof", "include",
		"define", "endif",  "ifdef",  "this",     "default", "inline", "short",  "bool",
		"enum",   "union",  "extern", "continue", "NULL",    "true",   "false",  "that",
		"with",   "from",   "when",   "then",     "have",    "will",   "must",   "uint32_t"};

	for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++)
		if (strlen(keywords[i]) == length && memcmp(keywords[i], text, length) == 0)
			return true;
	return false;
}

static void add_line_words(struct reading *reading, const char *line, size_t length)
{
	for (size_t start = 0, end = 0; start < length; start = end + 1) {
		for (end = start; end < length && is_word(line[end]); end++)
			;
		if (end > start && !g_ascii_isdigit(line[start]) && !is_keyword(line + start, end - start))
			add_identifier(reading, line + start, end - start);
	}
}

static void add_path_words(struct reading *reading, const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (const char *at = path; at < name; at = strchr(at, '/') + 1)
		add_word(reading, at, (size_t) (strchr(at, '/') - at), FOLDER, false);
	add_word(reading, path, strlen(path), NAMED, false);
	add_word(reading, name, strlen(name), NAMED, false);
	const char *dot = strrchr(name, '.');
	if (dot && dot > name)
		add_word(reading, name, (size_t) (dot - name), STEM, false);
}

static const struct ksig_target_side *side_of(const ksig_pieces *pieces, uint32_t file, uint32_t added)
{
	const struct ksig_target_file *f = &pieces->assignment->target->files[file];

	return added ? &f->new_side : &f->old_side;
}

static void read_span(struct reading *reading, const struct span *span)
{
	const struct ksig_target_side *side = side_of(reading->pieces, reading->piece->file, span->added);

	for (uint32_t i = span->start; i < span->start + span->count; i++)
		add_line_words(reading, side->lines.data + side->lines.starts[i],
			       side->lines.starts[i + 1] - side->lines.starts[i]);
}

static bool is_quotation(const ksig_pieces *pieces, const struct piece *piece, const struct span *span,
			 const entry_quotes *quotes)
{
	const struct ksig_lines *lines = &side_of(pieces, piece->file, span->added)->lines;

	for (uint32_t i = span->start; quotes && i < span->start + span->count; i++)
		if (quotes_line(quotes, lines->data + lines->starts[i],
				lines->starts[i + 1] - lines->starts[i]))
			return true;
	return false;
}

/* The words of a piece, its path's first, for there is a limit; of one that is all quotation none. */
static void read_words(struct reading *reading, const struct ksig_target_file *file,
		       const entry_quotes *quotes)
{
	const struct piece *piece = reading->piece;
	const guint n_spans = file->opaque ? 0 : piece->spans->len;
	const struct span *spans = (const struct span *) (void *) piece->spans->data;
	g_autofree bool *quoted = g_new0(bool, n_spans + 1);
	guint n_quoted = 0;

	for (guint i = 0; i < n_spans; i++)
		n_quoted += quoted[i] = is_quotation(reading->pieces, piece, &spans[i], quotes);
	if (n_quoted > 0 && n_quoted == n_spans)
		return;
	add_path_words(reading, file->change->path);
	if (piece->function)
		add_word(reading, piece->function, strlen(piece->function), NAMED, true);
	for (guint i = 0; i < n_spans; i++)
		if (!quoted[i])
			read_span(reading, &spans[i]);
}

static void read_piece(ksig_pieces *pieces, uint32_t index, const entry_quotes *quotes)
{
	struct piece *piece = piece_at(pieces, index);
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	struct reading reading = {pieces, piece, seen};

	read_words(&reading, &pieces->assignment->target->files[piece->file], quotes);
	for (guint i = 0; i < piece->words->len; i++) {
		const struct piece_word *word = &g_array_index(piece->words, struct piece_word, i);
		const struct posting posting = {index, word->weight, word->binds};
		g_array_append_val(pieces->postings->pdata[word->word], posting);
	}
}

/* ---- cutting ------------------------------------------------------------------------------------- */

static uint32_t piece_new(ksig_pieces *pieces, uint32_t file, const char *function)
{
	const struct piece piece = {.file = file,
				    .function = g_strdup(function),
				    .spans = g_array_new(FALSE, FALSE, sizeof(struct span)),
				    .words = g_array_new(FALSE, FALSE, sizeof(struct piece_word))};

	g_array_append_val(pieces->list, piece);
	return pieces->list->len - 1;
}

/* The piece of FILE, the pieces of which begin at FIRST, that is about FUNCTION. */
static uint32_t piece_for(ksig_pieces *pieces, uint32_t file, guint first, const char *function)
{
	for (guint i = first; i < pieces->list->len; i++)
		if (g_strcmp0(piece_at(pieces, i)->function, function) == 0)
			return i;
	return piece_new(pieces, file, function);
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static void add_span(const ksig_pieces *pieces, struct piece *piece, const struct span *span)
{
	const struct ksig_target_side *side = side_of(pieces, piece->file, span->added);

	g_array_append_vals(piece->spans, span, 1);
	piece->lines += span->count;
	for (uint32_t i = span->start; i < span->start + span->count; i++) {
		if (side->hashes[i] == 0)
			continue;
		piece->significant++;
		piece->content += mix((uint64_t) side->hashes[i] << 1 | span->added);
	}
}

/* The function that a changed line is about: the one it stands in, else the next that its run defines. */
static char *function_of(const struct ksig_target_side *side, uint32_t start, uint32_t count)
{
	size_t length = 0;
	const char *name = ksig_tree_lines_function(&side->lines, start, &length);

	for (uint32_t i = start; !name && i < start + count; i++) {
		const char *line = side->lines.data + side->lines.starts[i];
		const uint32_t length_bytes = side->lines.starts[i + 1] - side->lines.starts[i];
		/* a declaration, "static DEFINE_PER_CPU(type, variable);": no function begins here */
		if (!memchr(line, ';', length_bytes))
			name = ksig_tree_line_function(line, length_bytes, &length);
	}
	return name ? g_strndup(name, length) : NULL;
}

/* Calls for each stretch without owner among COUNT lines from START. */
static void cut_side(ksig_pieces *pieces, uint32_t file, guint first, const struct span *lines, bool whole)
{
	const struct ksig_target_side *side = side_of(pieces, file, lines->added);
	const uint32_t end = lines->start + lines->count;

	for (uint32_t at = lines->start; at < end; at++) {
		struct span span = {lines->added, at, 0};
		while (at < end &&
		       ksig_assign_owner(pieces->assignment, (int) lines->added, file, at) == KSIG_NO_OWNER) {
			span.count++;
			at++;
		}
		if (span.count == 0)
			continue;
		g_autofree char *function = whole ? NULL : function_of(side, span.start, span.count);
		struct piece *piece = piece_at(pieces, piece_for(pieces, file, first, function));
		piece->whole = whole;
		add_span(pieces, piece, &span);
	}
}

static void cut_file(ksig_pieces *pieces, uint32_t file)
{
	const struct ksig_target_file *f = &pieces->assignment->target->files[file];
	const bool whole = f->opaque || f->change->old_mode == 0 || f->change->new_mode == 0;
	const guint first = pieces->list->len;

	for (guint r = 0; r < f->runs->len; r++) {
		const struct ksig_run *run = &g_array_index(f->runs, struct ksig_run, r);
		cut_side(pieces, file, first, &(struct span){0, run->old_start, run->old_count}, whole);
		cut_side(pieces, file, first, &(struct span){1, run->new_start, run->new_count}, whole);
	}
}

/* Whether a changed line of FILE has no owner. */
static bool is_open(const ksig_assignment *assignment, uint32_t file)
{
	const struct ksig_target_file *f = &assignment->target->files[file];

	for (int added = 0; added < 2; added++) {
		const struct ksig_target_side *side = added ? &f->new_side : &f->old_side;
		for (uint32_t i = 0; i < side->lines.count; i++)
			if (ksig_match_side_is_changed(side, i) &&
			    ksig_assign_owner(assignment, added, file, i) == KSIG_NO_OWNER)
				return true;
	}
	return false;
}

static bool read_file(ksig_pieces *pieces, uint32_t file, const entry_quotes *quotes, GError **error)
{
	const ksig_target *target = pieces->assignment->target;
	const guint first = pieces->list->len;

	if (!ksig_match_target_file_open(target, &target->files[file], error))
		return false;
	cut_file(pieces, file);
	for (guint i = first; i < pieces->list->len; i++)
		read_piece(pieces, i, quotes);
	ksig_match_target_file_close(&target->files[file]);
	return true;
}

ksig_pieces *pieces_collect(const ksig_assignment *assignment, const ksig_entry_set *entries, GError **error)
{
	g_autoptr(entry_quotes) quotes = quotes_of_entries(entries);
	g_autoptr(ksig_pieces) pieces = g_new0(ksig_pieces, 1);

	pieces->assignment = assignment;
	pieces->list = g_array_new(FALSE, FALSE, sizeof(struct piece));
	pieces->word_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	pieces->postings = g_ptr_array_new_with_free_func((GDestroyNotify) g_array_unref);
	for (uint32_t f = 0; f < assignment->target->n_files; f++)
		if (is_open(assignment, f) && !read_file(pieces, f, quotes, error))
			return NULL;
	return g_steal_pointer(&pieces);
}

void pieces_free(ksig_pieces *pieces)
{
	if (!pieces)
		return;
	for (uint32_t i = 0; i < pieces->list->len; i++) {
		g_free(piece_at(pieces, i)->function);
		g_array_unref(piece_at(pieces, i)->spans);
		g_array_unref(piece_at(pieces, i)->words);
	}
	g_array_unref(pieces->list);
	g_hash_table_unref(pieces->word_ids);
	g_ptr_array_unref(pieces->postings);
	g_free(pieces);
}
