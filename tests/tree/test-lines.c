/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Line differences: of two texts that are alike for long before and behind what differs. */
#include "tree/tree.h"

#include <string.h>

struct row {
	const char *name;
	const char *old_middle; /* a letter a line */
	const char *new_middle;
	struct ksig_run run; /* of the middle alone */
};

static const struct row rows[] = {
	{"changed", "abc", "axc", {1, 1, 1, 1}}, {"added", "ac", "abc", {1, 0, 1, 1}},
	{"removed", "abc", "ac", {1, 1, 1, 0}},  {"all-new", "", "abc", {0, 0, 0, 3}},
	{"all-gone", "abc", "", {0, 3, 0, 0}},   {"grown", "abc", "axyzc", {1, 1, 1, 3}},
};

enum { ALIKE = 1000 };

static const struct {
	const char *name;
	unsigned before;
	unsigned after;
	bool newline; /* the text ends with one */
} places[] = {{"alone", 0, 0, true},
	      {"no-newline", 0, 0, false},
	      {"at-the-end", ALIKE, 0, true},
	      {"at-the-end-no-newline", ALIKE, 0, false},
	      {"at-the-start", 0, ALIKE, true},
	      {"between", ALIKE, ALIKE, true},
	      {"between-few", 3, 5, false}};

static void make_lines(struct ksig_lines *lines, size_t place, const char *middle)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (unsigned i = 0; i < places[place].before; i++)
		g_string_append_printf(text, "before %u\n", i);
	for (const char *at = middle; *at; at++)
		g_string_append_printf(text, "%c in the middle\n", *at);
	for (unsigned i = 0; i < places[place].after; i++)
		g_string_append_printf(text, "after %u\n", i);
	if (!places[place].newline)
		g_string_append(text, "the last but one\nno newline here");
	g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
	ksig_tree_lines_init_bytes(lines, bytes);
}

struct test {
	const struct row *row;
	size_t place;
};

static void test_diff(gconstpointer data)
{
	const struct test *test = data;
	const struct ksig_run *wanted = &test->row->run;
	const unsigned before = places[test->place].before;
	struct ksig_lines old_lines = {NULL};
	struct ksig_lines new_lines = {NULL};
	g_autoptr(GError) error = NULL;

	make_lines(&old_lines, test->place, test->row->old_middle);
	make_lines(&new_lines, test->place, test->row->new_middle);
	g_autoptr(GArray) runs = ksig_tree_lines_diff(&old_lines, &new_lines, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(runs->len, ==, 1);
	const struct ksig_run *run = &g_array_index(runs, struct ksig_run, 0);
	g_assert_cmpuint(run->old_start, ==, wanted->old_start + before);
	g_assert_cmpuint(run->old_count, ==, wanted->old_count);
	g_assert_cmpuint(run->new_start, ==, wanted->new_start + before);
	g_assert_cmpuint(run->new_count, ==, wanted->new_count);
	ksig_tree_lines_clear(&old_lines);
	ksig_tree_lines_clear(&new_lines);
}

/* Where a line could be taken away from anywhere in a stretch, git takes the last: so do we, however long. */
static void test_slide(void)
{
	struct ksig_lines old_lines = {NULL};
	struct ksig_lines new_lines = {NULL};
	g_autoptr(GError) error = NULL;
	char same[101];

	memset(same, 'x', 100);
	same[100] = '\0';
	make_lines(&old_lines, 5, same);
	make_lines(&new_lines, 5, same + 1);
	g_autoptr(GArray) runs = ksig_tree_lines_diff(&old_lines, &new_lines, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(runs->len, ==, 1);
	g_assert_cmpuint(g_array_index(runs, struct ksig_run, 0).old_start, ==, ALIKE + 99);
	ksig_tree_lines_clear(&old_lines);
	ksig_tree_lines_clear(&new_lines);
}

/* Of long texts few lines are compared; what is found is the same. */
static void test_many(void)
{
	enum { HALF = 400000, EACH = 1000 };
	g_autoptr(GString) old_text = g_string_new(NULL);
	g_autoptr(GString) new_text = g_string_new(NULL);
	struct ksig_lines old_lines, new_lines;
	g_autoptr(GError) error = NULL;

	/* All but the first differ, by number as well; then one of many. */
	for (unsigned i = 0; i < HALF; i++)
		g_string_append_printf(old_text, "old %u\n", i);
	for (unsigned i = 0; i < HALF + 7; i++)
		g_string_append_printf(new_text, i ? "new %u\n" : "old %u\n", i);
	for (unsigned i = 0; i < HALF; i++) {
		g_string_append_printf(old_text, "same %u\n", i);
		g_string_append_printf(new_text, i % EACH == EACH / 2 ? "other %u\n" : "same %u\n", i);
	}
	g_string_append(old_text, "no newline");
	g_string_append(new_text, "no newline\n");
	g_autoptr(GBytes) old_bytes = g_bytes_new(old_text->str, old_text->len);
	g_autoptr(GBytes) new_bytes = g_bytes_new(new_text->str, new_text->len);
	ksig_tree_lines_init_bytes(&old_lines, old_bytes);
	ksig_tree_lines_init_bytes(&new_lines, new_bytes);
	g_autoptr(GArray) runs = ksig_tree_lines_diff(&old_lines, &new_lines, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(runs->len, ==, 1 + HALF / EACH + 1);
	for (guint i = 0; i < runs->len; i++) {
		const struct ksig_run *run = &g_array_index(runs, struct ksig_run, i);
		const uint32_t wanted = i == 0               ? 1
					: i + 1 == runs->len ? 2 * HALF
							     : HALF + EACH / 2 + (i - 1) * EACH;
		g_assert_cmpuint(run->old_start, ==, wanted);
		g_assert_cmpuint(run->new_start, ==, wanted + (i ? 7 : 0));
		g_assert_cmpuint(run->old_count, ==, i ? 1 : HALF - 1);
		g_assert_cmpuint(run->new_count, ==, i ? 1 : HALF + 6);
	}
	ksig_tree_lines_clear(&old_lines);
	ksig_tree_lines_clear(&new_lines);
}

int main(int argc, char **argv)
{
	static struct test tests[G_N_ELEMENTS(rows) * G_N_ELEMENTS(places)];
	size_t n = 0;

	g_test_init(&argc, &argv, NULL);
	git_libgit2_init();
	for (size_t r = 0; r < G_N_ELEMENTS(rows); r++)
		for (size_t p = 0; p < G_N_ELEMENTS(places); p++, n++) {
			g_autofree char *path = g_strdup_printf("/lines/%s/%s", rows[r].name, places[p].name);
			tests[n] = (struct test){&rows[r], p};
			g_test_add_data_func(path, &tests[n], test_diff);
		}
	g_test_add_func("/lines/slide", test_slide);
	g_test_add_func("/lines/many", test_many);
	return g_test_run();
}
