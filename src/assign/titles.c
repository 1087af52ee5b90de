/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Titles of unexplained patches: a path, shortened to ".../NAME" where needed, as git does, with up to three
 * functions or a count of lines.
 */
#include "assign/titles-internal.h"

#include <string.h>

enum { TITLE_LENGTH = 72, NAMED_FUNCTIONS = 3, PATH_LENGTH_LEAST = 16 };

/* What a group changes, summed up. */
struct sum {
	const char *path; /* of its first file */
	size_t folder;    /* bytes of that which all files share, up to a '/' */
	uint32_t last_file;
	uint32_t files, pieces;
	uint64_t added, removed;
	GPtrArray *functions; /* char *, of the pieces; borrowed */
};

static void sum_clear(void *data)
{
	g_clear_pointer(&((struct sum *) data)->functions, g_ptr_array_unref);
}

bool title_is_function(const char *path, const char *function)
{
	static const char *const suffixes[] = {".c", ".h", ".cc", ".cpp", ".S"};
	static const char *const keywords[] = {"if",     "for",     "while", "switch",  "return", "sizeof",
					       "struct", "union",   "enum",  "typedef", "void",   "int",
					       "static", "defined", "else",  "do"};
	bool is_code = false;

	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
		is_code |= g_str_has_suffix(path, suffixes[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++)
		is_code &= !g_str_equal(function, keywords[i]);
	return is_code && strspn(function, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_") == strlen(function) &&
	       !g_str_has_prefix(function, "CONFIG_") && !g_ascii_isdigit(*function);
}

/* How much of A, of which the first LENGTH bytes are looked at, is a folder that B is in as well. */
static size_t common_folder(const char *a, const char *b, size_t length)
{
	size_t same = 0;

	for (size_t i = 0; i <= length && a[i] == b[i] && a[i]; i++)
		if (a[i] == '/')
			same = i;
	return same;
}

/* What is opaque has no lines that could be counted. */
static void add_piece(struct sum *sum, const struct piece *piece, const struct ksig_target_file *file)
{
	const char *path = file->change->path;

	if (sum->files == 0) {
		sum->path = path;
		sum->folder = strlen(path);
		sum->functions = g_ptr_array_new();
		sum->files = 1;
	} else if (sum->last_file != piece->file) {
		sum->folder = common_folder(sum->path, path, sum->folder);
		sum->files++;
	}
	sum->last_file = piece->file;
	sum->pieces++;
	for (guint s = 0; !file->opaque && s < piece->spans->len; s++) {
		const struct span *span = &g_array_index(piece->spans, struct span, s);
		*(span->added ? &sum->added : &sum->removed) += span->count;
	}
	if (piece->function && title_is_function(path, piece->function))
		g_ptr_array_add(sum->functions, piece->function);
}

/* The place as it fits into LIMIT letters: ".../mac80211/iface.c". */
static char *short_place(const struct sum *sum, size_t limit)
{
	g_autofree char *whole = sum->files == 1   ? g_strdup(sum->path)
				 : sum->folder > 0 ? g_strndup(sum->path, sum->folder)
						   : g_strdup("tree");
	const char *at = whole;

	limit = MAX(limit, (size_t) PATH_LENGTH_LEAST);
	while (strlen(at) + (at > whole ? strlen(".../") : 0) > limit) {
		const char *slash = strchr(at, '/');
		if (!slash) /* a name longer than a title: its end tells most */
			return g_strconcat("...", at + strlen(at) + strlen("...") - limit, NULL);
		at = slash + 1;
	}
	return at > whole ? g_strconcat(".../", at, NULL) : g_strdup(at);
}

/* ": unexplained in a(), b() and 2 more"; fewer where they do not fit into LIMIT; NULL: none does. */
static char *words_of_functions(const struct sum *sum, size_t limit)
{
	for (guint n = MIN(sum->functions->len, (guint) NAMED_FUNCTIONS); n > 0; n--) {
		g_autoptr(GString) words = g_string_new(": unexplained in ");
		const guint more = sum->functions->len - n;
		for (guint i = 0; i < n; i++)
			g_string_append_printf(words, "%s%s()", i ? ", " : "",
					       (const char *) sum->functions->pdata[i]);
		if (more > 0)
			g_string_append_printf(words, " and %u more", more);
		if (words->len <= limit)
			return g_string_free(g_steal_pointer(&words), FALSE);
	}
	return NULL;
}

/* ": unexplained, 14 files, +2310 -120", ": unexplained, as a whole" */
static char *words_of_size(const struct group *group, const struct sum *sum)
{
	GString *words = g_string_new(": unexplained, ");

	if (group->what)
		g_string_append_printf(words, "%s, ", group->what);
	if (group->is_same)
		g_string_append_printf(words, "the same in %u places, ", sum->pieces);
	else if (sum->files > 1)
		g_string_append_printf(words, "%u files, ", sum->files);
	if (sum->added + sum->removed > 0)
		g_string_append_printf(words, "+%" G_GUINT64_FORMAT " -%" G_GUINT64_FORMAT, sum->added,
				       sum->removed);
	else
		g_string_append(words, "as a whole");
	return g_string_free(words, FALSE);
}

/* TITLE, or the same with a number that nobody has: "… (2)". */
static char *make_unique(GHashTable *used, const char *title)
{
	char *unique = g_strdup(title);

	for (unsigned n = 2; g_hash_table_contains(used, unique); n++) {
		g_autofree char *mark = g_strdup_printf(" (%u)", n);
		g_free(unique);
		unique = g_strdup_printf("%.*s%s", (int) (TITLE_LENGTH - strlen(mark)), title, mark);
	}
	g_hash_table_add(used, unique);
	return g_strdup(unique);
}

static char *compose(const struct group *group, const struct sum *sum)
{
	const bool named = sum->files == 1 && !group->what && !group->is_same && sum->functions->len > 0;
	g_autofree char *functions = named ? words_of_functions(sum, TITLE_LENGTH - PATH_LENGTH_LEAST) : NULL;
	g_autofree char *size = words_of_size(group, sum);
	const char *words = functions ? functions : size;
	g_autofree char *place = short_place(sum, TITLE_LENGTH - strlen(words));

	return g_strconcat(place, words, NULL);
}

void titles_give(struct grouping *grouping)
{
	g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GArray) sums = g_array_new(FALSE, TRUE, sizeof(struct sum));

	g_array_set_clear_func(sums, sum_clear);
	g_array_set_size(sums, grouping->groups->len);
	for (uint32_t i = 0; i < grouping->pieces->list->len; i++) {
		const struct piece *piece = piece_at(grouping->pieces, i);
		add_piece(&g_array_index(sums, struct sum, grouping->group_of[i]), piece,
			  &grouping->assignment->target->files[piece->file]);
	}
	for (uint32_t g = 0; g < grouping->groups->len; g++) {
		struct group *group = group_at(grouping, g);
		const struct sum *sum = &g_array_index(sums, struct sum, g);
		g_autofree char *title = !group->subject && sum->files > 0 ? compose(group, sum) : NULL;
		if (title)
			group->subject = make_unique(used, title);
	}
}
